"""How long the tasks that are known of a step will still take, where that can be said. Pure."""

from headwater.cli.tally import StepTally, Tally

_FEWEST = 8  # tasks that have ended
_SHORTEST_S = 2.0  # an estimate of less is of no use


def remaining_s(step: StepTally, tally: Tally) -> float | None:
    """Seconds until a wide step is done, from what its tasks took and how many run at once.

    None where it would be a guess: before one whole wave of tasks has ended, for a step that grows while others are
    under way, for what is nearly done.
    """
    if not step.running or not step.queued or step.measured < max(_FEWEST, step.running):
        return None
    if step.grew and any(not other.settled for other in list(tally.steps.values()) if other is not step):
        return None
    each_s = step.work_s / step.measured
    left_s = each_s * (step.queued + step.running / 2) / step.running
    return left_s if left_s >= _SHORTEST_S else None

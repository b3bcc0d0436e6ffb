"""The first and the last words about a run."""

from headwater.cli.tally import Tally
from headwater.cli.text import counted, duration, plain
from headwater.records.run import RunOutcome
from headwater.scheduler.events import RunEnded, RunStarted

_SHOWN = 5  # failed tasks that are named


def opening_line(event: RunStarted) -> str:
    run = event.run
    if run.origin_run_id is None:
        return f"{run.flow}/{run.run_id} begins."
    taken = f", taking over {counted(event.taken_over, 'task')}" if event.taken_over else ""
    return f"{run.flow}/{run.run_id} resumes {run.flow}/{run.origin_run_id}{taken}."


def closing_lines(event: RunEnded, tally: Tally, root: str) -> list[str]:
    run, end = event.run, event.end
    pathspec = f"{run.flow}/{run.run_id}"
    took = duration(end.ended_at - run.created_at)
    done = counted(tally.done, "task")
    taken = f", {tally.taken_over} taken over" if tally.taken_over else ""
    if end.outcome is RunOutcome.SUCCEEDED:
        lines = [f"{pathspec} succeeded in {took}: {done}{taken}."]
    else:
        lines = [f"{pathspec} {_how(end.outcome)} after {took}: {done} done{taken}{_failed(end.failed)}."]
        if not end.failed and end.message != "The run was interrupted.":  # which the first line says already
            lines += [f"  {plain(line)}" for line in end.message.splitlines()]
    lines.append(f"  Read it: headwater show {pathspec}  (kept in {plain(root)})")
    if event.resume_command:
        lines.append(f"  Resume:  {plain(event.resume_command)}")
    return lines


def _how(outcome: RunOutcome) -> str:
    return "was interrupted" if outcome is RunOutcome.INTERRUPTED else "failed"


def _failed(pathspecs: tuple[str, ...]) -> str:
    if not pathspecs:
        return ""
    names = [plain("/".join(pathspec.split("/")[2:])) for pathspec in pathspecs[:_SHOWN]]
    more = f" and {len(pathspecs) - _SHOWN} more" if len(pathspecs) > _SHOWN else ""
    return f", failed: {', '.join(names)}{more}"

"""The first and the last words about a run."""

from collections.abc import Iterator

from headwater.cli.tally import Key, StepTally, Tally
from headwater.records.run import RunOutcome, RunRecord
from headwater.scheduler.events import HookEnded, RunEnded, RunStarted
from headwater.wording import counted, duration, number, plain, size

_SHOWN = 5  # failed tasks that are named
_LONG_S = 2.0  # a run that took less has no word about where its time went
_SLOWEST = 3  # steps that are named
_SHARE = 0.1  # of the time that a step took to be named
_WORTH_SAYING = 1 << 20  # bytes of memory


def opening_line(event: RunStarted) -> str:
    run = event.run
    branch = f" in {run.project.name}.{run.project.branch}" if run.project else ""
    if run.origin_run_id is None:
        return f"{run.flow}/{run.run_id} begins{branch}."
    taken = f", taking over {counted(event.taken_over, 'task')}" if event.taken_over else ""
    return f"{run.flow}/{run.run_id} resumes {run.flow}/{run.origin_run_id}{branch}{taken}."


def hook_line(event: HookEnded) -> str:
    """How a function of @exit_hook ended, which says nothing about the run."""
    if event.problem:
        return f"The exit hook {event.hook!r} failed: {event.problem}. The run is not affected."
    return f"exit hook {event.hook}  done in {duration(event.took_s)}"


def closing_line(event: RunEnded, tally: Tally) -> str:
    """How the run ended, in a line."""
    run, end = event.run, event.end
    took = duration(end.ended_at - run.created_at)
    done = counted(tally.done, "task")
    if end.outcome is RunOutcome.SUCCEEDED:
        return f"{run.flow}/{run.run_id} succeeded in {took}: {done}{_odd(tally)}."
    how = "was interrupted" if end.outcome is RunOutcome.INTERRUPTED else "failed"
    return f"{run.flow}/{run.run_id} {how} after {took}: {done} done{_odd(tally)}{_failed(end.failed)}."


def closing_lines(event: RunEnded, tally: Tally, root: str) -> list[str]:
    """How the run ended, where its time went, where to read on, how to go on."""
    run, end = event.run, event.end
    lines = [closing_line(event, tally)]
    if end.outcome is not RunOutcome.SUCCEEDED and not end.failed and end.message != "The run was interrupted.":
        lines += [f"  {plain(line)}" for line in end.message.splitlines()]
    if end.ended_at - run.created_at >= _LONG_S:
        lines += _where_time_went(tally, end.ended_at - run.created_at)
    lines.append(f"  Read on: headwater show {run.flow}/{run.run_id}  (kept in {plain(root)})")
    if end.outcome is RunOutcome.SUCCEEDED:
        lines.append(f"           {_snippet(run)}")
    if event.resume_command:
        lines.append(f"  Resume:  {plain(event.resume_command)}")
    return lines


def _snippet(run: RunRecord) -> str:
    """What one would write in Python."""
    return f'headwater.Run("{run.flow}/{run.run_id}").data  (in Python)'


def _odd(tally: Tally) -> str:
    """What is not plain success, each where there was any."""
    steps = list(tally.steps.values())
    counts = (
        (tally.taken_over, "taken over"),
        (sum(step.caught for step in steps), "caught"),
        (sum(step.retried for step in steps), "retried"),
    )
    return "".join(f", {number(count)} {word}" for count, word in counts if count)


def _failed(pathspecs: tuple[str, ...]) -> str:
    if not pathspecs:
        return ""
    names = [plain("/".join(pathspec.split("/")[2:])) for pathspec in pathspecs[:_SHOWN]]
    more = f" and {number(len(pathspecs) - _SHOWN)} more" if len(pathspecs) > _SHOWN else ""
    return f", failed: {', '.join(names)}{more}"


def _where_time_went(tally: Tally, took_s: float) -> Iterator[str]:
    """The slowest steps with their longest task; CPU and memory."""
    slowest = sorted(tally.steps.items(), key=lambda item: -item[1].busy_s)[:_SLOWEST]
    named = [_slow(name, step) for name, step in slowest if step.busy_s >= _SHARE * took_s]
    if len(tally.steps) > 1:
        yield from (f"  {'         ' if place else 'Slowest: '}{line}" for place, line in enumerate(named))
    steps = list(tally.steps.values())
    cpu_s = sum(step.cpu_s for step in steps)
    used = [f"{duration(cpu_s)} of CPU"] if cpu_s >= 0.1 else []
    biggest = max(steps, key=lambda step: step.memory.value, default=None)
    if biggest is not None and biggest.memory.value >= _WORTH_SAYING:
        used.append(f"at most {size(int(biggest.memory.value))} of memory in a task ({_task(biggest.memory.task)})")
    if used:
        yield f"  Used:    {', '.join(used)}"


def _slow(name: str, step: StepTally) -> str:
    if step.measured < 2 or step.longest.task is None:
        return f"{name} {duration(step.busy_s)}"
    tasks = counted(step.measured, "task")
    return (
        f"{name} {duration(step.busy_s)} ({tasks}, longest {step.longest.task[1]} with {duration(step.longest.value)})"
    )


def _task(key: Key | None) -> str:
    return "/".join(key) if key else ""

"""The steps of a run as rows of a terminal: which are shown, and what stands in each. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from headwater.cli.estimate import remaining_s
from headwater.cli.tally import StepTally, Tally
from headwater.wording import duration, number, size

_NARROW = 60  # columns below which there is no bar
_SHORTEST_BAR, _LONGEST_BAR = 10, 40
_DETAILS = 48  # columns kept for what stands behind the bar
_WORTH_SAYING = 1 << 20  # bytes of memory

#: What a part of a bar, or of a detail, is about.
DONE, FAILED, RUNNING, QUEUED, ODD, QUIET = "done", "failed", "running", "queued", "odd", "quiet"


class Part(NamedTuple):
    """Text, and what it is about."""

    text: str
    about: str


class Row(NamedTuple):
    """One line; the parts of it that have a colour of their own."""

    mark: str  # "running", "done", "failed", "waiting", "to come"
    name: str
    bar: tuple[Part, ...] = ()  # empty for a step of one task
    counts: str = ""
    elapsed: str = ""
    memory: str = ""  # the most that a task took
    details: tuple[Part, ...] = ()


def step_rows(tally: Tally, now: float, width: int, height: int, over: bool = False) -> list[Row]:
    """Steps in the order in which they began, then those to come; at most `height` rows.

    When they are too many, those that are done become one row, and so do those to come. `over`: the run has ended, and
    nothing is to come.
    """
    begun = [name for name, step in list(tally.steps.items()) if step.started_at or step.taken]
    known = [] if over or tally.run is None else [spec.step for spec in tally.run.steps]
    to_come = [name for name in known if name not in begun]
    finished = [name for name in begun if tally.steps[name].settled]
    before, shown, after = _fold(begun, finished, to_come, height)
    name_width = min(max((len(name) for name in shown), default=0), max(width // 3, 8))
    rows = [_row(name, tally.steps.get(name), tally, now, name_width) for name in shown]
    rows = _with_bars(rows, [tally.steps.get(name) for name in shown], width)
    if before:
        rows.insert(0, Row("done", f"{number(before)} more {'step' if before == 1 else 'steps'}"))
    if after:
        rows.append(Row("to come", f"{number(after)} more {'step' if after == 1 else 'steps'}"))
    return rows


def _fold(begun: list[str], finished: list[str], to_come: list[str], height: int) -> tuple[int, list[str], int]:
    """How many steps are folded away above, which are shown, how many are folded away below."""
    if len(begun) + len(to_come) <= height:
        return 0, begun + to_come, 0
    if height <= 1:
        return 0, [name for name in begun if name not in finished][-1:] or begun[-1:], 0
    room = height - 1 if to_come else height
    if len(begun) <= room:
        shown = begun + to_come[: room - len(begun)]
        return 0, shown, len(begun) + len(to_come) - len(shown)
    done = set(finished)
    busy = [name for name in begun if name not in done]
    rest = max(0, room - 1 - len(busy))
    kept = {*busy[-max(room - 1, 0) :], *finished[len(finished) - rest :]} if room > 1 else set()
    shown = [name for name in begun if name in kept]
    return len(begun) - len(shown), shown, len(to_come)


def _row(name: str, step: StepTally | None, tally: Tally, now: float, name_width: int) -> Row:
    name = _cut(name, name_width).ljust(name_width)
    if step is None or not (step.started_at or step.taken):
        return Row("to come", name)
    end = step.ended_at if step.settled else now
    return Row(
        mark=_mark(step),
        name=name,
        counts=f"{number(step.done)}/{number(step.known)}" if step.known > 1 else "",
        elapsed=duration(end - step.started_at) if step.started_at else "",
        memory=size(int(step.memory.value)) if step.memory.value >= _WORTH_SAYING else "",
        details=tuple(_details(step, remaining_s(step, tally))),
    )


def _with_bars(rows: list[Row], steps: list[StepTally | None], width: int) -> list[Row]:
    """Columns of one width; a bar where there is room for it; details as far as they fit."""
    name, counts = _widest(row.name for row in rows), _widest(row.counts for row in rows)
    elapsed, memory = _widest(row.elapsed for row in rows), _widest(row.memory for row in rows)
    used = 2 + name + sum(2 + column for column in (counts, elapsed, memory) if column)
    length = 0
    if width >= _NARROW and counts:
        # What stands behind the bar comes and goes; room is kept for it, so that the bar keeps its length.
        length = max(_SHORTEST_BAR, min(_LONGEST_BAR, width - used - _DETAILS))
    room = width - 1 - used - (2 + length if length else 0)
    return [
        row._replace(
            bar=_bar(step, length) if length else (),
            counts=row.counts.rjust(counts),
            elapsed=row.elapsed.rjust(elapsed),
            memory=row.memory.rjust(memory),
            details=_fitting(row.details, room),
        )
        for row, step in zip(rows, steps, strict=True)
    ]


def _widest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _fitting(details: tuple[Part, ...], room: int) -> tuple[Part, ...]:
    """The first ones, whole."""
    kept = []
    for part in details:
        room -= 2 + len(part.text)
        if room < 0:
            break
        kept.append(part)
    return tuple(kept)


def _mark(step: StepTally) -> str:
    if step.failed:
        return "failed"
    if step.settled:
        return "done"
    return "running" if step.running else "waiting"


def _details(step: StepTally, remaining: float | None) -> list[Part]:
    """What matters most first: a narrow terminal cuts the end."""
    parts = []
    if remaining is not None:
        parts.append(Part(f"{duration(remaining)} left", QUIET))
    wide = step.known > 1
    for count, word, about, shown in (
        (step.running, "running", RUNNING, wide),
        (step.failed, "failed", FAILED, True),
        (step.caught, "caught", ODD, True),
        (step.retried, "retried", ODD, True),
        (step.queued, "queued", QUEUED, wide),
        (step.taken, "taken over", QUIET, True),
    ):
        if count and shown:
            parts.append(Part(f"{number(count)} {word}", about))
    return parts


def _bar(step: StepTally | None, length: int) -> tuple[Part, ...]:
    """Done, failed and running tasks by their share; a task that is there is seen. Blank for a step of one task."""
    if step is None or step.known <= 1:
        return (Part(" " * length, QUIET),)
    known = max(step.known, 1)
    filled = int(length * (step.done + step.failed) / known)
    failed = min(max(1, round(length * step.failed / known)), length) if step.failed else 0
    done = max(0, filled - failed)
    running = min(max(1, round(length * step.running / known)), length - done - failed) if step.running else 0
    queued = length - done - failed - running
    parts = ((done, "━", DONE), (failed, "×", FAILED), (running, "╍", RUNNING), (queued, "─", QUEUED))
    return tuple(Part(sign * count, about) for count, sign, about in parts if count)


def footer(tally: Tally, now: float) -> list[Part]:
    """The run in a line: elapsed, tasks, CPU, memory."""
    steps = list(tally.steps.values())
    known = sum(step.known for step in steps)
    ended = sum(step.done + step.failed for step in steps)
    parts = [Part(duration(now - tally.started_at), ""), Part(f"{number(ended)} of {number(known)} tasks", "")]
    cpu_s = sum(step.cpu_s for step in steps)
    if cpu_s >= 1:
        parts.append(Part(f"{duration(cpu_s)} of CPU", QUIET))
    memory = max((step.memory.value for step in steps), default=0)
    if memory >= _WORTH_SAYING:
        parts.append(Part(f"at most {size(int(memory))} in a task", QUIET))
    return parts


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"

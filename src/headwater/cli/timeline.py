"""The steps of a run as rows of a terminal: which are shown, and what stands in each. Pure."""

from typing import NamedTuple

from headwater.cli.tally import StepTally, Tally
from headwater.cli.text import duration, number

_BAR = 20
_NARROW = 60  # columns below which there is no bar


class Row(NamedTuple):
    """One line; the parts of it that have a colour of their own."""

    mark: str  # "running", "done", "failed", "waiting"
    name: str
    bar: str  # "" for a step of one task
    counts: str
    elapsed: str


def step_rows(tally: Tally, now: float, width: int, height: int) -> list[Row]:
    """Steps in the order in which they began; when they are too many, those that are done become one row."""
    steps = [(name, step) for name, step in list(tally.steps.items()) if step.started_at]
    folded = 0
    if len(steps) > height:
        busy = [(name, step) for name, step in steps if not step.settled]
        kept = busy[-(height - 1) :] if height > 1 else []
        folded = len(steps) - len(kept)
        steps = kept
    name_width = min(max((len(name) for name, _ in steps), default=0), max(width // 3, 8))
    rows = [_row(name, step, now, width, name_width) for name, step in steps]
    if folded:
        rows.insert(0, Row("done", f"{number(folded)} more steps", "", "", ""))
    return rows


def _row(name: str, step: StepTally, now: float, width: int, name_width: int) -> Row:
    wide = step.known > 1
    end = step.ended_at if step.settled else now
    return Row(
        mark=_mark(step),
        name=_cut(name, name_width).ljust(name_width),
        bar=_bar(step) if wide and width >= _NARROW else "",
        counts=_counts(step, wide),
        elapsed=duration(end - step.started_at),
    )


def _mark(step: StepTally) -> str:
    if step.failed:
        return "failed"
    if step.settled:
        return "done"
    return "running" if step.running else "waiting"


def _counts(step: StepTally, wide: bool) -> str:
    parts = [f"{number(step.done)}/{number(step.known)}"] if wide else []
    parts += [f"{number(step.running)} running"] if wide and step.running else []
    parts += [f"{number(step.failed)} failed"] if step.failed else []
    parts += [f"{number(step.retried)} retried"] if step.retried else []
    return ", ".join(parts)


def _bar(step: StepTally) -> str:
    filled = int(_BAR * (step.done + step.failed) / step.known)
    return "━" * filled + "─" * (_BAR - filled)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"

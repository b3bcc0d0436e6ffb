"""A run in a notebook: its graph, which changes in place while the run goes on, and below it what the tasks print."""

import sys
import time
from threading import Lock
from typing import Any

from headwater.cli.output import OutputView
from headwater.cli.streams import Sink
from headwater.cli.tally import StepTally, Tally
from headwater.cli.ticker import Ticker
from headwater.graph.svg import StepState
from headwater.html.live import ended_page, live_page
from headwater.records.run import RunRecord
from headwater.scheduler.events import (
    Event,
    RunEnded,
    RunStarted,
)
from headwater.wording import counted, duration, number

_EVERY_S = 0.5


class NotebookView:
    """Told by the thread that runs the cell; drawn by one of its own, which sees that time passes."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._output = OutputView(Sink(sys.stdout), Sink(sys.stderr), self._tally)
        self._handle: Any = None
        self._run: RunRecord | None = None
        self._lock = Lock()
        self._ticker = Ticker(_EVERY_S, self._draw)

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._tally.add(event)
        self._output.show(event)
        match event:
            case RunStarted(run):
                self._run = run
                self._draw()
                self._ticker.start()
            case RunEnded(run, end):
                self._end(run, end.outcome.value, f"{self._counts()} in {duration(end.ended_at - run.created_at)}")

    def close(self) -> None:
        if self._run is not None:  # what drove it died, or the caller left it
            self._end(self._run, "lost", self._counts())
        self._output.close()

    def _end(self, run: RunRecord, outcome: str, line: str) -> None:
        self._ticker.stop()
        self._run = None
        self._show(ended_page(f"{run.flow}/{run.run_id}", outcome, line), f"{outcome}: {line}")

    def _draw(self) -> None:
        run = self._run
        if run is None:
            return
        with self._lock:
            states = {node.name: _state(run, node.name, self._tally.steps.get(node.name)) for node in run.nodes}
            line = f"{self._counts()}, {number(self._tally.running)} running"
        line = f"{line} · {duration(time.time() - run.created_at)}"
        self._show(live_page(f"{run.flow}/{run.run_id}", run.nodes, states, line), line)

    def _counts(self) -> str:
        failed = f", {number(self._tally.failed)} failed" if self._tally.failed else ""
        taken = f", {number(self._tally.taken_over)} taken over" if self._tally.taken_over else ""
        return f"{counted(self._tally.done, 'task')} done{taken}{failed}"

    def _show(self, html: str, text: str) -> None:
        from IPython import display

        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = _display(display, bundle)
        else:
            self._handle.update(bundle, raw=True)


def _display(module: Any, bundle: dict[str, str]) -> Any:
    """The handle by which what is shown is changed."""
    return module.display(bundle, raw=True, display_id=True)


def _state(run: RunRecord, step: str, tally: StepTally | None) -> StepState:
    several = any(spec.step == step and spec.depth for spec in run.steps)
    if tally is None or not (tally.running or tally.done or tally.failed):
        return StepState("waiting", counted(tally.queued, "task") if tally and tally.queued else "waiting", several)
    ended = tally.done + tally.failed
    count = f"{number(ended)} of {number(tally.known)}" if tally.known > 1 else ""
    if tally.failed:
        return StepState("failed", f"{number(tally.failed)} of {number(tally.known)} failed", several)
    if tally.running or tally.queued:
        return StepState("running", count or "running", several)
    spent = duration(tally.ended_at - tally.started_at) if tally.started_at else "taken over"
    how = "caught" if tally.caught else "succeeded"
    return StepState(how, f"{counted(tally.done, 'task')} · {spent}" if tally.done > 1 else spent, several)

"""Progress in plain lines, for a log file: what takes longer, every few seconds, and each step when it is done."""

import threading
import time
from collections.abc import Callable

from headwater.cli.estimate import remaining_s
from headwater.cli.failures import Failures
from headwater.cli.output import TaskPrinter
from headwater.cli.streams import Sink
from headwater.cli.summary import closing_lines, hook_line, opening_line
from headwater.cli.tally import StepTally, Tally
from headwater.cli.ticker import Ticker
from headwater.records.run import RunOutcome
from headwater.scheduler.events import (
    Event,
    HookEnded,
    HookOutput,
    Notice,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskFailed,
    TaskOutput,
    TaskRetried,
)
from headwater.wording import clock, duration, number, plain

PATIENCE_S = 1.0  # a step that is done sooner has one line, which says so
EVERY_S = 5.0  # between two lines about a step that goes on; more for one that has been going on for long
_SELDOM_S = 60.0
_TICK_S = 0.5


class PlainView:
    """Our words on stderr, the tasks' on their own streams."""

    def __init__(
        self,
        stdout: Sink,
        stderr: Sink,
        root: str,
        quiet: bool = False,
        full_traceback: bool = False,
        threads: bool = False,  # look at the clock between events too
        now: Callable[[], float] = time.time,
    ) -> None:
        self._stderr = stderr
        self._root = root
        self._quiet = quiet
        self._failures = Failures(full_traceback)
        self._now = now
        self._tally = Tally()
        self._printer = TaskPrinter(stdout, stderr, self._tally)
        self._said: dict[str, tuple[float, str]] = {}  # step -> when the last line about it was written, and the line
        self._settled: dict[str, None] = {}  # steps whose last tasks have ended and of which that was not said yet
        self._growing: frozenset[str] = frozenset()  # steps inside a foreach: more tasks may come while any task runs
        self._turn = threading.Lock()
        self._ticker = Ticker(_TICK_S, self.tick) if threads and not quiet else None

    def __call__(self, event: Event) -> None:
        with self._turn:
            self._tally.add(event)
            self._show(event)

    def tick(self) -> None:
        """Say what has been going on for long."""
        with self._turn:
            now = self._now()
            for name, step in self._tally.steps.items():
                since = now - step.started_at
                if step.running and since >= PATIENCE_S and now - self._said_at(name) >= _pause_s(since):
                    self._say_step(name, now)

    def close(self) -> None:
        if self._ticker is not None:
            self._ticker.stop()
        self._printer.finish_lines()

    def _show(self, event: Event) -> None:
        match event:
            case TaskOutput():
                self._printer.show(event)
            case RunStarted(run):
                self._growing = frozenset(spec.step for spec in run.steps if spec.depth)
                self._progress(opening_line(event))
                if self._ticker is not None:
                    self._ticker.start()
            case TaskEnded(record):
                self._printer.finish_task(record.step, record.task_id)
                self._step_changed(record.step)
            case TaskFailed(record):
                self._printer.finish_task(record.step, record.task_id)
                self._say_settled()
                self._important(*self._failures.failed(record))
            case TaskRetried(spec):
                self._printer.finish_task(spec.step, spec.task_id)
                self._important(*self._failures.retried(event, self._now()))
            case HookOutput():
                self._printer.show_hook(event)
            case HookEnded():
                self._say_settled()
                (self._important if event.problem else self._progress)(hook_line(event))
            case Notice(message):
                self._important(*plain(message).splitlines())
            case RunEnded():
                self._end(event)

    def _end(self, event: RunEnded) -> None:
        self._say_settled()
        for line in self._failures.last_words():
            self._important(line)
        lines = closing_lines(event, self._tally, self._root)
        quietly = self._quiet and event.end.outcome is RunOutcome.SUCCEEDED
        self._important(*(lines[:1] if quietly else lines))

    def _step_changed(self, name: str) -> None:
        now = self._now()
        if not self._tally.step(name).settled:
            self._settled.pop(name, None)
            return
        self._settled[name] = None
        may_grow = name in self._growing and self._tally.running
        if not may_grow and (now - self._said_at(name) >= EVERY_S or not self._said_done(name)):
            self._say_settled()

    def _said_at(self, name: str) -> float:
        return self._said.get(name, (0.0, ""))[0]

    def _said_done(self, name: str) -> bool:
        """A loop is done at every turn; that is not worth a line each."""
        return " done in " in self._said.get(name, (0.0, ""))[1]

    def _say_settled(self) -> None:
        for name in list(self._settled):
            self._say_step(name, self._now())

    def _say_step(self, name: str, now: float) -> None:
        self._settled.pop(name, None)
        line = _state(name, self._tally.step(name), self._tally)
        if line != self._said.get(name, (0.0, ""))[1]:
            self._progress(line)
        self._said[name] = (now, line)

    def _progress(self, *lines: str) -> None:
        if not self._quiet:
            self._important(*lines)

    def _important(self, *lines: str) -> None:
        if lines:
            self._printer.finish_lines()
        first = f"{clock(self._now())}  "
        for line in lines:
            self._stderr.line(f"{first}{line}")
            first = " " * len(first)


def _pause_s(since: float) -> float:
    """Between two lines about a step: a tenth of what it has taken, so that an hour is not seven hundred lines."""
    return max(EVERY_S, min(since / 10, _SELDOM_S))


def _state(name: str, step: StepTally, tally: Tally) -> str:
    """`train  12/1,000 done, 2 running`."""
    odd = [f"{number(step.caught)} caught"] if step.caught else []
    odd += [f"{number(step.retried)} retried"] if step.retried else []
    if step.settled and not step.failed:
        took = duration(step.ended_at - step.started_at)
        done = f"done in {took}" if step.known == 1 else f"{number(step.done)} done in {took}"
        return f"{name}  {', '.join([done, *odd])}"
    if step.known == 1:
        return f"{name}  running"
    parts = [f"{number(step.done)}/{number(step.known)} done"]
    parts += [f"{number(step.running)} running"] if step.running else []
    parts += [f"{number(step.failed)} failed"] if step.failed else []
    left = remaining_s(step, tally)
    parts += [*odd, f"about {duration(left)} left"] if left is not None else odd
    return f"{name}  {', '.join(parts)}"

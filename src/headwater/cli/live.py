"""Progress on a terminal: a line a step, drawn anew a few times a second below what the tasks print.

Events only change counters and collect text; a thread draws. So a wide foreach costs nothing per task here. The thread
starts with the run, after the host that forks: a fork must not happen beside threads.
"""

import threading
import time
from collections import deque

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from headwater.cli.failures import Failures
from headwater.cli.output import TaskPrinter
from headwater.cli.streams import Sink
from headwater.cli.summary import closing_lines, opening_line
from headwater.cli.tally import Tally
from headwater.cli.text import plain
from headwater.cli.ticker import Ticker
from headwater.cli.timeline import Row, step_rows
from headwater.scheduler.events import (
    Event,
    Notice,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskFailed,
    TaskOutput,
    TaskRetried,
)

_INTERVAL_S = 0.125
_MANY_LINES = 5_000  # of output: whoever brings more than that waits until they are shown


class LiveView:
    """Our words and the tasks' on one terminal."""

    def __init__(self, stdout: Sink, console: Console, root: str, full_traceback: bool = False) -> None:
        self._console = console
        self._root = root
        self._failures = Failures(full_traceback)
        self._tally = Tally()
        self._above: deque[Text] = deque()
        self._scroll = _Scroll(self._above)
        # What goes to a terminal scrolls above the steps; what goes to a file or a pipe goes there as it is.
        self._printer = TaskPrinter(self._scroll if stdout.is_terminal else stdout, self._scroll, self._tally)
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._screen = threading.Lock()
        self._ticker = Ticker(_INTERVAL_S, self._draw)

    def __call__(self, event: Event) -> None:
        self._tally.add(event)
        match event:
            case TaskOutput():
                self._printer.show(event)
                if len(self._above) > _MANY_LINES:
                    self._draw()
            case RunStarted():
                self._say(opening_line(event))
                self._live.start()
                self._ticker.start()
            case TaskEnded(record):
                self._printer.finish_task(record.step, record.task_id)
            case TaskFailed(record):
                self._printer.finish_task(record.step, record.task_id)
                self._say(*self._failures.failed(record), style="red")
            case TaskRetried(spec):
                self._printer.finish_task(spec.step, spec.task_id)
                self._say(*self._failures.retried(event, time.time()), style="yellow")
            case Notice(message):
                self._say(plain(message), style="yellow")
            case RunEnded():
                self._stop()
                lines = closing_lines(event, self._tally, self._root)
                self._say(*lines, style="bold")
                self._print_above()

    def close(self) -> None:
        self._stop()

    def _say(self, *lines: str, style: str = "") -> None:
        """The first line has a style of its own."""
        self._above.extend(Text(line, style="" if number else style) for number, line in enumerate(lines))
        if not self._ticker.is_running:
            self._print_above()

    def _draw(self) -> None:
        with self._screen:
            self._print_above()
            self._live.update(Group(*self._lines()), refresh=True)

    def _lines(self) -> list[Text]:
        width, height = self._console.size
        unfinished = self._scroll.unfinished
        lines = [Text(unfinished, style="dim")] if unfinished else []
        lines += [_drawn(row) for row in step_rows(self._tally, time.time(), width, height - 2)]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return lines

    def _print_above(self) -> None:
        lines = []
        while self._above:
            lines.append(self._above.popleft())
        if lines:
            self._console.print(Text("\n").join(lines), soft_wrap=True, highlight=False, markup=False)

    def _stop(self) -> None:
        if self._ticker.is_running:
            self._ticker.stop()
            self._draw()
            self._live.stop()
        self._printer.finish_lines()
        self._print_above()


def open_live_view(stdout: Sink, root: str, full_traceback: bool) -> LiveView:
    return LiveView(stdout, Console(stderr=True), root, full_traceback)


_MARKS = {"running": ("▶", "cyan"), "done": ("✓", "green"), "failed": ("✗", "red"), "waiting": ("·", "dim")}


def _drawn(row: Row) -> Text:
    mark, style = _MARKS[row.mark]
    line = Text().append(f"{mark} ", style=style)
    line.append(row.name, style="bold" if row.mark == "running" else "")
    for part, part_style in ((row.bar, style), (row.counts, ""), (row.elapsed, "dim")):
        if part:
            line.append(f"  {part}", style=part_style)
    return line


class _Scroll:
    """Takes bytes and gives whole lines, with the colours that were in them and nothing else that moves a cursor."""

    is_terminal = True

    def __init__(self, lines: deque[Text]) -> None:
        self._lines = lines
        self._rest = b""

    @property
    def unfinished(self) -> str:
        """The line that has no end yet, as it looks after its last carriage return."""
        text = self._rest.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
        return Text.from_ansi(text).plain if text else ""

    def write(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            last = line.rstrip(b"\r").rpartition(b"\r")[2]
            self._lines.append(Text.from_ansi(last.decode("utf-8", "backslashreplace")))

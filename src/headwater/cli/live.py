"""Progress on a terminal: a line a step, drawn anew a few times a second below what the tasks print.

Events only change counters and collect text; a thread draws. So a wide foreach costs nothing per task here. The thread
starts with the run, after the host that forks: a fork must not happen beside threads.
"""

import re
import threading
import time
from collections import deque

from rich.console import Console
from rich.text import Text

from headwater.cli.failures import Failures
from headwater.cli.output import TaskPrinter
from headwater.cli.painter import Painter
from headwater.cli.streams import Sink
from headwater.cli.summary import closing_lines, hook_line, opening_line
from headwater.cli.tally import Tally
from headwater.cli.ticker import Ticker
from headwater.cli.timeline import DONE, FAILED, ODD, QUEUED, QUIET, RUNNING, Part, Row, footer, step_rows
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
from headwater.wording import plain

_INTERVAL_S = 0.125
_MANY_LINES = 5_000  # of output: whoever brings more than that waits until they are shown
_SPARE_ROWS = 3  # of the terminal: the footer, an unfinished line, the cursor's own


class LiveView:
    """Our words and the tasks' on one terminal."""

    def __init__(self, stdout: Sink, console: Console, root: str, full_traceback: bool = False) -> None:
        self._console = console
        self._root = root
        self._failures = Failures(full_traceback, lambda: console.width)
        self._tally = Tally()
        self._above: deque[Text] = deque()
        self._scroll = _Scroll(self._above)
        # What goes to a terminal scrolls above the steps; what goes to a file or a pipe goes there as it is, and its
        # last line is shown.
        self._elsewhere = None if stdout.is_terminal else _LastLine(stdout)
        self._printer = TaskPrinter(self._elsewhere or self._scroll, self._scroll, self._tally)
        self._painter = Painter(console)
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
                self._say(opening_line(event), style="bold")
                self._ticker.start()
            case TaskEnded(record):
                self._printer.finish_task(record.step, record.task_id)
            case TaskFailed(record):
                self._printer.finish_task(record.step, record.task_id)
                self._say(*self._failures.failed(record), style="bold red")
            case TaskRetried(spec):
                self._printer.finish_task(spec.step, spec.task_id)
                self._say(*self._failures.retried(event, time.time()), style="yellow")
            case HookOutput():
                self._printer.show_hook(event)
            case HookEnded():
                self._say(hook_line(event), style="yellow" if event.problem else "")
            case Notice(message):
                self._say(plain(message), style="yellow")
            case RunEnded():
                self._stop()
                self._say(*self._failures.last_words())
                style = "bold green" if event.end.outcome is RunOutcome.SUCCEEDED else "bold red"
                self._say(*closing_lines(event, self._tally, self._root), style=style)

    def close(self) -> None:
        self._stop()

    def _say(self, *lines: str, style: str = "") -> None:
        """The first line has a style of its own."""
        self._above.extend(_styled(line) if number else Text(line, style=style) for number, line in enumerate(lines))
        if not self._ticker.is_running:
            self._print_above()

    def _draw(self, over: bool = False) -> None:
        with self._screen:
            self._painter.draw(self._taken_above(), self._picture(over))

    def _picture(self, over: bool) -> list[Text]:
        width, height = self._console.size
        now = time.time()
        lines = [_drawn(row) for row in step_rows(self._tally, now, width, max(1, height - _SPARE_ROWS), over)]
        if over:
            return lines
        unfinished = self._scroll.unfinished
        last = self._elsewhere.text if self._elsewhere else ""
        lines = [Text(unfinished, style="dim")] * bool(unfinished) + lines
        lines.append(_joined(footer(self._tally, now), "  "))
        if last:
            lines[-1].append(f"  {last}", style="dim italic")
        return lines

    def _taken_above(self) -> list[Text]:
        lines = []
        while self._above:
            lines.append(self._above.popleft())
        return lines

    def _print_above(self) -> None:
        lines = self._taken_above()
        if lines:
            self._painter.say(lines)

    def _stop(self) -> None:
        self._printer.finish_lines()
        if self._ticker.is_running:
            self._ticker.stop()
            self._draw(over=True)
            self._painter.leave()
        self._print_above()


def open_live_view(stdout: Sink, root: str, full_traceback: bool) -> LiveView:
    return LiveView(stdout, Console(stderr=True), root, full_traceback)


_MARKS = {
    "running": ("▶", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "waiting": ("·", "cyan"),
    "to come": ("·", "bright_black"),
}
_STYLES = {DONE: "green", FAILED: "red", RUNNING: "cyan", QUEUED: "bright_black", ODD: "yellow", QUIET: "bright_black"}


def _drawn(row: Row) -> Text:
    mark, style = _MARKS[row.mark]
    line = Text().append(f"{mark} ", style=style)
    line.append(row.name, style={"running": "bold", "to come": "bright_black"}.get(row.mark, ""))
    if row.bar:
        line.append("  ").append_text(_joined(row.bar, ""))
    for part, part_style in ((row.counts, ""), (row.elapsed, ""), (row.memory, "bright_black")):
        if part:
            line.append(f"  {part}", style=part_style)
    if row.details:
        line.append("  ").append_text(_joined(row.details, "  "))
    return line


def _styled(line: str) -> Text:
    """A line below the first: where it points to, what it marks, and its label are told apart."""
    text = Text(line)
    for pattern, style in _WORDS:
        found = pattern.match(line)
        if found is not None:
            text.stylize(style, *found.span(1))
            break
    return text


_WORDS = (
    (re.compile(r"^ +(\^+)$"), "red"),
    (re.compile(r"^ +(Inputs|Log|Slowest|Used|Read on|Resume):  ?"), "bright_black"),
    (re.compile(r"^ +(\S+:\d+) in "), "cyan"),
    (re.compile(r"^ +(Because of|While handling|In the group:) "), "yellow"),
)


def _joined(parts: list[Part] | tuple[Part, ...], between: str) -> Text:
    return Text(between).join(Text(part.text, style=_STYLES.get(part.about, "")) for part in parts)


class _LastLine:
    """Hands bytes on, and remembers the last line among them."""

    is_terminal = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._last = b""

    @property
    def text(self) -> str:
        return plain(Text.from_ansi(self._last[-1_000:].decode("utf-8", "replace")).plain.replace("\n", " "))

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        lines = data.rstrip(b"\r\n")[-4_000:].splitlines()
        if lines:
            self._last = lines[-1]


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

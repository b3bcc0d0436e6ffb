"""Two runs, tasks or artifacts side by side, as the command line tells them, with what came and went in colour."""

from headwater.compare.diff import ArtifactDiff, RunDiff, TaskDiff
from headwater.markup.elements import Markup, element, join
from headwater.wording import plain

_MARKS = {"+": "hw-added", "-": "hw-bad", "~": "hw-changed"}


def diff_page(diff: RunDiff | TaskDiff | ArtifactDiff) -> Markup:
    lines = [_line(plain(line)) for line in str(diff).splitlines()]
    return element("pre", join(lines, "\n"), cls="hw-tall")


def _line(line: str) -> Markup | str:
    """`+`, `-` and `~` before a name say what became of it."""
    mark = _MARKS.get(line.lstrip()[:2].rstrip() if line.startswith("  ") else "")
    return element("span", line, cls=mark) if mark else line

"""Why an attempt did not succeed, with the author's own lines."""

from headwater.html.elements import Child, Markup, element, fold, join, lines_of_code
from headwater.records.task import Failure


def failure_box(title: Child, failure: Failure) -> Markup:
    """The message, the author's frames, the remedy; the whole traceback is folded."""
    frames = [frame for frame in failure.frames if frame.author]
    lines = []
    for frame in frames:
        lines.append(f"{frame.file}:{frame.line} in {frame.function}")
        if frame.source:
            lines.append(f"    {frame.source.strip()}")
    return element(
        "div",
        element("div", join([title, element("span", failure.message.strip(), cls="hw-bad")], " ")),
        lines_of_code(lines) if lines else None,
        element("div", failure.remedy) if failure.remedy else None,
        fold("Whole traceback", lines_of_code([failure.traceback.rstrip()])) if failure.traceback else None,
        cls="hw-fail",
    )

"""Why an attempt did not succeed, with the author's own lines."""

from headwater.artifacts.telling import failure_lines
from headwater.markup.elements import Child, Markup, element, fold, join, lines_of_code
from headwater.records.task import Failure


def failure_box(title: Child, failure: Failure) -> Markup:
    """The message, the author's frames, what was behind it, the inputs, the remedy; the whole traceback is folded."""
    head, _, _ = failure.message.strip().partition("\n")
    lines = [line.removeprefix("  ") for line in failure_lines(failure)]
    return element(
        "div",
        element("div", join([title, element("span", head, cls="hw-bad")], " ")),
        lines_of_code(lines) if lines else None,
        fold("Whole traceback", lines_of_code([failure.traceback.rstrip()])) if failure.traceback else None,
        cls="hw-fail",
    )

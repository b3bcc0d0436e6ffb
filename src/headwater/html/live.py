"""A run while it goes on, and the line that is left of it when it is over."""

from collections.abc import Mapping, Sequence

from headwater.graph.svg import StepState, as_svg
from headwater.html.page import framed
from headwater.markup.elements import Markup, element, facts, heading
from headwater.records.graph import Node


def live_page(pathspec: str, nodes: Sequence[Node], states: Mapping[str, StepState], line: str) -> str:
    """The graph with what is known of each step by now, below it a line of counts."""
    svg = Markup(as_svg(nodes, states, title=f"{pathspec}, running", standalone=False))
    return framed(
        heading("Run", pathspec, "running"),
        element("div", svg, cls="hw-scroll", tabindex="0", role="region", aria_label="Graph"),
        facts(line) or Markup(),
    )


def ended_page(pathspec: str, outcome: str, line: str) -> str:
    """One line: what is left to be seen is the run itself."""
    return framed(heading("Run", pathspec, outcome, element("span", line, cls="hw-dim")))

"""What a notebook shows of an object of the client."""

from collections.abc import Callable
from typing import Any

from headwater.client.artifact import DataArtifact
from headwater.client.headwater import Headwater
from headwater.client.listing import Listing
from headwater.client.objects import Flow, Run, Step
from headwater.client.task import Task
from headwater.client.values import Data, RunParameters
from headwater.compare.diff import ArtifactDiff, RunDiff, TaskDiff
from headwater.errors import HeadwaterError
from headwater.html.artifacts import artifact_page, values_page
from headwater.html.diffs import diff_page
from headwater.html.flows import flow_page, root_page
from headwater.html.listings import listing_page
from headwater.html.runs import run_page
from headwater.html.style import STYLE
from headwater.html.tasks import step_page, task_page
from headwater.markup.elements import Markup, element, heading

_PAGES: dict[type, Callable[[Any], Markup]] = {
    Headwater: root_page,
    Flow: flow_page,
    Run: run_page,
    Step: step_page,
    Task: task_page,
    DataArtifact: artifact_page,
    Listing: listing_page,
    Data: values_page,
    RunParameters: values_page,
    RunDiff: diff_page,
    TaskDiff: diff_page,
    ArtifactDiff: diff_page,
}


def represent(thing: object) -> str:
    """The HTML of an object; what cannot be read any more is said in its place."""
    page = next(page for kind, page in _PAGES.items() if isinstance(thing, kind))
    try:
        return framed(page(thing))
    except HeadwaterError as exc:
        return framed(heading(type(thing).__name__, repr(thing)), element("div", str(exc), cls="hw-bad"))


def framed(*parts: Markup) -> str:
    """With the style, as the output of a cell."""
    return element("div", element("style", Markup(STYLE)), *parts, cls="hw")

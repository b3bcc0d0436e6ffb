"""What is known of a run before anything of it is opened."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from headwater import plugins
from headwater.errors import FlowLoadError
from headwater.flow.build import build_graph
from headwater.flow.spec import FlowSpec
from headwater.flow.withs import parse_withs
from headwater.graph.model import Graph
from headwater.records.decorators import AnyDecorator, Card, Catch
from headwater.records.graph import DECIDED_BY_THE_STEP
from headwater.records.step import StepSpec
from headwater.runner.options import RunOptions
from headwater.runner.tags import user_tags
from headwater.scheduler.events import Listener, Notice
from headwater.settings import Settings


class RunPlan(NamedTuple):
    """A flow that was found to be right, and how it is to be run."""

    flow: type[FlowSpec]
    file: Path
    graph: Graph
    options: RunOptions
    settings: Settings
    steps: tuple[StepSpec, ...]
    embedded: bool = False  # the process is a program of its own, which did more than to import the flow's file


def make_plan(cls: type[FlowSpec], options: RunOptions, settings: Settings, listener: Listener) -> RunPlan:
    """Check the flow; LintError, FlowLoadError for one that is in no file, TagError for tags that no run can have."""
    user_tags(options.tags, settings.user)
    graph = build_graph(cls)
    file = getattr(sys.modules[cls.__module__], "__file__", None)
    if file is None:
        raise FlowLoadError(
            f"{cls.__name__} was not defined in a file. Write it to a file, so that its code can be kept with the run."
        )
    path = Path(os.path.abspath(file))
    return RunPlan(cls, path, graph, options, settings, _step_specs(cls, path, graph, options, listener))


def _step_specs(
    cls: type[FlowSpec], file: Path, graph: Graph, options: RunOptions, listener: Listener
) -> tuple[StepSpec, ...]:
    """How to run each step."""
    decorators = _decorators(graph, options, listener)
    return tuple(
        StepSpec(
            flow=graph.name,
            step=node.name,
            file=str(file),
            module=cls.__module__,
            join=node.join,
            depth=graph.depth(node.name),
            decorators=decorators[node.name],
            max_splits=options.max_splits,
        )
        for node in graph.nodes.values()
    )


def _decorators(graph: Graph, options: RunOptions, listener: Listener) -> dict[str, tuple[AnyDecorator, ...]]:
    """Each step's decorators: those of its source, then those of `--with` that it does not bear itself."""
    extra = parse_withs(options.with_)
    result = {}
    for node in graph.nodes.values():
        own = {type(one) for one in node.decorators}
        added = [one for one in extra if type(one) not in own]
        if node.kind in DECIDED_BY_THE_STEP and any(isinstance(one, Catch) for one in added):
            listener(Notice(f"@catch is left off step {node.name!r}: it alone knows where the flow goes next."))
            added = [one for one in added if not isinstance(one, Catch)]
        result[node.name] = (*node.decorators, *added)
        if any(isinstance(one, Card) for one in result[node.name]):
            plugins.load("face", "check-cards")(node.name, result[node.name])
    return result

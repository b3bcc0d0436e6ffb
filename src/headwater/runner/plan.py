"""What is known of a run before anything of it is opened."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from headwater import plugins
from headwater.errors import FlowLoadError
from headwater.flow.build import build_graph
from headwater.flow.flow_decorators import flow_decorators_of
from headwater.flow.spec import FlowSpec
from headwater.flow.withs import kind_of, parse_withs
from headwater.graph.model import Graph
from headwater.names import Pathspec
from headwater.records.decorators import AnyDecorator, Card, Catch, UserDecorator
from headwater.records.flow_decorators import AnyFlowDecorator, ProjectBranch
from headwater.records.graph import DECIDED_BY_THE_STEP
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.runner.options import RunOptions
from headwater.runner.platforms import platform_notice
from headwater.runner.project import Standing, find_standing
from headwater.runner.tags import user_tags
from headwater.runner.triggers import read_triggers
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
    flow_decorators: tuple[AnyFlowDecorator, ...] = ()
    standing: Standing | None = None  # of a flow of a project
    started_by: tuple[Pathspec, ...] = ()  # runs that are said to start this one
    embedded: bool = False  # the process is a program of its own, which did more than to import the flow's file

    def project(self, origin: RunRecord | None = None) -> ProjectBranch | None:
        """Where in its project a run of the plan is; `origin`: the run that it resumes."""
        if self.standing is None:
            return None
        return self.standing.resuming(origin.project) if origin else self.standing.project


def make_plan(cls: type[FlowSpec], options: RunOptions, settings: Settings, listener: Listener) -> RunPlan:
    """Check the flow; LintError, FlowLoadError for one that is in no file, TagError for tags that no run can have."""
    graph = build_graph(cls)
    flow_decorators = flow_decorators_of(cls)
    standing = find_standing(flow_decorators, options.choices.options, os.environ, settings.user)
    user_tags(options.tags, settings.user, standing.project if standing else None)
    file = getattr(sys.modules[cls.__module__], "__file__", None)
    if file is None:
        raise FlowLoadError(
            f"{cls.__name__} was not defined in a file. Write it to a file, so that its code can be kept with the run."
        )
    path = Path(os.path.abspath(file))
    steps = _step_specs(cls, path, graph, options, listener)
    notice = platform_notice({spec.step: spec.decorators for spec in steps}, options.environment)
    if notice:
        listener(Notice(notice))
    return RunPlan(
        cls,
        path,
        graph,
        options,
        settings,
        steps,
        flow_decorators,
        standing,
        read_triggers(flow_decorators, options.choices.options),
    )


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
        own = {kind_of(one) for one in node.decorators}
        added = [one for one in extra if kind_of(one) not in own]
        if node.kind in DECIDED_BY_THE_STEP and any(isinstance(one, Catch) for one in added):
            listener(Notice(f"@catch is left off step {node.name!r}: it alone knows where the flow goes next."))
            added = [one for one in added if not isinstance(one, Catch)]
        outermost = [one for one in added if isinstance(one, UserDecorator)]
        result[node.name] = (*outermost, *node.decorators, *(one for one in added if one not in outermost))
        if any(isinstance(one, Card) for one in result[node.name]):
            for text in plugins.load("face", "check-cards")(node.name, result[node.name]):
                listener(Notice(text))
    return result

"""`show` of a flow: its steps as text.

With --json one document: flow, start, end, steps: NAME -> kind, next, join and what else `output-raw` tells of it,
parameters: NAME -> type, required, default, help, flow_decorators: a list of them as `run.json` has them.
"""

import sys
from typing import Any

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.parameters import told_parameters
from headwater.cli.streams import Sink
from headwater.flow.build import build_graph
from headwater.flow.flow_decorators import flow_decorators_of
from headwater.flow.spec import FlowSpec
from headwater.graph.model import Graph
from headwater.graph.render import as_text


def command(cls: type[FlowSpec]) -> click.Command:
    def show(shared: Shared) -> None:
        graph = build_graph(cls)
        out = Sink(sys.stdout)
        if shared.json:
            out.write(to_line(graph_document(cls, graph)))
        else:
            out.line(as_text(graph, flow_decorators_of(cls)).rstrip())

    return command_with("show", show, shown={"--json"}, help="Show the steps of the flow.")


def graph_document(cls: type[FlowSpec], graph: Graph) -> dict[str, Any]:
    """The flow as the answer to `--json`."""
    steps = {"start": graph.start, "end": graph.end, "steps": dict(graph.nodes)}
    return {
        "flow": graph.name,
        "parameters": told_parameters(cls),
        "flow_decorators": list(flow_decorators_of(cls)),
        **steps,
    }

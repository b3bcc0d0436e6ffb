"""`show` of a flow: its steps as text."""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.streams import Sink
from headwater.flow.build import build_graph
from headwater.flow.spec import FlowSpec
from headwater.graph.render import as_text


def command(cls: type[FlowSpec]) -> click.Command:
    def show(shared: Shared) -> None:
        graph = build_graph(cls)
        out = Sink(sys.stdout)
        if shared.json:
            out.write(
                to_line({"flow": graph.name, "start": graph.start, "end": graph.end, "steps": [*graph.nodes.values()]})
            )
        else:
            out.line(as_text(graph).rstrip())

    return command_with("show", show, help="Show the steps of the flow.")

"""`output-dot`: the flow's graph for Graphviz."""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.streams import Sink
from headwater.flow.build import build_graph
from headwater.flow.spec import FlowSpec
from headwater.graph.render import as_dot


def command(cls: type[FlowSpec]) -> click.Command:
    def output(shared: Shared) -> None:
        Sink(sys.stdout).line(as_dot(build_graph(cls)).rstrip())

    return command_with(
        "output-dot",
        output,
        help="Print the graph in Graphviz' language. Make a picture of it: python FLOW.py output-dot | dot -Tsvg",
    )

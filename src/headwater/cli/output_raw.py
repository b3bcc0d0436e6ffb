"""`output-raw`: the flow's graph as Headwater holds it.

With --json one document, the same as that of `show`: flow, start, end, steps: NAME -> its node as `run.json` has it,
parameters.
"""

import sys
from enum import StrEnum

import click
from msgspec.structs import asdict

from headwater.cli.commands import Shared, command_with
from headwater.cli.graph import graph_document
from headwater.cli.json import to_line
from headwater.cli.streams import Sink
from headwater.flow.build import build_graph
from headwater.flow.spec import FlowSpec


def command(cls: type[FlowSpec]) -> click.Command:
    def output(shared: Shared) -> None:
        graph = build_graph(cls)
        out = Sink(sys.stdout)
        if shared.json:
            out.write(to_line(graph_document(cls, graph)))
            return
        for node in graph.nodes.values():
            out.line(node.name)
            for name, value in asdict(node).items():
                if name != "name" and value not in (None, (), "", False):
                    out.line(f"    {name} = {str(value) if isinstance(value, StrEnum) else value!r}")

    return command_with("output-raw", output, shown={"--json"}, help="Print the graph as Headwater holds it.")

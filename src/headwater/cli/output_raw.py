"""`output-raw`: the flow's graph as Headwater holds it.

With --json one document, the same as that of `show`: flow, start, end, steps: NAME -> its node as `run.json` has it,
parameters, flow_decorators.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum

import click
from msgspec.structs import asdict

from headwater.cli.commands import Shared, command_with
from headwater.cli.graph import graph_document
from headwater.cli.json import to_line
from headwater.cli.streams import Sink
from headwater.flow.build import build_graph
from headwater.flow.flow_decorators import flow_decorators_of
from headwater.flow.spec import FlowSpec
from headwater.records.base import tag_of


def command(cls: type[FlowSpec]) -> click.Command:
    def output(shared: Shared) -> None:
        graph = build_graph(cls)
        out = Sink(sys.stdout)
        if shared.json:
            out.write(to_line(graph_document(cls, graph)))
            return
        for one in flow_decorators_of(cls):
            _tell(out, f"@{tag_of(one)}", asdict(one))
        for node in graph.nodes.values():
            _tell(out, node.name, {name: value for name, value in asdict(node).items() if name != "name"})

    return command_with("output-raw", output, shown={"--json"}, help="Print the graph as Headwater holds it.")


def _tell(out: Sink, name: str, fields: Mapping[str, object]) -> None:
    """A name, and below it what is said of it."""
    out.line(name)
    for field, value in fields.items():
        if value not in (None, (), "", False, {}):
            out.line(f"    {field} = {str(value) if isinstance(value, StrEnum) else value!r}")

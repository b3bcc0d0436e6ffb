"""A graph as text for people, and as dot for Graphviz."""

from collections.abc import Sequence

import msgspec

from headwater.graph.model import Graph
from headwater.records.base import tag_of
from headwater.records.decorators import AnyDecorator, UserDecorator
from headwater.records.flow_decorators import AnyFlowDecorator, AwaitedEvent, AwaitedFlow
from headwater.records.graph import Node, NodeKind
from headwater.records.secrets import SecretSource
from headwater.records.step import StepSpec


def as_text(graph: Graph, flow_decorators: Sequence[AnyFlowDecorator] = ()) -> str:
    """What `show` prints: the flow and each step with its decorators, what it says of itself, and where it leads."""
    blocks = [graph.name if not graph.doc else f"{graph.name}\n\n{_indented(graph.doc)}"]
    if flow_decorators:
        blocks.append("\n".join(f"    {decorator_text(one)}" for one in flow_decorators))
    for node in graph.nodes.values():
        lines = [f"Step {node.name}{_marks(graph, node)}"]
        lines += [f"    {decorator_text(decorator)}" for decorator in node.decorators]
        if node.doc:
            lines.append(_indented(node.doc))
        lines += [f"    => {arrow}" for arrow in arrows(node)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def as_dot(graph: Graph) -> str:
    """The graph in Graphviz' language."""
    lines = [f"digraph {_quoted(graph.name)} {{", "    rankdir=LR;", "    node [shape=box];"]
    for node in graph.nodes.values():
        lines.append(f"    {_quoted(node.name)}{_shape(node)};")
        lines += [
            f"    {_quoted(node.name)} -> {_quoted(target)}{_edge_label(node, target)};" for target in node.targets
        ]
    return "\n".join([*lines, "}"]) + "\n"


def _marks(graph: Graph, node: Node) -> str:
    plan = graph.join(node.name)
    marks = []
    if plan is not None:
        part = "" if plan.closes else "part of "
        marks.append(f"joins {part}{plan.split}")
    if node.kind is NodeKind.SWITCH and graph.loops(node.name):
        marks.append("may repeat")
    return f" ({', '.join(marks)})" if marks else ""


def arrows(node: Node) -> list[str]:
    """Where a step leads, in words."""
    match node.kind:
        case NodeKind.FOREACH:
            return [f"{node.targets[0]}, for each of {node.foreach}"]
        case NodeKind.GANG:
            return [f"{node.targets[0]}, on several nodes at once"]
        case NodeKind.SWITCH if node.cases:
            return [f"{case.step}, when {node.condition} is {case.value!r}" for case in node.cases]
        case NodeKind.SWITCH:
            return [" or ".join(node.targets)]
        case NodeKind.LINEAR | NodeKind.SPLIT:
            return [", ".join(node.targets)]
        case NodeKind.END:
            return []


def step_decorators(steps: Sequence[StepSpec], step: str | None) -> str:
    """What stands on a step of a run, those of --with among them, in one line."""
    return " ".join(decorator_text(one) for spec in steps if spec.step == step for one in spec.decorators)


def decorator_text(decorator: AnyDecorator | AnyFlowDecorator) -> str:
    """A decorator as it would be written."""
    if isinstance(decorator, UserDecorator):
        said = [*map(repr, decorator.arguments), *(f"{name}={value!r}" for name, value in decorator.options.items())]
        return f"@{decorator.name}({', '.join(said)})" if said else f"@{decorator.name}"
    name = tag_of(decorator)
    fields = decorator.__struct_fields__
    defaults = dict(zip(reversed(fields), reversed(decorator.__struct_defaults__), strict=False))
    said = [
        f"{field}={_written(value)}"
        for field in fields
        if (value := getattr(decorator, field)) != defaults.get(field, msgspec.UNSET) and value != {}
    ]
    return f"@{name}({', '.join(said)})" if said else f"@{name}"


def _written(value: object) -> str:
    """What an author would write; for an event or a flow its name, else the function that tells it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, AwaitedEvent):
        return repr(value.name) if value.name else ", ".join(value.told_by)
    if isinstance(value, AwaitedFlow):
        whole = ".".join(filter(None, (value.project, value.project_branch, value.flow)))
        return repr(whole) if whole else ", ".join(value.told_by)
    return repr(str(value)) if isinstance(value, SecretSource) else repr(value)


def _shape(node: Node) -> str:
    if node.join:
        return " [shape=trapezium]"
    shapes = {NodeKind.SWITCH: "diamond", NodeKind.FOREACH: "invtrapezium", NodeKind.SPLIT: "invtrapezium"}
    shape = "box3d" if node.parallel else shapes.get(node.kind)
    return f" [shape={shape}]" if shape else ""


def _edge_label(node: Node, target: str) -> str:
    if node.kind is NodeKind.FOREACH:
        return f" [label={_quoted(f'each of {node.foreach}')}]"
    if node.kind is NodeKind.GANG:
        return ' [label="num_parallel"]'
    values = [str(case.value) for case in node.cases if case.step == target]
    return f" [label={_quoted(', '.join(values))}, style=dashed]" if values else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _indented(doc: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in doc.splitlines())

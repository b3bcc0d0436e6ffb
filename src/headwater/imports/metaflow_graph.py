"""The graph of a Metaflow run, from what the run noted of it."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from headwater.records.decorators import AnyDecorator, Card, Catch, Environment, Parallel, Resources, Retry, Timeout
from headwater.records.graph import Case, Node, NodeKind
from headwater.records.step import StepSpec

_KINDS = {
    "split": NodeKind.SPLIT,
    "split-and": NodeKind.SPLIT,
    "split-static": NodeKind.SPLIT,
    "split-foreach": NodeKind.FOREACH,
    "foreach": NodeKind.FOREACH,
    "split-parallel": NodeKind.GANG,
    "split-switch": NodeKind.SWITCH,
    "end": NodeKind.END,
}


class RunGraph:
    """The steps of one run; `info` is its artifact `_graph_info`, of which any part may be missing."""

    def __init__(self, info: Any, steps: Sequence[str]) -> None:
        """`steps`: those that have a folder, for a run that noted no graph."""
        known = info if isinstance(info, dict) else {}
        noted = known.get("steps")
        self.start = str(known.get("start_step") or "start")
        self.end = str(known.get("end_step") or "end")
        self.doc = str(known.get("doc") or "")
        self.parameters = _names(known.get("parameters"))  # configs among them
        self.configs = _names(known.get("parameters"), "Config")
        self.constants = _names(known.get("constants"))
        self._steps: dict[str, Mapping[str, Any]] = {
            str(name): step for name, step in (noted.items() if isinstance(noted, dict) else ()) if _is_step(step)
        }
        self._order = _in_order(self._steps, self.start) or list(steps)

    @property
    def file(self) -> str:
        """The author's file where the run was launched; "" when nobody knows."""
        return str(self._steps.get(self.start, {}).get("source_file") or "")

    @property
    def script(self) -> str:
        """That file as a module; "" when nobody knows, or it cannot be one."""
        stem = PurePath(self.file).stem
        return stem if stem.isidentifier() else ""

    def targets(self, step: str) -> list[str]:
        return [str(name) for name in self._steps.get(step, {}).get("next") or ()]

    def sources(self, step: str) -> list[str]:
        """Steps that can hand on to a step."""
        return [name for name in self._steps if step in self.targets(name)]

    def kind(self, step: str) -> NodeKind:
        kind = str(self._steps.get(step, {}).get("type") or "")
        if kind == "join" or kind not in _KINDS:
            return NodeKind.END if step == self.end else NodeKind.LINEAR
        return _KINDS[kind]

    def is_join(self, step: str) -> bool:
        return self._steps.get(step, {}).get("type") == "join"

    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._node(name) for name in self._order)

    def specs(self, flow: str) -> tuple[StepSpec, ...]:
        return tuple(
            StepSpec(
                flow=flow,
                step=name,
                file=str(self._steps.get(name, {}).get("source_file") or ""),
                module="__main__",
                join=self.is_join(name),
                decorators=self._decorators(name),
            )
            for name in self._order
        )

    def _node(self, name: str) -> Node:
        step = self._steps.get(name, {})
        cases = step.get("switch_cases") or step.get("cases") or {}
        return Node(
            name=name,
            kind=self.kind(name),
            targets=tuple(self.targets(name)),
            cases=tuple(Case(value=value, step=str(arm)) for value, arm in cases.items() if _is_case(value))
            if isinstance(cases, dict)
            else (),
            condition=str(step.get("condition") or ""),
            foreach=str(step.get("foreach_artifact") or ""),
            join=self.is_join(name),
            parallel=any(isinstance(one, Parallel) for one in self._decorators(name)),
            decorators=self._decorators(name),
            doc=str(step.get("doc") or ""),
            file=str(step.get("source_file") or ""),
            line=step["line"] if isinstance(step.get("line"), int) else 0,
        )

    def _decorators(self, name: str) -> tuple[AnyDecorator, ...]:
        noted = self._steps.get(name, {}).get("decorators") or ()
        made = [_decorator(one) for one in noted if isinstance(one, dict)]
        return tuple(one for one in made if one is not None)


def _decorator(noted: dict[str, Any]) -> AnyDecorator | None:
    """One of those whose meaning is the same here; None for any other."""
    given = noted.get("attributes")
    options = {str(name): value for name, value in (given.items() if isinstance(given, dict) else ())}
    match noted.get("name"):
        case "retry":
            return Retry(
                times=int(_number(options.get("times"), 3)),
                minutes_between_retries=_number(options.get("minutes_between_retries"), 2),
            )
        case "catch":
            return Catch(var=_text(options.get("var")))
        case "timeout":
            return Timeout(**{name: _number(options.get(name), 0) for name in ("seconds", "minutes", "hours")})
        case "environment":
            variables = options.get("vars")
            return Environment(vars={str(name): str(value) for name, value in _items(variables)})
        case "resources":
            gpu, memory = options.get("gpu"), options.get("memory")
            return Resources(
                cpu=_number(options.get("cpu"), 1),
                gpu=None if gpu in (None, "None") else int(_number(gpu, 0)),
                memory=int(_number(memory, 4096)),
            )
        case "parallel":
            return Parallel()
        case "card":
            card_id = options.get("id")
            return Card(
                type=str(options.get("type") or "default"), id=None if card_id in (None, "None") else str(card_id)
            )
        case _:
            return None


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _number(value: Any, otherwise: float) -> float:
    """Options are noted as numbers or as their text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise


def _text(value: Any) -> str | None:
    return None if value in (None, "None") else str(value)


def _names(noted: Any, kind: str | None = None) -> list[str]:
    found = [one for one in noted or () if isinstance(one, dict) and "name" in one]
    return [str(one["name"]) for one in found if kind in (None, one.get("type"))]


def _is_step(step: Any) -> bool:
    return isinstance(step, dict)


def _is_case(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _in_order(steps: Mapping[str, Mapping[str, Any]], start: str) -> list[str]:
    """By the lines of the source; without them from the start on."""
    lines = {name: step.get("line") for name, step in steps.items()}
    if all(isinstance(line, int) for line in lines.values()):
        return sorted(lines, key=lambda name: (lines[name], name))
    return sorted(steps, key=lambda name: name != start)

"""Reading `self.next` out of a step's syntax tree."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeGuard

from headwater.records.graph import NodeKind

_OPTIONS = {"foreach", "num_parallel", "condition"}


class ConfigKey(NamedTuple):
    """A case of a switch that a config says: `self.config.kinds.first`."""

    path: tuple[str | int, ...]  # the config's Python name, then what is taken from it

    def __str__(self) -> str:
        first, *rest = self.path
        return f"self.{first}" + "".join(f".{one}" if str(one).isidentifier() else f"[{one!r}]" for one in rest)


class WrittenCase(NamedTuple):
    """A case of a switch as the source has it."""

    value: str | int | float | bool | ConfigKey
    step: str


class Next(NamedTuple):
    """How a step hands on, as far as it was understood."""

    kind: NodeKind
    targets: tuple[str, ...] = ()
    cases: tuple[WrittenCase, ...] = ()
    condition: str = ""
    foreach: str = ""
    line: int = 0


class Understood(NamedTuple):
    """A step's body as understood: `problem` says why, where it was not."""

    next: Next
    has_next: bool
    problem: str = ""


class _NotUnderstoodError(Exception):
    """What is in the way, in words for the author."""


def understand(body: Sequence[ast.stmt], self_name: str) -> Understood:
    """What a step's body says about the step that follows."""
    calls = [node for statement in body for node in ast.walk(statement) if _is_next(node, self_name)]
    if not calls:
        return Understood(Next(NodeKind.END), has_next=False)
    ways = _ways(body, self_name, tail=True)
    try:
        if ways.open:
            raise _NotUnderstoodError(_why_open(body[-1], self_name, calls[0].lineno))
        stray = [call for call in calls if call not in ways.calls]
        if stray:
            raise _NotUnderstoodError(f"self.next is called on line {stray[0].lineno}, and the step goes on after it")
        return Understood(_combine([_read(call, self_name) for call in ways.calls]), has_next=True)
    except _NotUnderstoodError as exc:
        guess = Next(NodeKind.LINEAR, tuple(_mentioned(calls, self_name)), line=calls[0].lineno)
        return Understood(guess, has_next=not ways.open, problem=str(exc))


def _is_next(node: ast.AST, self_name: str) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "next"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == self_name
    )


class _Ways(NamedTuple):
    """The ways through a block of statements."""

    calls: list[ast.Call]  # of self.next, each the last thing that the step does on its way
    open: bool  # some way goes on behind the block, or ends without self.next


def _ways(body: Sequence[ast.stmt], self_name: str, tail: bool) -> _Ways:
    """Follow a block to its ends; `tail`: behind it the step is over."""
    calls: list[ast.Call] = []
    for place, statement in enumerate(body):
        following = body[place + 1 : place + 2]
        if isinstance(statement, ast.Expr) and _is_next(statement.value, self_name):
            over = isinstance(following[0], ast.Return) if following else tail
            return _Ways([*calls, statement.value] if over else calls, open=not over)
        if isinstance(statement, ast.Raise) and following:
            continue  # put there for a while, to try a failure: what stands below is still meant
        if isinstance(statement, (ast.Raise, ast.Return)):
            return _Ways(calls, open=isinstance(statement, ast.Return))
        blocks = [_ways(block, self_name, tail and not following) for block in _blocks(statement)]
        calls += [call for block in blocks for call in block.calls]
        if blocks and not any(block.open for block in blocks):
            return _Ways(calls, open=False)
    return _Ways(calls, open=True)


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The branches of a statement of which exactly one is taken; an empty one where none may fit."""
    if isinstance(statement, ast.If):
        return [statement.body, statement.orelse]
    if isinstance(statement, ast.Match):
        last = statement.cases[-1]
        total = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        return [case.body for case in statement.cases] + ([] if total else [[]])
    return []


def _why_open(last: ast.stmt, self_name: str, line: int) -> str:
    if isinstance(last, (ast.If, ast.Match)) and any(_is_next(node, self_name) for node in ast.walk(last)):
        return "not every branch at its end calls self.next as its last statement, or there is no `else`"
    return f"self.next, on line {line}, is not its last statement"


def _combine(calls: list[Next]) -> Next:
    """One call as it is; the calls of several branches as a switch without a condition."""
    if len(calls) == 1:
        return calls[0]
    for call in calls:
        if call.kind is not NodeKind.LINEAR:
            raise _NotUnderstoodError(f"self.next on line {call.line}, inside an `if`, may only name one step")
    targets = tuple(dict.fromkeys(target for call in calls for target in call.targets))
    kind = NodeKind.SWITCH if len(targets) > 1 else NodeKind.LINEAR
    return Next(kind, targets, line=calls[0].line)


def _read(call: ast.Call, self_name: str) -> Next:
    options = _options(call)
    if "condition" in options or any(isinstance(argument, ast.Dict) for argument in call.args):
        return _read_switch(call, options, self_name)
    targets = tuple(_target(argument, self_name) for argument in call.args)
    if not targets:
        raise _NotUnderstoodError(f"self.next on line {call.lineno} names no step")
    if len(options) > 1:
        raise _NotUnderstoodError(f"self.next on line {call.lineno} has both {' and '.join(options)}")
    if options and len(targets) > 1:
        raise _NotUnderstoodError(f"self.next on line {call.lineno} with {next(iter(options))} names several steps")
    if "foreach" in options:
        return Next(NodeKind.FOREACH, targets, foreach=_text("foreach", options["foreach"]), line=call.lineno)
    if "num_parallel" in options:
        return Next(NodeKind.GANG, targets, line=call.lineno)
    return Next(NodeKind.LINEAR if len(targets) == 1 else NodeKind.SPLIT, targets, line=call.lineno)


def _options(call: ast.Call) -> dict[str, ast.expr]:
    options: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _NotUnderstoodError(f"self.next on line {call.lineno} takes its options from **")
        if keyword.arg not in _OPTIONS:
            raise _NotUnderstoodError(
                f"self.next on line {call.lineno} has an unknown option {keyword.arg!r} "
                f"(it takes {', '.join(sorted(_OPTIONS))})"
            )
        options[keyword.arg] = keyword.value
    return options


def _read_switch(call: ast.Call, options: dict[str, ast.expr], self_name: str) -> Next:
    if set(options) != {"condition"} or len(call.args) != 1 or not isinstance(call.args[0], ast.Dict):
        raise _NotUnderstoodError(
            f"self.next on line {call.lineno} is no switch: one needs a dict of cases, written out, and condition="
        )
    cases: list[WrittenCase] = []
    for key, value in zip(call.args[0].keys, call.args[0].values, strict=True):
        case = _config_key(key, self_name) or _constant(key, call.lineno)
        cases.append(WrittenCase(case, _target(value, self_name)))
    targets = tuple(dict.fromkeys(case.step for case in cases))
    condition = _text("condition", options["condition"])
    return Next(NodeKind.SWITCH, targets, tuple(cases), condition, line=call.lineno)


def _config_key(key: ast.expr | None, self_name: str) -> ConfigKey | None:
    """What a case takes from a config; None for one that is written otherwise."""
    path: list[str | int] = []
    while isinstance(key, (ast.Attribute, ast.Subscript)):
        if isinstance(key, ast.Attribute):
            path.append(key.attr)
        elif isinstance(key.slice, ast.Constant) and isinstance(key.slice.value, (str, int)):
            path.append(key.slice.value)
        else:
            return None
        key = key.value
    is_own = isinstance(key, ast.Name) and key.id == self_name and len(path) > 1
    return ConfigKey(tuple(reversed(path))) if is_own else None


def _constant(key: ast.expr | None, line: int) -> str | int | float | bool:
    sign = 1
    node = key
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, (int, float)) and (sign == 1 or not isinstance(value, bool)):
        return value if sign == 1 else -value
    if isinstance(value, str) and sign == 1:
        return value
    written = "**" if key is None else ast.unparse(key)
    raise _NotUnderstoodError(
        f"the switch on line {line} has the case {written}, which is no plain constant and no value of a config"
    )


def _target(node: ast.expr, self_name: str) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == self_name:
        return node.attr
    raise _NotUnderstoodError(
        f"self.next on line {node.lineno} names {ast.unparse(node)}, where a step is written {self_name}.some_step"
    )


def _text(option: str, node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
        return node.value
    meant = f': {option}="{node.attr}"' if isinstance(node, ast.Attribute) else ""
    raise _NotUnderstoodError(
        f"{option}={ast.unparse(node)} on line {node.lineno} is a value, where an attribute's name is wanted{meant}"
    )


def _mentioned(calls: Sequence[ast.Call], self_name: str) -> Iterator[str]:
    """The steps that calls seem to name: the best guess about calls that were not understood."""
    arguments = [argument for call in calls for argument in call.args]
    attributes = [node for argument in arguments for node in ast.walk(argument) if isinstance(node, ast.Attribute)]
    own = [node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == self_name]
    yield from dict.fromkeys(name for name in own if name != "next")

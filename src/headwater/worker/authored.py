"""The decorators that authors write, around a step: before it, after it, instead of it.

    outermost.pre_step ─► inner.pre_step ─► step ─► inner.post_step ─► outermost.post_step

One that leaves the step out, or puts a function in its place, keeps what stands inside it from running as well.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from headwater.errors import DecoratorError, InvalidNext
from headwater.flow.authored import Authored, find_authored
from headwater.flow.decorators import decorators_of
from headwater.records.decorators import UserDecorator
from headwater.records.graph import Node, NodeKind

if TYPE_CHECKING:
    from headwater.worker.wrappers import Context

Call = Callable[[], None]


def authored_wrappers(context: "Context") -> "list[Callable[[Call, Context], None]]":
    """One wrapper for each of the author's decorators on the step, the outermost first."""
    records = [one for one in context.attempt.step.decorators if isinstance(one, UserDecorator)]
    return [partial(_surround, _made(record, context)) for record in records]


def _made(record: UserDecorator, context: "Context") -> Any:
    """The decorator itself: from the class, or where `--with` has added it, from what the record says."""
    if record.place is not None:
        function = getattr(type(context.flow), context.attempt.step.step)
        return [one for one in decorators_of(function) if isinstance(one, Authored)][record.place]._hw_fresh()
    kind = find_authored(record.target)
    if kind is None:
        raise DecoratorError(f"The decorator {record.target!r} is not there any more. Run with another --with.")
    return kind._hw_written(record.arguments, record.options)._hw_settled({})


def _surround(one: Any, call_next: Call, context: "Context") -> None:
    name, flow = context.attempt.node.name, context.flow
    replacement = one.pre_step(name, flow, context.arguments[0] if context.arguments else None)
    skip = one.skip_step
    raised: Exception | None = None
    try:
        if skip:
            _go_on(context, skip if isinstance(skip, Mapping) else {})
        elif replacement is None:
            call_next()
        elif callable(replacement):
            replacement(flow, *context.arguments)
        else:
            raise DecoratorError(
                f"@{type(one).__name__} put {replacement!r} in the place of step {name!r}, which cannot be called. "
                "Give a function of (flow) or (flow, inputs), or nothing."
            )
    except Exception as exc:  # noqa: BLE001  the decorator decides what becomes of it
        raised = exc
    _conclude(one, one.post_step(name, flow, raised), raised, context)


def _conclude(one: Any, said: Any, raised: Exception | None, context: "Context") -> None:
    """Do as `post_step` said: raise, or let the flow go on."""
    options: Mapping[str, Any] | None = None
    if isinstance(said, tuple) and len(said) == 2:
        said, options = said
    if isinstance(said, BaseException):
        if said is not raised:
            said.__cause__ = raised
        raise said
    if said is not None:
        raise DecoratorError(
            f"post_step of @{type(one).__name__} answered {said!r}. Let it answer None, an exception, or "
            "(exception or None, options of self.next)."
        ) from raised
    if options is not None or (raised is not None and context.flow._hw_next is None):
        _go_on(context, options or {})


def _go_on(context: "Context", options: Mapping[str, Any]) -> None:
    """Call `self.next` in the place of a step that did not: with the steps of the graph, and these options."""
    flow, node = context.flow, context.attempt.node
    if node.kind is NodeKind.END:
        return
    flow._hw_next = None
    targets, defaults = _next_of(flow, node)
    flow.next(*targets, **{**defaults, **options})


def _next_of(flow: Any, node: Node) -> tuple[list[Any], dict[str, Any]]:
    """What the source of a step hands to `self.next`, as far as it can be known without running it."""
    steps = [getattr(flow, target) for target in node.targets]
    if node.kind is NodeKind.FOREACH:
        return steps, {"foreach": node.foreach}
    if node.kind is NodeKind.SWITCH:
        if not node.cases:
            raise InvalidNext(
                f"Step {node.name!r} decides by `if` where the flow goes, and it did not run to its end. "
                "Write it as self.next({...}, condition=...) so that a decorator can take its place."
            )
        return [{case.value: getattr(flow, case.step) for case in node.cases}], {"condition": node.condition}
    return steps, {}

"""Decorators that authors write for steps: what happens before a step, after it, and instead of it.

    class timing(UserStepDecorator):                       @user_step_decorator
        def pre_step(self, step_name, flow, inputs): ...   def timing(step_name, flow, inputs):
        def post_step(self, step_name, flow, exception):       ...; yield; ...

They wrap the step, the outermost first, inside `@catch` and `@timeout`.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, cast

from headwater.errors import DecoratorError, FlowError
from headwater.flow.authored import Authored
from headwater.flow.decorators import StepDecorator, attach
from headwater.flow.step import mark_of

#: What a generator yields to leave the step out; a dict of `self.next` options says how the flow goes on.
USER_SKIP_STEP: dict[str, Any] = {}

_GENERATOR = 0x20  # the flag of a generator function's code

#: A step in the place of the step: called with the flow, and with `inputs` in a join.
Replacement = Callable[..., Any]


class OnStep(Authored):
    """What stands above @step."""

    @classmethod
    def _hw_stands_on(cls, target: object) -> bool:
        return mark_of(target) is not None

    @classmethod
    def _hw_place_rule(cls) -> str:
        return "Put @step directly above the method's def, and this decorator above @step."

    def _hw_attach(self, target: Any) -> Any:
        return attach(target, self)


class UserStepDecorator(OnStep):
    """Derive from this class to write a step decorator, and put it above `@step`: `@timing` or `@timing(unit="ms")`.

    `init(**options)` takes the options. Everything else may be left out.
    """

    _hw_wraps_steps = True

    #: Asked after `pre_step`, which may set it; or a property. True leaves the step out, and so do options of
    #: `self.next`, with which the flow goes on; False and {} leave it in.
    skip_step: bool | dict[str, Any] = False

    def pre_step(self, step_name: str, flow: Any, inputs: Any = None) -> Replacement | None:
        """Before the step. A function that is returned runs instead of it: `f(flow)`, in a join `f(flow, inputs)`."""
        return None

    def post_step(self, step_name: str, flow: Any, exception: Exception | None = None) -> Any:
        """After the step. What is returned is raised; None lets the flow go on, also where the step has raised.

        `(exception or None, options of self.next)` says how it goes on, as for a foreach that the step did not reach.
        """
        return exception


class GeneratorDecorator(UserStepDecorator):
    """A decorator whose before and after are the two halves of a generator function."""

    _hw_function: Callable[..., Generator[Any, Any, Any]]
    _hw_takes: int

    def init(self, *arguments: Any, **options: Any) -> None:
        name = type(self).__name__
        if arguments:
            raise DecoratorError(f"@{name} takes its options by name, and was given {arguments[0]!r}.")
        if options and self._hw_takes < 4:
            raise DecoratorError(
                f"@{name} was given {', '.join(options)} and takes no options. "
                f"Give the function a fourth argument: def {name}(step_name, flow, inputs, attributes)."
            )

    def pre_step(self, step_name: str, flow: Any, inputs: Any = None) -> Replacement | None:
        arguments = (step_name, flow, inputs, dict(self._hw_options))[: self._hw_takes]
        self._running = self._hw_function(*arguments)
        try:
            said = next(self._running)
        except StopIteration:
            raise FlowError(
                f"@{type(self).__name__} ended without a yield. Write `yield` where the step is to run."
            ) from None
        if isinstance(said, Mapping):
            self.skip_step = dict(said) or True
            return None
        replacement: Replacement | None = said
        return replacement

    def post_step(self, step_name: str, flow: Any, exception: Exception | None = None) -> Any:
        try:
            if exception is None:
                next(self._running)
            else:
                self._running.throw(exception)
        except StopIteration as ended:
            return ended.value
        raise FlowError(f"@{type(self).__name__} yields a second time. Write one yield, where the step is to run.")


def user_step_decorator(function: Callable[..., Generator[Any, Any, Any]]) -> StepDecorator:
    """Make a step decorator of a generator function `(step_name, flow, inputs)`, or with `attributes`, its options.

    It yields once, where the step runs: nothing, or a function that runs instead of it, or USER_SKIP_STEP, or a dict of
    options of `self.next`, with which the flow goes on without the step. An exception of the step is raised at the
    `yield`: what the function catches, the flow does not see.
    """
    code = getattr(function, "__code__", None)
    name = getattr(function, "__name__", repr(function))
    if code is None or not code.co_flags & _GENERATOR:
        raise DecoratorError(f"@user_step_decorator stands on {name}, which has no yield. Put one where the step runs.")
    if not 2 <= code.co_argcount <= 4:
        raise DecoratorError(
            f"@user_step_decorator stands on {name}, which takes {code.co_argcount} arguments. "
            "Let it take (step_name, flow, inputs), or (step_name, flow, inputs, attributes)."
        )
    attributes = {
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "__doc__": function.__doc__,
        "_hw_function": staticmethod(function),
        "_hw_takes": code.co_argcount,
    }
    return cast(StepDecorator, type(name, (GeneratorDecorator,), attributes))

"""What authors define themselves to stand behind an @: how it is attached, made anew for a run, and found by its name.

    @timing                       the class itself, above a step (or a flow)
    @timing(unit="ms")            an instance, which waits on the step
    --with tools.timing:unit=ms   by name: the end of `module.name` that is unique, or all of it

What stands on the author's step only knows its options; `resolve_flow` makes the one that runs, and calls `init`.
"""

import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from headwater.errors import DecoratorError, HeadwaterError
from headwater.flow.delayed import Open, settle
from headwater.flow.named import NotFoundByNameError, find_named
from headwater.records.decorators import UserDecorator

_HEADWATER = str(Path(__file__).parents[1])
_defined: list[type["Authored"]] = []


class Authored(Open):
    """The base of decorators and mutators that authors write. `init` is called with what was written behind the @."""

    _hw_arguments: tuple[Any, ...]
    _hw_options: dict[str, Any]
    _hw_wraps_steps = False  # it acts while a step runs

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _defined.append(cls)

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        if len(arguments) == 1 and not options and cls._hw_stands_on(arguments[0]):
            return cls._hw_written((), {})(arguments[0])
        return cls._hw_written(arguments, options)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass  # what was given is kept for `init`

    def __call__(self, target: Any) -> Any:
        """Attach to a step or a flow."""
        if not self._hw_stands_on(target):
            raise DecoratorError(f"@{type(self).__name__} stands on {target!r}. {self._hw_place_rule()}")
        return self._hw_attach(target)

    @classmethod
    def _hw_written(cls, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Self:
        made = object.__new__(cls)
        made._hw_arguments, made._hw_options = arguments, dict(options)
        return made

    @classmethod
    def _hw_stands_on(cls, target: object) -> bool:
        """Whether a value is what this is put on, rather than an argument."""
        raise NotImplementedError

    @classmethod
    def _hw_place_rule(cls) -> str:
        """Where it is put, in a sentence for the author."""
        raise NotImplementedError

    def _hw_attach(self, target: Any) -> Any:
        raise NotImplementedError

    def _hw_settled(self, configs: Mapping[str, Any]) -> Self:
        """The one that runs: its options settled, `init` called; DecoratorError when that cannot be."""
        made = self._hw_written(settle(self._hw_arguments, configs), settle(self._hw_options, configs))
        try:
            made.init(*made._hw_arguments, **made._hw_options)
        except HeadwaterError:
            raise
        except Exception as exc:
            raise DecoratorError(
                f"@{self} could not be made: init raised {type(exc).__name__}: {exc}{place_in_authors_file(exc)}. "
                "Correct its options, or its init."
            ) from exc
        return made

    def _hw_fresh(self) -> Self:
        """One of its own for an attempt, so that what an attempt leaves in it is not seen by another."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    def init(self, *arguments: Any, **options: Any) -> None:
        """For authors: take the options. Called once in each process, before anything else."""

    def __str__(self) -> str:
        said = [*map(repr, self._hw_arguments), *(f"{name}={value!r}" for name, value in self._hw_options.items())]
        return f"{type(self).__name__}({', '.join(said)})" if said else type(self).__name__

    def __repr__(self) -> str:
        return f"<{self}>"


def classpath(kind: type[Authored]) -> str:
    """All of its name: module and class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def record_of(one: Authored, place: int | None) -> UserDecorator:
    """What a run keeps of a decorator; `place` is which one it is on its step."""
    return UserDecorator(
        target=classpath(type(one)),
        arguments=tuple(map(_data, one._hw_arguments)),
        options={name: _data(value) for name, value in one._hw_options.items()},
        place=place,
    )


def _data(value: Any) -> Any:
    """A value as JSON can hold it; of anything else its text."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple)):
        return [_data(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _data(item) for key, item in value.items()}
    return repr(value)


def find_authored(name: str) -> type[Authored] | None:
    """What authors have defined under a name: the unique end of its classpath, or all of it, imported if need be."""
    known = {classpath(kind): kind for kind in _defined if not kind.__module__.startswith("headwater.")}
    fitting = [path for path in known if path == name or path.endswith(f".{name}")]
    if len(fitting) > 1 and name not in known:
        raise DecoratorError(f"{name!r} can be {' or '.join(sorted(fitting))}. Write more of the name.")
    if fitting:
        return known[name if name in known else fitting[0]]
    if "." not in name:
        return None
    try:
        found = find_named(name)
    except NotFoundByNameError as exc:
        raise DecoratorError(f"There is no decorator {name!r}: {exc}. Correct the name.") from None
    if not (isinstance(found, type) and issubclass(found, Authored)):
        raise DecoratorError(
            f"{name!r} is {found!r}, which is no decorator or mutator. Name a class that derives from "
            "UserStepDecorator, StepMutator or FlowMutator, or a function with @user_step_decorator."
        )
    return found


def known_names() -> list[str]:
    """The short names of what authors have defined."""
    return [kind.__name__ for kind in _defined if not kind.__module__.startswith("headwater.")]


def place_in_authors_file(exc: BaseException) -> str:
    """ " (FILE:LINE)": the last line of the author's that an exception passed; "" where there is none."""
    frames = traceback.extract_tb(exc.__traceback__)
    own = [
        frame
        for frame in frames
        if not frame.filename.startswith((_HEADWATER, "<frozen", sys.base_prefix)) and "-packages" not in frame.filename
    ]
    return f" ({own[-1].filename}:{own[-1].lineno})" if own else ""

"""`FlowSpec`: the class that authors derive their flows from, and in a task the object on which steps run.

Outside a task an instance knows nothing but its class. The worker binds a `TaskState`; from then on reading an
attribute loads it from the task's inputs and keeps it in the instance, so the instance's dict holds what the task set
or read:

    self.x          instance dict, then the class (steps, constants, Parameter), then `TaskState.load`
    self.x = v      instance dict; refused for what belongs to the class
    del self.x      out of the instance dict, and gone for the steps that follow

Everything of Headwater's own in the instance begins with `_hw_`.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, Self

from headwater import plugins
from headwater.errors import FlowError, InvalidNext
from headwater.flow import (
    entropy,  # noqa: F401  (imported for the state of `random` as it is now, before the author's file seeds it)
    importing,
    uncalled,
)
from headwater.flow.constants import is_value
from headwater.flow.derived import derive
from headwater.flow.next_call import NextCall, read_next
from headwater.flow.state import NoTask, TaskState
from headwater.flow.step import mark_of, steps_of

_MISSING = object()


class FlowSpec:
    """Derive from this class and give it steps. `MyFlow()` is the flow's command line."""

    name: str  # the flow's name, unless a step set an artifact called so
    _hw_state: TaskState
    _hw_next: NextCall | None
    _hw_deleted: set[str]
    _hw_loaded: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        uncalled.defined(cls)

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        # not in __init__, which an author's class may have one of its own around
        self = super().__new__(cls)
        self._hw_next = None
        self._hw_deleted = set()
        self._hw_loaded = {}
        self._hw_state = NoTask(cls.__name__)
        return self

    def __init__(self, use_cli: bool = True) -> None:
        if use_cli and not importing.is_underway():  # a file without `if __name__ == '__main__'` is only imported
            plugins.load("face", "flow")(type(self))

    def _hw_bind(self, state: TaskState, constants: Mapping[str, Any] | None = None) -> None:
        """Enter a task. `constants`: values that differ from the class's, as in a resumed run.

        They become attributes of a class made for this task: in the instance they would look like artifacts, and set on
        the author's class they would outlive the task in hosts that run several in one process.
        """
        self._hw_state = state
        if constants:
            self.__class__ = derive(type(self), constants)
        for name in state.names():
            # what a step set over a method or a private class attribute must win over the class again
            if self._hw_owner(name) is None and _class_attribute(type(self), name) is not _MISSING:
                self.__dict__[name] = self._hw_loaded[name] = state.load(name)

    def next(
        self,
        *targets: Any,
        foreach: str | None = None,
        num_parallel: int | None = None,
        condition: str | None = None,
        **unknown: Any,
    ) -> None:
        """Say which step follows; the last statement of every step but the last."""
        if self._hw_next is not None:
            raise InvalidNext(
                f"self.next was called twice in step {self._hw_state.step_name!r}. "
                "Call it once, as the step's last statement."
            )
        options = {"foreach": foreach, "num_parallel": num_parallel, "condition": condition, **unknown}
        self._hw_next = read_next(self, targets, options)

    @property
    def index(self) -> int | None:
        """The index of this task in the innermost foreach; None outside any."""
        return self._hw_state.index

    @property
    def input(self) -> Any:
        """The item of this task in the innermost foreach; None outside any."""
        return self._hw_state.input

    @property
    def script_name(self) -> str:
        """The name of the flow's file, without its folder; "" where it stands in none."""
        file = getattr(sys.modules.get(type(self).__module__), "__file__", None) or ""
        return str(file).rpartition("/")[2]

    def foreach_stack(self) -> list[tuple[int, int, Any]]:
        """(index, number of splits, item) of every foreach around this task, the outermost first."""
        return self._hw_state.foreach_stack()

    def merge_artifacts(
        self, inputs: Any, exclude: Sequence[str] | None = None, include: Sequence[str] | None = None
    ) -> None:
        """In a join: take over the artifacts that are the same on all inputs, by reference."""
        self._hw_state.merge(self, inputs, exclude, include)

    def _hw_gives(self, name: str) -> bool:
        """Whether the author's class, or a base of it, has something by that name; it has a name itself."""
        if name == "name":
            return True
        return name not in vars(FlowSpec) and _class_attribute(type(self), name) is not _MISSING

    def _hw_given(self, name: str, one: Any) -> Any:
        """What that is for `one`, an input of a join that stands in the place of `self`."""
        if name == "name":
            return type(self).__name__
        found = _class_attribute(type(self), name)
        bind = getattr(type(found), "__get__", None)
        return found if bind is None else bind(found, one, type(self))

    def __getattr__(self, name: str) -> Any:
        # reached only when neither the instance nor the class has the name
        if name.startswith(("_hw_", "__")):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in self._hw_deleted:
            raise AttributeError(f"Flow {type(self).__name__}: step {self._hw_state.step_name!r} deleted {name!r}")
        if name == "name" and not self._hw_state.has(name):
            return type(self).__name__
        value = self._hw_state.load(name)
        self.__dict__[name] = self._hw_loaded[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_hw_"):
            self._hw_refuse(name)
            self._hw_deleted.discard(name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._hw_refuse(name)
        if name not in self.__dict__ and not (self._hw_state.has(name) and name not in self._hw_deleted):
            raise AttributeError(f"Flow {type(self).__name__} has no attribute {name!r}")
        self.__dict__.pop(name, None)
        self._hw_loaded.pop(name, None)
        self._hw_deleted.add(name)

    def _hw_refuse(self, name: str) -> None:
        owner = self._hw_owner(name)
        if owner is not None:
            raise AttributeError(
                f"Flow level attributes and Parameters are not modifiable: {name!r} is {owner} of "
                f"{type(self).__name__}. Use another name for the artifact."
            )

    def _hw_owner(self, name: str) -> str | None:
        """What a name is when it belongs to the class and may not be set in a step."""
        found = _class_attribute(type(self), name)
        if found is _MISSING:
            return None
        owned: str | None = getattr(type(found), "_hw_owned", None)
        if owned is not None:
            return owned
        if isinstance(found, property):
            return None if found.fset is not None else "a property"
        if mark_of(found) is not None:
            return "a step"
        if name in vars(FlowSpec):
            return "an attribute"
        return "a constant" if is_value(found) and not name.startswith("_") else None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(steps_of(type(self))))

    def __str__(self) -> str:
        state = self._hw_state
        step = f" step {state.step_name}" if state.step_name else ""
        index = "" if state.index is None else f"[{state.index}] (input: {state.input!r:.60})"
        return f"<flow {type(self).__name__}{step}{index}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise FlowError(
            f"The flow {type(self).__name__} cannot be pickled or copied. "
            "Store the values that are needed, not `self` or something that refers to it."
        )


def _class_attribute(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return _MISSING

"""`inputs` of a join: what each of its parent tasks left, to be read and not written."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NoReturn, overload

from headwater.errors import FlowError
from headwater.flow.current import current


class Input:
    """One parent task of a join. Its artifacts are attributes, loaded when they are first read.

    Parameters, constants, properties and methods of the author's class are there as well, and see the input as `self`.

    `load(name)` loads one of `names`; `item()` gives what the task's `self.input` was; `flow` is the join's own.
    """

    def __init__(
        self,
        load: Callable[[str], Any],
        names: Collection[str],
        step: str,
        *,
        pathspec: str = "",
        index: int | None = None,
        item: Callable[[], Any] | None = None,
        flow: Any = None,
    ) -> None:
        self.__dict__.update(
            _hw_load=load,
            _hw_names=names,
            _hw_step=step,
            _hw_pathspec=pathspec,
            _hw_item=item,
            _hw_flow=flow,
            index=index,
        )

    @property
    def _hw_state(self) -> Any:
        """Where parameters find their values."""
        return self.__dict__["_hw_flow"]._hw_state

    @property
    def input(self) -> Any:
        """The item of the foreach that the task was given; None outside any."""
        item = self.__dict__["_hw_item"]
        return None if item is None else item()

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_hw_", "__")):
            raise AttributeError(f"'Input' object has no attribute {name!r}")
        known: Collection[str] = self.__dict__["_hw_names"]
        if name not in known:
            flow = self.__dict__["_hw_flow"]
            if flow is not None and flow._hw_gives(name):
                return flow._hw_given(name, self)
            listed = ", ".join(sorted(known)) or "none"
            raise AttributeError(f"{self} has no artifact {name!r}. It has {listed}.{self._hw_origin()}")
        value = self.__dict__[name] = self.__dict__["_hw_load"](name)
        return value

    def _hw_origin(self) -> str:
        """What to do when a resumed run took this task over, from when its step may have set something else."""
        run_id, where = current.get("run_id"), self.__dict__["_hw_pathspec"].split("/")
        if run_id is None or run_id in where or len(where) < 2:
            return ""
        step = self.__dict__["_hw_step"]
        return f" The task was taken over from run {where[1]}; `resume {step}` runs the step again as it is now."

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"An input is read-only: {name!r} was not set. Set it on self instead.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"An input is read-only: {name!r} was not deleted.")

    def __dir__(self) -> list[str]:
        return sorted({"index", "input", *self.__dict__["_hw_names"]})

    def __repr__(self) -> str:
        return f"<input {self.__dict__['_hw_pathspec'] or self.__dict__['_hw_step']}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise FlowError("An input of a join cannot be pickled. Store the values that are needed, not the input.")


class Inputs:
    """The parent tasks of a join: by place, in a loop, or by step name. Of several tasks of a step, the last."""

    def __init__(self, items: Sequence[Input]) -> None:
        self._hw_items = items

    @overload
    def __getitem__(self, place: int) -> Input: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Input]: ...
    def __getitem__(self, place: int | slice) -> Input | Sequence[Input]:
        return self._hw_items[place]

    def __iter__(self) -> Iterator[Input]:
        return iter(self._hw_items)

    def __len__(self) -> int:
        return len(self._hw_items)

    def __getattr__(self, step: str) -> Input:
        if step.startswith("_"):
            raise AttributeError(f"'Inputs' object has no attribute {step!r}")
        for item in reversed(self._hw_items):
            if item.__dict__["_hw_step"] == step:
                return item
        steps = dict.fromkeys(item.__dict__["_hw_step"] for item in self._hw_items)
        raise AttributeError(f"No input comes from a step {step!r}. The inputs come from {', '.join(steps)}.")

    def __repr__(self) -> str:
        return f"<inputs: {len(self)} tasks>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise FlowError("The inputs of a join cannot be pickled. Store the values that are needed, not `inputs`.")

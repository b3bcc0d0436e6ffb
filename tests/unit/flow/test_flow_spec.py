"""A flow object in a task: what reading, setting and deleting attributes does."""

import copy
import pickle
from typing import Any

import pytest

from headwater.errors import FlowError, InvalidNext, MergeError
from headwater.flow.next_call import NextCall
from headwater.flow.parameters import Parameter
from headwater.flow.spec import FlowSpec
from headwater.flow.step import step


class Sample(FlowSpec):
    alpha = Parameter("alpha", default=1)
    limit = 3
    _cache: Any = None

    @property
    def double(self) -> int:
        return 2 * int(self.limit)

    @property
    def settable(self) -> int:
        return int(self.kept)

    @settable.setter
    def settable(self, value: int) -> None:
        self.kept = value

    def helper(self) -> int:
        return 7

    @step
    def start(self) -> None: ...

    @step
    def other(self) -> None: ...

    @step
    def end(self) -> None: ...


class State:
    """A task's state over a dict."""

    step_name = "start"
    index: int | None = 2
    input: Any = "item"

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.loads: list[str] = []

    def load(self, name: str) -> Any:
        self.loads.append(name)
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"Flow Sample has no attribute {name!r}") from None

    def has(self, name: str) -> bool:
        return name in self.values

    def names(self) -> set[str]:
        return set(self.values)

    def foreach_stack(self) -> list[tuple[int, int, Any]]:
        return [(2, 5, "item")]

    def merge(self, flow: Any, inputs: Any, exclude: Any, include: Any) -> None:
        flow.merged = (inputs, exclude, include)


def bound(**values: Any) -> Any:
    flow: Any = Sample(use_cli=False)
    flow._hw_bind(State(**values))
    return flow


def artifacts(flow: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(flow).items() if not name.startswith("_hw_")}


def test_an_inherited_value_is_loaded_once_when_it_is_read() -> None:
    value = [1]
    flow = bound(x=value, y=2)
    assert artifacts(flow) == {}
    assert flow.x is value
    assert flow.x is value
    assert flow._hw_state.loads == ["x"]
    assert artifacts(flow) == {"x": value}
    assert flow._hw_loaded == {"x": value}


def test_what_is_missing_is_an_attribute_error() -> None:
    flow = bound()
    assert not hasattr(flow, "x")
    with pytest.raises(AttributeError, match="has no attribute 'x'"):
        _ = flow.x
    with pytest.raises(AttributeError, match="Flow Sample has no attribute 'x'"):
        _ = Sample(use_cli=False).x


def test_a_parameter_is_read_through_the_state_and_never_kept() -> None:
    flow = bound(alpha=5)
    assert flow.alpha == 5
    assert flow.alpha == 5
    assert flow._hw_state.loads == ["alpha", "alpha"]
    assert artifacts(flow) == {}


@pytest.mark.parametrize("name", ["alpha", "limit", "double", "start", "next", "index", "input", "foreach_stack"])
def test_what_belongs_to_the_class_cannot_be_set_or_deleted(name: str) -> None:
    flow = bound(alpha=5)
    words = f"Flow level attributes and Parameters are not modifiable: '{name}' is"
    with pytest.raises(AttributeError, match=words):
        setattr(flow, name, 1)
    with pytest.raises(AttributeError, match=words):
        delattr(flow, name)


def test_a_property_with_a_setter_is_the_authors() -> None:
    flow = bound()
    flow.settable = 4
    assert flow.settable == 4
    assert artifacts(flow) == {"kept": 4}


def test_a_value_set_over_a_private_class_attribute_or_method_is_found_again() -> None:
    first = bound()
    first._cache = {"a": 1}
    first.helper = 8
    later = bound(**artifacts(first))
    assert later._cache == {"a": 1}
    assert later.helper == 8
    assert later._hw_loaded.keys() == {"_cache", "helper"}


def test_constants_of_a_resumed_run_win_for_this_task_only() -> None:
    flow: Any = Sample(use_cli=False)
    flow._hw_bind(State(alpha=1, limit=10), constants={"limit": 10})
    assert flow.limit == 10
    assert flow.double == 20
    assert artifacts(flow) == {}
    assert type(flow).__name__ == "Sample"
    assert Sample.limit == 3
    assert bound().limit == 3
    with pytest.raises(AttributeError, match="a constant"):
        flow.limit = 11


def test_a_class_may_set_attributes_before_it_calls_the_base() -> None:
    class Early(Sample):
        def __init__(self, use_cli: bool = True) -> None:
            self.early = 1
            super().__init__(use_cli)

    assert artifacts(Early(use_cli=False)) == {"early": 1}


def test_a_deleted_artifact_is_gone_until_it_is_set_again() -> None:
    flow = bound(x=1)
    assert flow.x == 1
    del flow.x
    assert not hasattr(flow, "x")
    assert flow._hw_deleted == {"x"}
    with pytest.raises(AttributeError, match="'start' deleted 'x'"):
        _ = flow.x
    with pytest.raises(AttributeError):
        del flow.x
    flow.x = 2
    assert flow._hw_deleted == set()
    assert flow.x == 2


def test_an_artifact_that_was_never_read_can_be_deleted() -> None:
    flow = bound(x=1)
    del flow.x
    assert flow._hw_state.loads == []
    assert flow._hw_deleted == {"x"}
    with pytest.raises(AttributeError, match="'nothing'"):
        del flow.nothing


def test_the_name_is_the_flows_unless_a_step_set_one() -> None:
    assert Sample(use_cli=False).name == "Sample"
    flow = bound()
    assert flow.name == "Sample"
    assert artifacts(flow) == {}
    assert bound(name="mine").name == "mine"


def test_the_place_in_a_foreach_comes_from_the_state() -> None:
    flow = bound()
    assert (flow.index, flow.input, flow.foreach_stack()) == (2, "item", [(2, 5, "item")])
    assert str(flow) == "<flow Sample step start[2] (input: 'item')>"
    outside = Sample(use_cli=False)
    assert (outside.index, outside.input, outside.foreach_stack()) == (None, None, [])
    assert str(outside) == "<flow Sample>"


def test_iterating_gives_the_step_names() -> None:
    assert list(Sample(use_cli=False)) == ["end", "other", "start"]


def test_merge_artifacts_asks_the_state() -> None:
    flow = bound()
    flow.merge_artifacts("inputs", include=["x"])
    assert flow.merged == ("inputs", None, ["x"])
    with pytest.raises(MergeError, match="outside a join"):
        Sample(use_cli=False).merge_artifacts([])


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_flow_cannot_be_pickled_or_copied(act: Any) -> None:
    with pytest.raises(FlowError, match="cannot be pickled"):
        act(bound())


def test_next_is_kept_for_the_worker() -> None:
    def after(*targets: str, **options: Any) -> NextCall:
        flow = bound(items=[1], kind="a")
        flow.next(*(getattr(flow, target) for target in targets), **options)
        assert isinstance(flow._hw_next, NextCall)
        return flow._hw_next

    assert after("end") == NextCall(("end",))
    assert after("end", "other") == NextCall(("end", "other"))
    assert after("end", foreach="items") == NextCall(("end",), foreach="items")
    assert after("end", num_parallel=3) == NextCall(("end",), num_parallel=3)


def test_a_switch_names_its_arm_by_the_value() -> None:
    flow = bound(kind="b")
    flow.next({"a": flow.end, "b": flow.other, "c": flow.end}, condition="kind")
    call = flow._hw_next
    assert call.targets == ("end", "other")
    assert call.cases == (("a", "end"), ("b", "other"), ("c", "end"))
    assert call.arm("b") == "other"


@pytest.mark.parametrize("value", ["d", None, [1]])
def test_a_switch_without_a_fitting_case_shows_value_type_and_cases(value: Any) -> None:
    flow = bound(kind=value)
    with pytest.raises(InvalidNext) as caught:
        flow.next({"a": flow.end, 2: flow.other}, condition="kind")
    for words in (repr(value), type(value).__name__, "'a', 2"):
        assert words in str(caught.value)


def test_next_is_called_once() -> None:
    flow = bound()
    flow.next(flow.end)
    with pytest.raises(InvalidNext, match=r"called twice in step 'start'"):
        flow.next(flow.end)


@pytest.mark.parametrize(
    ("targets", "options", "words"),
    [
        ((), {}, "without a step"),
        (("end",), {"forech": "items"}, "no option 'forech'"),
        (("end", "other"), {"foreach": "items"}, "leads to 2 steps"),
        (("end", "other"), {"num_parallel": 2}, "leads to 2 steps"),
        (("end",), {"foreach": "absent"}, "'absent' names an attribute that is not set"),
        (("end",), {"foreach": [1, 2]}, "was given a list"),
        (("end",), {"foreach": "items", "num_parallel": 2}, "foreach and num_parallel together"),
        (("end",), {"condition": "items"}, "A switch needs a dict"),
        (("end",), {"num_parallel": 0}, "num_parallel=0"),
        (("end",), {"num_parallel": True}, "num_parallel=True"),
        (("end",), {"num_parallel": "2"}, "num_parallel='2'"),
        (("helper",), {}, "is no step"),
    ],
)
def test_a_next_that_cannot_be_followed_is_refused(targets: Any, options: dict[str, Any], words: str) -> None:
    flow = bound(items=[1])
    with pytest.raises(InvalidNext, match=words):
        flow.next(*(getattr(flow, target) for target in targets), **options)
    assert flow._hw_next is None


def test_a_switch_needs_its_condition_and_nothing_else() -> None:
    flow = bound(kind="a")
    cases = {"a": flow.end, "b": flow.other}
    for targets, options in (
        ((cases,), {}),
        ((cases, flow.end), {"condition": "kind"}),
        ((cases,), {"condition": "kind", "foreach": "kind"}),
        (({},), {"condition": "kind"}),
        (({"a": "end"},), {"condition": "kind"}),
    ):
        with pytest.raises(InvalidNext):
            flow.next(*targets, **options)


def test_the_file_of_a_flow_is_known() -> None:
    flow = Sample(use_cli=False)
    assert flow.script_name == "test_flow_spec.py"
    with pytest.raises(AttributeError, match="'script_name' is a property"):
        flow.script_name = "other.py"  # type: ignore[misc]  # what a step may not do
    flow.cmd = "ls"
    assert flow.cmd == "ls"

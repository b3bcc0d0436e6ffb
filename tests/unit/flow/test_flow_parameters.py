"""Parameters: types, sources of values, and errors that name parameter, value and type."""

from typing import Any

import pytest

from headwater.errors import ParameterError
from headwater.flow.parameter_values import ParameterContext, resolve_parameters
from headwater.flow.parameters import JSONType, JSONTypeClass, Parameter, parameters_of
from headwater.flow.spec import FlowSpec


def context() -> ParameterContext:
    return ParameterContext("Sample", "ann", "", print, "file", {})


def resolve(given: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **parameters: Any) -> Any:
    cls = type("Sample", (FlowSpec,), parameters)
    return resolve_parameters(cls, given or {}, environ or {}, context())


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (str, "x", "x"),
        (str, 5, "5"),
        (int, "5", 5),
        (int, 5, 5),
        (float, "1e-3", 0.001),
        (float, 2, 2.0),
        (bool, "True", True),
        (bool, "no", False),
        (bool, True, True),
        (JSONType, '{"a": [1]}', {"a": [1]}),
        (JSONType, [1], [1]),
        (JSONTypeClass, "1", 1),
    ],
)
def test_a_value_is_converted_to_the_type(kind: Any, given: Any, value: Any) -> None:
    found = resolve({"p": given}, p=Parameter("p", type=kind))["p"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "given", "name"),
    [
        (int, "five", "int"),
        (int, 1.5, "int"),
        (int, True, "int"),
        (float, "x", "float"),
        (bool, "maybe", "bool"),
        (bool, 3, "bool"),
        (str, [1], "str"),
        (JSONType, "{", "JSON"),
    ],
)
def test_a_wrong_value_is_refused_by_name_value_and_type(kind: Any, given: Any, name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        resolve({"p": given}, p=Parameter("p", type=kind))
    for words in ("'p'", repr(given), name):
        assert words in str(caught.value)


def test_the_default_says_the_type() -> None:
    kinds = {
        default: Parameter("p", default=default).type
        for default in (None, 1, 1.5, True, "x")
        if not isinstance(default, bool)
    }
    assert kinds == {None: str, 1: int, 1.5: float, "x": str}
    assert Parameter("p", default=True).type is bool
    assert Parameter("p", default={"a": 1}).type is JSONType
    assert resolve(p=Parameter("p", default=1, type=float)) == {"p": 1.0}
    assert resolve(p=Parameter("p")) == {"p": None}


def test_a_parameter_is_given_by_either_name() -> None:
    rate = Parameter("learning-rate", default=0.1)
    for name in ("learning-rate", "learning_rate", "rate"):
        assert resolve({name: "0.5"}, rate=rate) == {"rate": 0.5}
    with pytest.raises(ParameterError, match="given twice"):
        resolve({"rate": "1", "learning-rate": "2"}, rate=rate)


def test_the_name_on_the_command_line_wins_over_another_parameters_python_name() -> None:
    assert resolve({"a": "1"}, a=Parameter("b"), b=Parameter("a")) == {"a": None, "b": "1"}


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"no parameter 'alhpa'. Did you mean 'alpha'\? Its parameters: alpha"):
        resolve({"alhpa": 1}, alpha=Parameter("alpha"))


def test_the_environment_stands_between_what_is_given_and_the_default() -> None:
    rate = Parameter("learning-rate", default=0.1)
    environ = {"HEADWATER_RUN_LEARNING_RATE": "0.7", "METAFLOW_RUN_LEARNING_RATE": "9"}
    assert resolve({}, environ, rate=rate) == {"rate": 0.7}
    assert resolve({"rate": 0.9}, environ, rate=rate) == {"rate": 0.9}
    assert resolve({}, {"METAFLOW_RUN_LEARNING_RATE": "9"}, rate=rate) == {"rate": 0.1}
    with pytest.raises(ParameterError, match="HEADWATER_RUN_LEARNING_RATE"):
        resolve({}, {"HEADWATER_RUN_LEARNING_RATE": "x"}, rate=rate)


def test_a_required_parameter_must_be_given() -> None:
    with pytest.raises(ParameterError, match=r"'n' is required.*--n or in HEADWATER_RUN_N"):
        resolve(n=Parameter("n", type=int, required=True))
    assert resolve(n=Parameter("n", default=2, required=True)) == {"n": 2}


def test_only_some_parameters_may_be_asked_for() -> None:
    cls = type("Sample", (FlowSpec,), {"n": Parameter("n", required=True), "m": Parameter("m", default=1)})
    assert resolve_parameters(cls, {}, {}, context(), only={"m"}) == {"m": 1}


def test_a_callable_default_is_called_once_with_its_context() -> None:
    calls: list[ParameterContext] = []

    def default(told: ParameterContext) -> str:
        calls.append(told)
        return "7"

    assert resolve(n=Parameter("n-items", type=int, default=default)) == {"n": 7}
    (told,) = calls
    assert (told.flow_name, told.user_name, told.parameter_name, told.ds_type) == ("Sample", "ann", "n-items", "file")


def test_a_callable_default_is_not_called_when_a_value_is_given() -> None:
    def default(told: ParameterContext) -> str:
        raise AssertionError

    assert resolve({"n": 1}, n=Parameter("n", type=int, default=default)) == {"n": 1}


def test_a_default_that_raises_is_named() -> None:
    def default(told: ParameterContext) -> int:
        raise RuntimeError("no network")

    with pytest.raises(ParameterError, match=r"'n' raised RuntimeError: no network"):
        resolve(n=Parameter("n", default=default))


def test_a_separator_splits_what_is_not_empty() -> None:
    words = Parameter("words", separator=",", default="a,b")
    assert resolve(words=words) == {"words": ["a", "b"]}
    assert resolve({"words": "x"}, words=words) == {"words": ["x"]}
    assert resolve({"words": ["x", "y"]}, words=words) == {"words": ["x", "y"]}
    assert resolve({"words": ""}, words=words) == {"words": ""}
    with pytest.raises(ParameterError, match="separator"):
        Parameter("n", type=int, separator=",")


def test_click_types_work_without_click_being_asked() -> None:
    import click

    kind = Parameter("kind", type=click.Choice(["a", "b"]))
    assert resolve({"kind": "a"}, kind=kind) == {"kind": "a"}
    with pytest.raises(ParameterError, match="'kind' was given 'c'"):
        resolve({"kind": "c"}, kind=kind)


def test_multiple_values_are_a_tuple() -> None:
    many = Parameter("n", type=int, multiple=True)
    assert resolve({"n": ("1", "2")}, n=many) == {"n": (1, 2)}
    assert resolve({"n": "1"}, n=many) == {"n": (1,)}


def test_a_type_that_converts_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"'p' has the type <class 'bytes'>"):
        Parameter("p", type=bytes)


def test_inherited_parameters_stand_after_those_of_the_class() -> None:
    base = type("Base", (FlowSpec,), {"a": Parameter("a"), "b": Parameter("b")})
    derived = type("Derived", (base,), {"c": Parameter("c"), "b": None})
    assert list(parameters_of(derived)) == ["c", "a"]

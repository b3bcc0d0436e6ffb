"""Step decorators as records, in code and as `--with` texts."""

from typing import Any

import pytest

from headwater.errors import DecoratorError
from headwater.flow.constants import constants_of
from headwater.flow.decorators import (
    catch,
    decorators_of,
    environment,
    make_decorator,
    parallel,
    retry,
    timeout,
)
from headwater.flow.parameters import Parameter
from headwater.flow.spec import FlowSpec
from headwater.flow.step import mark_of, step
from headwater.flow.withs import parse_with, parse_withs
from headwater.records.decorators import Catch, Environment, Parallel, Resources, Retry, Timeout


def work(self: Any) -> None: ...


def fresh() -> Any:
    def work(self: Any) -> None: ...

    return step(work)


def test_both_forms_of_a_decorator_work() -> None:
    assert decorators_of(retry(fresh())) == (Retry(),)
    assert decorators_of(retry(times=2)(fresh())) == (Retry(times=2),)
    assert decorators_of(parallel(fresh())) == (Parallel(),)


def test_the_outermost_decorator_stands_first() -> None:
    function = catch(var="failure")(timeout(minutes=1, seconds=30)(retry(fresh())))
    assert decorators_of(function) == (Catch(var="failure"), Timeout(seconds=30, minutes=1), Retry())


def test_values_may_be_written_as_text() -> None:
    assert make_decorator("retry", {"times": "3", "minutes_between_retries": "2"}) == Retry()
    assert make_decorator("resources", {"cpu": "2", "memory": "4096"}) == Resources(cpu=2, memory=4096)


def test_environment_variables_become_text() -> None:
    function = environment(vars={"N": 1, "ON": True})(fresh())
    assert decorators_of(function) == (Environment(vars={"N": "1", "ON": "True"}),)


def test_a_decorator_may_stand_once() -> None:
    with pytest.raises(DecoratorError, match=r"@retry stands twice on step 'work'"):
        retry(retry(times=2)(fresh()))


def test_a_decorator_needs_a_step_below_it() -> None:
    with pytest.raises(DecoratorError, match=r"@retry stands on work, which is not yet a step"):
        retry(work)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("retry", {"time": 3}, "no option 'time'. It takes times, minutes_between_retries"),
        ("retry", {"times": -1}, "cannot be negative"),
        ("retry", {"times": "many"}, "times='many'"),
        ("resources", {"memory": "2GB"}, "memory takes a whole number of MB"),
        ("catch", {"print_exception": "perhaps"}, "print_exception takes True or False"),
        ("catch", {"var": "not a name"}, "not a public attribute"),
        ("timeout", {}, "adds up to no time"),
        ("environment", {"vars": {"A=B": "1"}}, "cannot be an environment variable"),
        ("environment", {"vars": 3}, "vars=3"),
        ("resources", {"gpu": -1}, "cannot be negative"),
        ("resources", {"image": "x"}, "no option 'image'"),
        ("parallel", {"n": 1}, "It takes none"),
        ("retrry", {}, "Known: retry, catch"),
    ],
)
def test_what_a_decorator_cannot_mean_is_refused(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DecoratorError, match=words):
        make_decorator(name, options)


def test_step_marks_a_method_and_nothing_else() -> None:
    mark = mark_of(step(start=True)(fresh()))
    assert mark is not None
    assert (mark.start, mark.end) == (True, False)
    assert mark_of(work) is None
    with pytest.raises(DecoratorError, match="no method"):
        step(int)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("retry", Retry()),
        ("retry:times=2,minutes_between_retries=0", Retry(times=2, minutes_between_retries=0)),
        ("catch:print_exception=false", Catch(print_exception=False)),
        ("catch:var=failure", Catch(var="failure")),
        ("timeout:seconds=1.5", Timeout(seconds=1.5)),
        ('environment:vars={"A": "x,y", "B": "z"}', Environment(vars={"A": "x,y", "B": "z"})),
        ("resources:cpu=2, memory=100", Resources(cpu=2, memory=100)),
    ],
)
def test_with_texts(text: str, record: Any) -> None:
    assert parse_with(text) == record


@pytest.mark.parametrize("text", ["retry:times", "retry:=3", "nothing", "retry:times=x", ""])
def test_a_with_text_that_does_not_parse_is_refused(text: str) -> None:
    with pytest.raises(DecoratorError):
        parse_with(text)


def test_the_first_with_of_a_kind_counts() -> None:
    assert parse_withs(["retry:times=1", "catch", "retry:times=2"]) == (Retry(times=1), Catch())


def test_constants_are_the_public_values_of_a_class_and_its_bases() -> None:
    class Mixin:
        shared = [1]

    class Sample(Mixin, FlowSpec):
        limit = 3
        table = {"a": 1}
        alpha = Parameter("alpha")
        kind = int
        _private = 1

        @property
        def computed(self) -> int:
            return 1

        @staticmethod
        def loose() -> None: ...

        @step
        def only(self) -> None: ...

    class Derived(Sample):
        limit = 4

    assert constants_of(Derived) == {"limit": 4, "table": {"a": 1}, "shared": [1]}

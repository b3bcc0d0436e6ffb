"""A step called as a function: what it is given, what it leaves, what it raises."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from headwater import (
    Config,
    FlowMutator,
    FlowSpec,
    Parameter,
    card,
    catch,
    current,
    retry,
    step,
    timeout,
    user_step_decorator,
)
from headwater.cards import Markdown
from headwater.errors import (
    ArtifactError,
    ConfigError,
    InvalidNext,
    LintError,
    NotFound,
    ParameterError,
    StepTimeout,
    UsageError,
)
from headwater.testing import StepResult, run_step


class Shapes(FlowSpec):
    """A foreach, a switch whose arms are plain, and a static split."""

    rate = Parameter("learning-rate", default=0.5)
    SCALE = 3

    @step
    def start(self) -> None:
        self.numbers = [1, 2, 3]
        print("from", current.pathspec)
        self.next(self.work, foreach="numbers")

    @retry(times=2)
    @catch(var="trouble")
    @step
    def work(self) -> None:
        if (current.retry_count or 0) < getattr(self, "failures", 0):
            raise ZeroDivisionError("too small")
        self.result = self.input * self.rate * self.SCALE
        self.place = self.index
        self.drawn = random.random()
        self.next(self.gather)

    @step
    def gather(self, inputs: Any) -> None:
        self.merge_artifacts(inputs, include=["kept"])
        self.results = [each.result for each in inputs]
        self.came_from = [each.input for each in inputs]
        self.next(self.choose)

    @step
    def choose(self) -> None:
        self.next({"left": self.left, "right": self.right}, condition="side")

    @step
    def left(self) -> None:
        self.model.fit()
        self.next(self.fork)

    @timeout(seconds=1)
    @step
    def right(self) -> None:
        if self.forever:
            while True:
                pass
        self.next(self.fork)

    @step
    def fork(self) -> None:
        self.next(self.one, self.two)

    @step
    def one(self) -> None:
        self.value = 1
        self.next(self.join)

    @step
    def two(self) -> None:
        self.value = 2
        self.next(self.join)

    @step
    def join(self, inputs: Any) -> None:
        self.named = (inputs.one.value, inputs.two.value)
        self.in_order = [each.value for each in inputs]
        self.next(self.end)

    @step
    def end(self) -> None:
        self.message = f"{self.what} done"


def test_a_step_gives_back_what_it_set_where_it_goes_and_what_it_printed(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_step(Shapes, "start")
    assert result.numbers == [1, 2, 3]
    assert result.artifacts == {"numbers": [1, 2, 3]}
    assert (result.next, result.splits, result.foreach_items) == (("work",), 3, [1, 2, 3])
    assert result.stdout == "from Shapes/test/start/0\n"
    assert capsys.readouterr().out == result.stdout
    assert repr(result) == "<StepResult of Shapes.start: numbers; next: work>"


def test_keywords_are_parameters_by_either_name_or_else_artifacts() -> None:
    assert run_step(Shapes, "work", input=2, rate=2).result == 12
    named: dict[str, Any] = {"learning-rate": "4"}
    assert run_step(Shapes, "work", input=2, **named).result == 24
    assert run_step(Shapes, "end", what="all").message == "all done"
    assert run_step(Shapes, "end", artifacts={"what": "x"}, parameters={"rate": 1}).message == "x done"


def test_a_task_of_a_foreach_has_its_item_and_index() -> None:
    assert run_step(Shapes, "work", input=5, index=7).place == 7
    assert run_step(Shapes, "work", foreach_stack=[(1, 2, 10)]).result == 15


def test_results_of_steps_are_the_inputs_of_a_join() -> None:
    tasks = [run_step(Shapes, "work", input=item, index=index, kept="k") for index, item in enumerate([1, 2])]
    joined = run_step(Shapes, "gather", tasks)
    assert joined.results == [1.5, 3.0]
    assert joined.came_from == [1, 2]
    assert joined.kept == "k"
    assert "kept" not in joined.artifacts  # it was merged, by reference


def test_branches_are_given_in_their_order_or_by_name() -> None:
    assert run_step(Shapes, "join", [{"value": 3}, {"value": 4}]).named == (3, 4)
    by_name = run_step(Shapes, "join", {"two": {"value": 4}, "one": run_step(Shapes, "one")})
    assert (by_name.named, by_name.in_order) == ((1, 4), [1, 4])


def test_a_switch_says_which_arm_it_chose() -> None:
    result = run_step(Shapes, "choose", side="right")
    assert (result.next, result.case) == (("right",), "'right'")
    with pytest.raises(InvalidNext, match="No case"):
        run_step(Shapes, "choose", side="middle")


def test_a_mock_is_handed_over_as_it_is_and_passed_on() -> None:
    model = MagicMock()
    result = run_step(Shapes, "left", model=model)
    model.fit.assert_called_once_with()
    assert result.model is model
    assert result.artifacts == {}


def test_a_step_gets_copies_of_what_it_is_given() -> None:
    class Appends(FlowSpec):
        @step
        def start(self) -> None:
            self.things.append(1)
            self.next(self.end)

        @step
        def end(self) -> None:
            pass

    things: list[int] = []
    assert run_step(Appends, "start", things=things).things == [1]
    assert things == []


def test_what_a_step_sets_has_to_be_storable_as_in_a_run() -> None:
    class Keeps(FlowSpec):
        @step
        def start(self) -> None:
            self.stream = (number for number in [1])
            self.next(self.end)

        @step
        def end(self) -> None:
            pass

    with pytest.raises(ArtifactError, match="stream"):
        run_step(Keeps, "start")


def test_what_a_step_raises_is_raised_as_it_is_and_shows_the_authors_frames_alone() -> None:
    with pytest.raises(ZeroDivisionError, match="too small") as caught:
        run_step(Shapes, "work", input=1, failures=9)
    files = [entry.path for entry in caught.traceback]
    assert Path(files[-1]) == Path(__file__)
    assert not any("/worker/" in str(file) for file in files)


def test_built_in_decorators_act_when_asked() -> None:
    assert run_step(Shapes, "work", input=2, failures=2, decorators=True).result == 3.0
    caught = run_step(Shapes, "work", input=2, failures=9, decorators=True)
    assert caught.caught == "ZeroDivisionError: too small"
    assert "too small" in str(caught.trouble)
    assert caught.next == ("gather",)
    with pytest.raises(StepTimeout):
        run_step(Shapes, "right", forever=True, decorators=True)


def test_a_seed_makes_chance_repeat_itself_and_leaves_the_generators_as_they_were() -> None:
    random.seed(5)
    expected = random.Random(5).random()
    first, second = (run_step(Shapes, "work", input=1, seed=3).drawn for _ in range(2))
    assert first == second == random.Random(3).random()
    assert random.random() == expected


def test_current_is_filled_while_the_step_runs_and_as_before_afterwards() -> None:
    class Looks(FlowSpec):
        @step
        def start(self) -> None:
            self.seen = (current.flow_name, current.step_name, sorted(current.tags or ()), current.is_running_flow)
            self.run = current.run.id
            self.next(self.end)

        @step
        def end(self) -> None:
            pass

    result = run_step(Looks, "start", tags=["x"])
    assert result.seen == ("Looks", "start", ["x"], True)
    assert result["run"] == "test"
    assert not current.is_running_flow


def test_nothing_is_written_to_a_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_step(Shapes, "start")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_the_step_did_not_leave_says_what_it_left() -> None:
    result = run_step(Shapes, "one")
    with pytest.raises(AttributeError, match="It left value"):
        _ = result.other
    with pytest.raises(KeyError, match="It left value"):
        _ = result["other"]
    assert "value" in result
    assert isinstance(result, StepResult)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: run_step(Shapes, "strat"), NotFound, "Its steps are start"),
        (lambda: run_step(Shapes, "work"), UsageError, "input="),
        (lambda: run_step(Shapes, "end", input=1), UsageError, "0 foreach levels"),
        (lambda: run_step(Shapes, "join"), UsageError, "what its parents left"),
        (lambda: run_step(Shapes, "join", value=1), UsageError, "inherits nothing"),
        (lambda: run_step(Shapes, "join", {"three": {}}), UsageError, "These do: one, two"),
        (lambda: run_step(Shapes, "join", [{}, {}, {}]), UsageError, "3 inputs"),
        (lambda: run_step(Shapes, "join", [5]), UsageError, "mapping of artifacts"),
        (lambda: run_step(Shapes, "end", [{}]), UsageError, "no join"),
        (lambda: run_step(Shapes, "start", rate="fast"), ParameterError, "learning-rate"),
    ],
)
def test_misuse_says_what_to_do(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_flow_that_cannot_run_is_refused_with_its_problems() -> None:
    class Wrong(FlowSpec):
        @step
        def start(self) -> None:
            self.next(self.nowhere)

        @step
        def end(self) -> None:
            pass

    with pytest.raises(LintError, match="nowhere"):
        run_step(Wrong, "start")


@user_step_decorator
def doubling(step_name: str, flow: Any, inputs: Any) -> Any:
    yield
    flow.result *= 2


class Configured(FlowSpec):
    """A config, and a decorator of the author's own."""

    config = Config("config", default_value={"rate": 1})
    rate = Parameter("rate", default=config.rate)

    @doubling
    @step
    def start(self) -> None:
        self.result = self.config.rate + self.rate


def test_a_step_sees_the_configs_it_is_given_and_the_authors_decorators_act() -> None:
    assert run_step(Configured, "start").result == 4
    assert run_step(Configured, "start", configs={"config": {"rate": 5}}).result == 20
    with pytest.raises(ConfigError, match="Did you mean 'config'"):
        run_step(Configured, "start", configs={"confg": {}})


def test_a_mutator_changes_the_flow_that_is_tested() -> None:
    class adds_a_parameter(FlowMutator):  # noqa: N801  it stands behind an @
        def pre_mutate(self, mutable_flow: Any) -> None:
            mutable_flow.add_parameter("size", Parameter("size", default=7))

    @adds_a_parameter
    class Mutated(FlowSpec):
        @step
        def start(self) -> None:
            self.seen = self.size
            self.next(self.end)

        @step
        def end(self) -> None:
            pass

    assert run_step(Mutated, "start").seen == 7
    assert run_step(Mutated, "start", size=8).seen == 8


def test_a_step_fills_its_cards_as_in_a_run() -> None:
    class Reported(FlowSpec):
        @card
        @card(type="blank", id="notes")
        @step
        def start(self) -> None:
            current.card.append(Markdown("default"))
            current.card["notes"].extend([Markdown("one"), Markdown("two")])
            self.filled = [len(one) for one in current.card]
            self.next(self.end)

        @step
        def end(self) -> None:
            pass

    assert run_step(Reported, "start").filled == [1, 2]

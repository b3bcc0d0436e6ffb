"""Graphs from classes: what the parser understands and what it says about the rest."""

import functools
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headwater.errors import DecoratorError, LintError
from headwater.flow.build import build_graph, draft_of, warnings_of
from headwater.flow.decorators import parallel, retry
from headwater.flow.load import load_flow
from headwater.flow.parameters import Parameter
from headwater.flow.spec import FlowSpec
from headwater.flow.step import mark_of, step
from headwater.records.decorators import Retry
from headwater.records.graph import NodeKind


class WideFlow(FlowSpec):
    """One foreach.

    With a text below.
    """

    alpha = Parameter("alpha", default=0.5)

    @step
    def start(self) -> None:
        """First."""
        self.items = [1, 2]
        self.next(self.score, foreach="items")

    @retry(times=1)
    @step
    def score(self) -> None:
        self.next(self.collect)

    @step
    def collect(self, inputs: Any) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class Closing:
    """A mixin with a step."""

    @step
    def end(self) -> None:
        pass


class Base(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.middle)

    @step
    def middle(self) -> None:
        self.next(self.end)


class Mixed(Closing, Base):
    @step
    def middle(self) -> None:
        self.next(self.extra)

    @step
    def extra(self) -> None:
        self.next(self.end)


class Looping(FlowSpec):
    @step(start=True)
    def first(self) -> None:
        self.n = 0
        self.next(self.turn)

    @step
    def turn(self) -> None:
        self.n += 1
        if self.n < 3:
            self.next(self.turn)
        else:
            self.next(self.last)

    @step(end=True)
    def last(self) -> None:
        pass


class Gang(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.train, num_parallel=2)

    @parallel
    @step
    def train(self) -> None:
        self.next(self.collect)

    @step
    def collect(self, inputs: Any) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


def test_steps_stand_in_the_order_of_the_source() -> None:
    draft = draft_of(WideFlow)
    assert [s.node.name for s in draft.steps] == ["start", "score", "collect", "end"]
    assert [s.node.kind for s in draft.steps] == [NodeKind.FOREACH, NodeKind.LINEAR, NodeKind.LINEAR, NodeKind.END]
    assert [s.arguments for s in draft.steps] == [1, 1, 2, 1]
    assert [s.has_next for s in draft.steps] == [True, True, True, False]
    assert draft.steps[0].node.foreach == "items"
    assert draft.steps[0].node.doc == "First."
    assert draft.steps[1].node.decorators == (Retry(times=1),)
    assert draft.doc == "One foreach.\n\nWith a text below."
    assert draft.file == __file__
    assert draft.problems == ()


def test_lines_point_at_the_def_and_at_self_next() -> None:
    lines = Path(__file__).read_text().splitlines()
    for drafted in draft_of(WideFlow).steps:
        assert f"def {drafted.node.name}(" in lines[drafted.node.line - 1]
        assert not drafted.has_next or "self.next(" in lines[drafted.node.next_line - 1]
    assert "class WideFlow" in lines[draft_of(WideFlow).line - 1]


def test_graph_of_a_foreach() -> None:
    graph = build_graph(WideFlow)
    assert (graph.name, graph.start, graph.end) == ("WideFlow", "start", "end")
    assert graph.depth("score") == 1
    assert graph.nodes["collect"].join


def test_steps_are_inherited_and_overridden() -> None:
    draft = draft_of(Mixed)
    assert [s.node.name for s in draft.steps] == ["middle", "extra", "end", "start"]
    assert build_graph(Mixed).successors("middle") == ("extra",)
    assert build_graph(Mixed).successors("start") == ("middle",)


def test_a_branch_may_lead_back_to_its_own_step() -> None:
    graph = build_graph(Looping)
    assert (graph.start, graph.end) == ("first", "last")
    assert graph.nodes["turn"].kind is NodeKind.SWITCH
    assert graph.loops("turn")


def test_a_gang_is_entered_with_num_parallel() -> None:
    graph = build_graph(Gang)
    assert graph.nodes["train"].parallel
    assert graph.nodes["start"].kind is NodeKind.GANG


def test_a_single_step_is_first_and_last() -> None:
    class Only(FlowSpec):
        @step
        def work(self) -> None:
            pass

    graph = build_graph(Only)
    assert (graph.start, graph.end) == ("work", "work")


def test_every_problem_is_reported_at_once_in_the_order_of_the_lines() -> None:
    class Wrong(FlowSpec):
        tag = Parameter("tag")
        alpha = Parameter("alpha")
        beta = Parameter("Alpha")

        @step
        def start(self) -> None:
            self.next(self.nowhere)

        @step
        def other(self) -> None:
            self.next("end")

        @step
        def end(self) -> None:
            pass

    with pytest.raises(LintError) as caught:
        build_graph(Wrong)
    text = str(caught.value)
    assert "'tag'" in text
    assert "'alpha' and 'Alpha' differ only in case" in text
    assert "'nowhere', which is no step" in text
    assert "names 'end', where a step is written self.some_step" in text
    lines = [getattr(problem, "line", 0) for problem in caught.value.problems]
    assert lines == sorted(lines)


@pytest.mark.parametrize("name", ["index", "next", "name", "_private"])
def test_a_parameter_cannot_hide_what_headwater_needs(name: str) -> None:
    cls = type("Hiding", (WideFlow,), {name: Parameter("fine"), "__module__": __name__})
    assert any(repr(name) in problem.message for problem in draft_of(cls).problems)


def test_a_parameter_cannot_hide_a_step() -> None:
    cls = type("Hiding", (WideFlow,), {"score": Parameter("score"), "__module__": __name__})
    assert any("hides a step of WideFlow" in problem.message for problem in draft_of(cls).problems)


def test_a_step_that_is_written_twice_is_a_problem() -> None:
    class Twice(FlowSpec):
        @step
        def only(self) -> None:
            self.x = 1

        @step  # type: ignore[no-redef]  # the mistake that is tested
        def only(self) -> None:  # noqa: F811  (the same)
            self.x = 2

    (problem,) = draft_of(Twice).problems
    assert "'only' is defined twice" in problem.message


def test_a_wrapped_step_is_parsed_where_it_is_written() -> None:
    def logged(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def call(self: Any) -> None:
            function(self)

        return call

    class Wrapped(FlowSpec):
        @step
        @logged
        def start(self) -> None:
            self.next(self.end)

        @logged
        @step
        def end(self) -> None:
            pass

    assert build_graph(Wrapped).successors("start") == ("end",)


def test_a_step_without_source_is_a_problem_that_says_so() -> None:
    namespace: dict[str, Any] = {"step": step}
    exec("@step\ndef start(self):\n    self.next(self.end)", namespace)
    cls = type("Typed", (FlowSpec,), {"start": namespace["start"], "__module__": __name__})
    assert "source cannot be found" in draft_of(cls).steps[0].next_problem


def test_a_class_typed_into_a_notebook_cell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class Cell(FlowSpec):\n    @step\n    def only(self):\n        pass\n"
    monkeypatch.setitem(linecache.cache, "<cell 1>", (len(text), None, text.splitlines(True), "<cell 1>"))
    namespace: dict[str, Any] = {"FlowSpec": FlowSpec, "step": step, "__name__": "notebook"}
    exec(compile(text, "<cell 1>", "exec"), namespace)
    assert build_graph(namespace["Cell"]).start == "only"


def test_an_async_step_is_a_problem() -> None:
    class Slow(FlowSpec):
        @step
        async def only(self) -> None:
            pass

    with pytest.raises(LintError, match="async def"):
        build_graph(Slow)


def test_an_unseeded_generator_at_module_level_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "noisy_flow.py"
    file.write_text(
        "import random\n"
        "from headwater import FlowSpec, step\n"
        "rng = random.Random()\n"
        "seeded = random.Random(3)\n"
        "class Noisy(FlowSpec):\n"
        "    @step\n"
        "    def only(self):\n"
        "        random.Random()\n"
    )
    (warning,) = warnings_of(load_flow(file))
    assert warning.line == 3
    assert "random.Random()" in warning.message


def test_a_decorator_below_step_is_refused() -> None:
    with pytest.raises(DecoratorError, match="Put @step directly above"):

        class Upside(FlowSpec):
            @step
            @retry
            def only(self) -> None:
                pass


class ForeachOverTheValue(FlowSpec):
    @step
    def start(self) -> None:
        self.names = ["a", "b"]
        self.next(self.look, foreach=self.names)  # type: ignore[arg-type]  # the mistake that is tested

    @step
    def look(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


def test_a_foreach_over_a_value_is_told_to_name_it_and_is_no_way_to_a_step() -> None:
    start = draft_of(ForeachOverTheValue).steps[0]
    assert 'name is wanted: foreach="names"' in start.next_problem
    assert start.node.targets == ("look",)


def test_a_step_takes_a_note_of_its_author() -> None:
    class NotedFlow(FlowSpec):
        @step(node_info={"owner": "ada"})
        def start(self) -> None:
            pass

    assert build_graph(NotedFlow).start == "start"
    mark = mark_of(NotedFlow.start)
    assert mark is not None
    assert mark.node_info == {"owner": "ada"}

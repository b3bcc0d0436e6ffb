"""Switches, arms that lead into joins, and loops."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

SWITCHES = """
class SwitchFlow(FlowSpec):
    \"\"\"Every way to write a switch.\"\"\"

    @step
    def start(self):
        self.path = []
        self.mode = 2
        self.next({1: self.one, 2: self.two, 3: self.two}, condition="mode")

    @step
    def one(self):
        self.path.append("one")
        self.next(self.meet)

    @step
    def two(self):
        self.path.append("two")
        self.next(self.meet)

    @step
    def meet(self):
        self.path.append("meet")
        if len(self.path) > 5:
            self.next(self.high)
        elif len(self.path) > 1:
            self.next(self.low)
        else:
            self.next(self.never)

    @step
    def high(self):
        self.next(self.flag)

    @step
    def low(self):
        self.path.append("low")
        self.next(self.flag)

    @step
    def never(self):
        self.next(self.flag)

    @step
    def flag(self):
        self.sure = True
        self.next({True: self.fan, False: self.never_too}, condition="sure")

    @step
    def never_too(self):
        self.next(self.end)

    @step
    def fan(self):
        self.xs = [2, 3, 4]
        self.next(self.count, foreach="xs")

    @step
    def count(self):
        self.turns = getattr(self, "turns", 0) + 1
        self.seen = getattr(self, "seen", []) + [(self.input, current.task_id)]
        self.more = "again" if self.turns < self.input else "over"
        self.next({"again": self.count, "over": self.gather}, condition="more")

    @step
    def gather(self, inputs):
        self.turns = [each.turns for each in inputs]
        self.seen = [each.seen for each in inputs]
        self.next(self.split)

    @step
    def split(self):
        self.next(self.left, self.right)

    @step
    def left(self):
        self.who = "left"
        self.next(self.both)

    @step
    def right(self):
        self.who = "right"
        self.side = "direct"
        self.next({"direct": self.both, "around": self.detour}, condition="side")

    @step
    def detour(self):
        self.who = "detour"
        self.next(self.both)

    @step
    def both(self, inputs):
        self.whos = [each.who for each in inputs]
        self.next(self.loop)

    @step
    def loop(self):
        self.turn = getattr(self, "turn", -1) + 1
        self.again = self.turn < 3
        self.next({True: self.loop, False: self.end}, condition="again")

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module", params=["fork", "spawn"])
def switched(request: pytest.FixtureRequest, new_project: Callable[[], Project]) -> Finished:
    return new_project().run(SWITCHES, before=("--isolation", request.param)).done()


def test_b36_the_value_of_the_condition_chooses_among_the_cases(switched: Finished) -> None:
    transition = switched.record("start").transition
    assert transition is not None
    assert (transition.steps, transition.case) == (("two",), "2")


def test_b37_arms_meet_in_an_ordinary_step_which_runs_once(switched: Finished) -> None:
    assert switched.tasks("meet") == {"0"}
    assert switched.at("meet").path == ["two", "meet"]


def test_a_conditional_next_is_a_switch(switched: Finished) -> None:
    assert switched.tasks("low") == {"0"}
    assert switched.at("low").path == ["two", "meet", "low"]


def test_b73_the_last_statement_of_every_branch_may_be_self_next(switched: Finished) -> None:
    assert not {"high", "never"} & switched.steps


def test_b38_a_step_that_was_not_taken_does_not_exist(switched: Finished) -> None:
    assert not {"one", "never_too", "detour"} & switched.steps


def test_b41_the_graph_that_a_run_keeps_has_a_switch_as_one_node_with_its_arms(switched: Finished) -> None:
    nodes = {node.name: node for node in switched.run.nodes}
    assert nodes["loop"].targets == ("loop", "end")
    assert [(case.value, case.step) for case in nodes["loop"].cases] == [(True, "loop"), (False, "end")]
    assert nodes["right"].targets == ("both", "detour")


def test_b39_every_turn_of_a_loop_is_a_task_of_its_step_also_inside_a_foreach(switched: Finished) -> None:
    assert switched.tasks("count") == {"0", "0~1", "1", "1~1", "1~2", "2", "2~1", "2~2", "2~3"}
    assert switched.at("gather").turns == [2, 3, 4]
    assert switched.at("gather").seen[1] == [(3, "1"), (3, "1~1"), (3, "1~2")]
    assert switched.tasks("loop") == {"0", "0~1", "0~2", "0~3"}
    assert switched.at("end").turn == 3


def test_a_wider_joins_take_an_arm_that_leads_straight_into_them(switched: Finished) -> None:
    assert switched.at("both").whos == ["left", "right"]


def test_a_wider_joins_take_static_branches_step_by_step(project: Project) -> None:
    ran = project.run(
        """
        class StepwiseFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.a, self.b, self.c)

            @step
            def a(self):
                self.v = "a"
                self.next(self.ab)

            @step
            def b(self):
                self.v = "b"
                self.next(self.ab)

            @step
            def c(self):
                self.v = "c"
                self.next(self.abc)

            @step
            def ab(self, inputs):
                self.v = "".join(each.v for each in inputs)
                self.next(self.abc)

            @step
            def abc(self, inputs):
                self.v = "+".join(each.v for each in inputs)
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("end").v == "ab+c"


def test_a_switch_without_case_shows_value_type_and_cases(project: Project) -> None:
    ran = project.run(
        """
        class NoCaseFlow(FlowSpec):
            @step
            def start(self):
                self.mode = 2.5
                self.next({1: self.one, "two": self.two}, condition="mode")

            @step
            def one(self):
                self.next(self.end)

            @step
            def two(self):
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("mode", "2.5", "float", "1, 'two'")
    assert ran.steps == {"start"}


REFUSED = {
    "b37_a_join_cannot_be_a_switch": (
        """
    @step
    def start(self):
        self.next(self.a, self.b)

    @step
    def a(self):
        self.next(self.join)

    @step
    def b(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.c = "end"
        self.next({"end": self.end, "more": self.more}, condition="c")

    @step
    def more(self):
        self.next(self.end)
    """,
        "join",
    ),
    "b40_catch_on_a_switch": (
        """
    @catch
    @step
    def start(self):
        self.c = 1
        self.next({1: self.a, 2: self.end}, condition="c")

    @step
    def a(self):
        self.next(self.end)
    """,
        "@catch",
    ),
    "b40_catch_on_a_split": (
        """
    @catch(var="x")
    @step
    def start(self):
        self.xs = [1]
        self.next(self.a, foreach="xs")

    @step
    def a(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)
    """,
        "@catch",
    ),
    "b73_self_next_before_the_last_statement": (
        """
    @step
    def start(self):
        self.next(self.a)
        print("behind it")

    @step
    def a(self):
        self.next(self.end)
    """,
        "self.next",
    ),
    "a_wider_joins_nothing_else_is_a_join": (
        """
    @step
    def start(self):
        self.xs = [1]
        self.next(self.a, self.b)

    @step
    def a(self):
        self.next(self.c, foreach="xs")

    @step
    def b(self):
        self.next(self.join)

    @step
    def c(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)
    """,
        "join",
    ),
}


def refusal(project: Project, shape: str) -> None:
    steps, said = REFUSED[shape]
    ended = project.run(f"class RefusedFlow(FlowSpec):{steps}\n    @step\n    def end(self):\n        pass\n")
    ended.failed("RefusedFlow", said)
    assert ended.run_id == ""


def test_b37_a_join_cannot_be_a_switch(project: Project) -> None:
    refusal(project, "b37_a_join_cannot_be_a_switch")


@pytest.mark.parametrize("shape", ["b40_catch_on_a_switch", "b40_catch_on_a_split"])
def test_b40_catch_is_refused_where_the_step_alone_knows_what_follows(project: Project, shape: str) -> None:
    refusal(project, shape)


def test_b73_self_next_stands_last(project: Project) -> None:
    refusal(project, "b73_self_next_before_the_last_statement")


def test_a_wider_joins_are_the_only_ones_beyond_whole_splits(project: Project) -> None:
    refusal(project, "a_wider_joins_nothing_else_is_a_join")


def test_a_wider_joins_take_an_arm_that_leads_straight_into_the_join_of_a_foreach(project: Project) -> None:
    ran = project.run(
        """
        class ArmFlow(FlowSpec):
            @step
            def start(self):
                self.xs = range(4)
                self.next(self.choose, foreach="xs")

            @step
            def choose(self):
                self.odd = self.input % 2
                self.next({0: self.join, 1: self.work}, condition="odd")

            @step
            def work(self):
                self.worked = True
                self.next(self.join)

            @step
            def join(self, inputs):
                self.got = [(each.index, each.input, hasattr(each, "worked")) for each in inputs]
                self.merge_artifacts(inputs, include=["worked"])
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("end").got == [(0, 0, False), (1, 1, True), (2, 2, False), (3, 3, True)]
    assert ran.at("end").worked is True

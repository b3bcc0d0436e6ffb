"""What is stored of what a step sets, and what the steps after it see."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

KEPT = """
from functools import partial

class KeptFlow(FlowSpec):
    constant = {"a": 1}

    @property
    def doubled(self):
        return self.number * 2

    @step
    def start(self):
        self.number = 21
        self._private = "kept"
        self.shared = [1, 2]
        self.again = self.shared
        self.words = {"alpha", "beta", "gamma"}
        self.gone = "soon"
        self.local = lambda x: x + self_free
        self_free = 1
        self.part = partial(int, base=2)
        self.next(self.middle)

    @step
    def middle(self):
        self.shared.append(3)
        self.copy = self.doubled
        del self.gone
        self.answers = self.local(41), self.part("101")
        self.flow_name = self.name
        self.next(self.left, self.right)

    @step
    def left(self):
        self.seen = hasattr(self, "gone")
        sorted(self.words)
        self.only_left = 1
        self.next(self.join)

    @step
    def right(self):
        self.seen = hasattr(self, "gone")
        sorted(self.words)
        self._hidden = "right"
        self.next(self.join)

    @step
    def join(self, inputs):
        self.before = hasattr(self, "number")
        try:
            self.number
        except AttributeError as exc:
            self.message = str(exc)
        self.constant_in_join = self.constant["a"]
        self.merge_artifacts(inputs)
        self.next(self.end)

    @step
    def end(self):
        self.total = self.number + sum(self.shared)
"""


@pytest.fixture(scope="module")
def kept(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(KEPT).done()


def test_b1_every_attribute_is_stored_also_private_ones(kept: Finished) -> None:
    names = kept.at("start").names_
    assert {"number", "_private", "words"} <= names
    assert not names & {"doubled", "constant", "start", "next", "index", "input"}


def test_b2_functions_are_stored_and_can_be_called_later(kept: Finished) -> None:
    assert kept.at("middle").answers == (42, 5)


def test_a_functions_on_self_are_stored_by_value_with_the_version_that_loads_them(kept: Finished) -> None:
    ref = kept.record("start").artifacts["local"]
    assert ref.serializer == "cloudpickle"
    assert ref.python is not None


def test_a_functions_on_self_that_cannot_be_stored_are_left_out_with_a_warning(project: Project) -> None:
    ran = project.run(
        """
        import threading

        class LockedFlow(FlowSpec):
            @step
            def start(self):
                lock = threading.Lock()
                self.locked = lambda: lock
                self.next(self.end)

            @step
            def end(self):
                print("value", self.locked)
        """
    )
    ran.failed("locked")
    assert ran.tasks("start") == {"0"}
    record = ran.record("end", attempt=0)
    assert record.failure is not None
    assert "locked" in record.failure.message
    assert "start" in record.failure.message
    assert "Warning: self.locked" in ran.log("start")


def test_b3_the_flow_s_name_is_at_self_name(kept: Finished) -> None:
    assert kept.at("middle").flow_name == "KeptFlow"


def test_a_name_attribute_is_not_stored_with_each_task(kept: Finished) -> None:
    assert all("name" not in kept.at(step) for step in ("start", "middle", "join", "end"))


def test_b4_a_step_sees_its_parent_s_artifacts_by_reference(kept: Finished) -> None:
    record = kept.record("middle")
    assert "number" not in record.artifacts
    assert any("number" in group.names and group.step == "start" for group in record.inherited)


def test_a_joins_start_empty_but_for_parameters_and_constants(kept: Finished) -> None:
    assert kept.at("join").before is False
    assert kept.at("join").constant_in_join == 1
    assert "merge_artifacts" in kept.at("join").message
    assert "inputs[0].number" in kept.at("join").message


def test_b5_a_change_in_place_after_reading_is_stored(kept: Finished) -> None:
    assert kept.at("start").shared == [1, 2]
    assert kept.at("middle").shared == [1, 2, 3]
    assert kept.at("end").total == 27


def test_b6_a_set_that_was_only_read_does_not_conflict(kept: Finished) -> None:
    assert kept.at("join").words == {"alpha", "beta", "gamma"}


def test_b7_a_deleted_artifact_stays_deleted(kept: Finished) -> None:
    assert "gone" in kept.at("start")
    assert "gone" not in kept.at("middle")
    assert kept.at("left").seen is False


def test_a_delete_removes_an_inherited_artifact(kept: Finished) -> None:
    assert kept.record("middle").deleted == ("gone",)
    assert "gone" not in kept.at("end")


def test_b10_two_names_of_one_object_are_two_artifacts_with_one_content(kept: Finished) -> None:
    artifacts = kept.record("start").artifacts
    assert artifacts["shared"].hash == artifacts["again"].hash
    assert kept.at("middle").again == [1, 2]


def test_b33_private_names_and_names_of_one_branch_are_merged(kept: Finished) -> None:
    assert kept.at("join").only_left == 1
    assert kept.at("join")._hidden == "right"
    assert kept.at("join")._private == "kept"


def test_a_pickle_five_stores_large_buffers_beside_the_stream_and_once(project: Project) -> None:
    ran = project.run(
        """
        import numpy as np

        class ArrayFlow(FlowSpec):
            @step
            def start(self):
                self.big = np.arange(500_000, dtype="f8")
                self.next(self.end)

            @step
            def end(self):
                self.both = {"same": self.big, "size": self.big.size}
        """
    ).done()
    stream, buffer = ran.record("start").artifacts["big"].blobs
    assert stream.size < 1000
    assert buffer.size == 4_000_000
    assert buffer in ran.record("end").artifacts["both"].blobs
    assert "big" not in ran.record("end").artifacts
    assert ran.at("end").both["same"].sum() == sum(range(500_000))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("threading.Lock()", "lock"), ("(n for n in [1])", "generator"), ("self", "flow")],
)
def test_b8_a_value_that_cannot_be_stored_fails_the_attempt_by_its_name(
    project: Project, value: str, kind: str
) -> None:
    ran = project.run(
        f"""
        import threading

        class BadFlow(FlowSpec):
            @step
            def start(self):
                self.fine = 1
                self.broken = {value}
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("'broken'", kind)
    assert ran.tasks("start") == set()
    assert ran.at("start", attempt=0).fine == 1


def test_b8_an_input_cannot_be_stored(project: Project) -> None:
    project.run(
        """
        class InputFlow(FlowSpec):
            @step
            def start(self):
                self.xs = [1]
                self.next(self.work, foreach="xs")

            @step
            def work(self):
                self.next(self.join)

            @step
            def join(self, inputs):
                self.kept = inputs[0]
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("'kept'", "input")


def test_b9_a_step_that_raised_has_stored_what_it_had_set_and_one_that_died_nothing(project: Project) -> None:
    source = """
        class HalfFlow(FlowSpec):
            @step
            def start(self):
                self.early = "here"
                {end}
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    raised = project.run(source.format(end="raise ValueError('half way')")).failed("half way")
    assert raised.at("start", attempt=0).early == "here"
    failure = raised.record("start", attempt=0).failure
    assert failure is not None
    assert failure.type == "ValueError"
    died = project.run(source.format(end="os._exit(9)")).failed()
    assert died.record("start", attempt=0).artifacts == {}


def test_a_merge_by_value_looks_at_values_before_it_reports_a_conflict(project: Project) -> None:
    # sets of texts are written in another order by every fresh interpreter
    ran = project.run(
        """
        class SetFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.a, self.b)

            @step
            def a(self):
                self.words = {f"word {n}" for n in range(50)}
                self.next(self.join)

            @step
            def b(self):
                self.words = {f"word {n}" for n in reversed(range(50))}
                self.next(self.join)

            @step
            def join(self, inputs):
                self.merge_artifacts(inputs)
                self.next(self.end)

            @step
            def end(self):
                self.size = len(self.words)
        """,
        before=("--isolation", "spawn"),
    ).done()
    assert ran.at("end").size == 50


def test_an_artifact_of_a_class_in_the_author_s_file_is_loaded_in_later_steps(project: Project) -> None:
    ran = project.run(
        """
        class Point:
            def __init__(self, x):
                self.x = x

        class PointFlow(FlowSpec):
            @step
            def start(self):
                self.point = Point(3)
                self.next(self.end)

            @step
            def end(self):
                assert type(self.point) is Point
                self.x = self.point.x
        """
    ).done()
    assert ran.at("end").x == 3

"""The conformance suite of the metadata contract: a subclass says how an empty index is made.

class TestMyIndex(MetadataContract):
    @pytest.fixture
    def index(self) -> Iterator[Metadata]:
        with MyIndex(...) as index:
            yield index
"""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from headwater.metadata.base import Metadata, TaskKey
from headwater.metadata.query import UNFINISHED, RunOrder, RunQuery
from headwater.metadata.rebuild import catch_up, read_run, rebuild
from headwater.metadata.rows import RunFiles
from headwater.records.artifact import ArtifactRef, BlobRef
from headwater.records.base import encode
from headwater.records.run import Code, OriginRecord, RunEnd, RunOutcome, RunRecord
from headwater.records.tags import TagsRecord
from headwater.records.task import Failure, FailureKind, Outcome, TaskRange, TaskRecord, Transition
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.memory import MemoryStorage
from headwater.testing.documents import FOREACH, RunOnPaper


def run_record(run_id: str = "1", flow: str = "PaperFlow", **more: Any) -> RunRecord:
    """A run of `ann`, begun at second 1000."""
    given: dict[str, Any] = {"user": "ann", "created_at": 1000.0} | more
    return RunRecord(flow=flow, run_id=run_id, **given)


def _ref(value: object) -> ArtifactRef:
    return ArtifactRef(type="t", size=1, hash="0" * 64, serializer="json", summary={"value": value})


def _blobs(*blobs: BlobRef) -> ArtifactRef:
    return ArtifactRef(type="t", size=1, hash="0" * 64, serializer="pickle", blobs=blobs)


def task_record(task_id: str = "0", run_id: str = "1", step: str = "start", **more: Any) -> TaskRecord:
    """A first attempt that succeeded, from second 1001 to 1002."""
    given: dict[str, Any] = {
        "attempt": 0,
        "outcome": Outcome.SUCCEEDED,
        "started_at": 1001.0,
        "ended_at": 1002.0,
    } | more
    return TaskRecord(flow="PaperFlow", run_id=run_id, step=step, task_id=task_id, **given)


def failed_record(task_id: str = "0", attempt: int = 0, **more: Any) -> TaskRecord:
    failure = Failure(kind=FailureKind.SIGNAL, message="It was killed.")
    return task_record(task_id, attempt=attempt, outcome=Outcome.FAILED, failure=failure, **more)


class MetadataContract:
    """What every index must do."""

    @pytest.fixture
    def index(self) -> Iterator[Metadata]:
        raise NotImplementedError

    @pytest.fixture
    def storage(self, request: pytest.FixtureRequest) -> Iterator[Storage]:
        storage = MemoryStorage(request.node.nodeid)
        yield storage
        for entry in list(storage.list("")):
            storage.delete(entry.key)

    def test_an_empty_index_knows_nothing(self, index: Metadata) -> None:
        assert index.flows() == []
        assert index.runs() == []
        assert index.run("PaperFlow", "1") is None
        assert index.tasks("PaperFlow", "1") == []
        assert index.task("PaperFlow", "1", "start", "0") is None
        assert index.dump() == []

    def test_runs_are_found_by_time_and_parameter_sorted_and_paged(self, index: Metadata) -> None:
        for number in range(1, 6):
            values = {"alpha": number / 2, "deep": number == 3, "name": f"n{number}", "none": None}
            refs = {name: _ref(v) for name, v in values.items()}
            index.add_run(run_record(str(number), created_at=100.0 * number, parameters=refs))
            if number != 4:
                end = RunEnd(outcome=RunOutcome.SUCCEEDED, ended_at=100.0 * number + 50 - number)
                index.end_run("PaperFlow", str(number), end)

        def found(**query: Any) -> list[str]:
            return [run.run_id for run in index.runs(RunQuery(**query))]

        assert found(since=200.0, until=400.0) == ["3", "2"]
        assert found(parameters={"alpha": "1.0"}) == found(parameters={"alpha": "1"}) == ["2"]
        assert found(parameters={"deep": "True"}) == ["3"]
        assert found(parameters={"name": "n5", "alpha": "2.5"}) == ["5"]
        assert found(parameters={"name": "n5", "alpha": "2"}) == found(parameters={"absent": "1"}) == []
        assert found(parameters={"none": "None"}, ascending=True, limit=2, offset=1) == ["2", "3"]
        assert found(outcome=UNFINISHED) == ["4"]
        assert found(order=RunOrder.DURATION, limit=2) == ["1", "2"]
        row = index.run("PaperFlow", "3")
        assert row is not None
        assert (row.parameters["deep"], row.duration_s) == (True, 47.0)

    def test_a_rebuild_takes_the_tags_of_the_highest_change(self, index: Metadata, storage: Storage) -> None:
        storage.create(layout.run_record("PaperFlow", "1"), encode(run_record("1", tags=("first",))))
        for number in (2, 10):
            change = TagsRecord(number=number, tags=(f"change-{number}",))
            storage.create(layout.tags("PaperFlow", "1", number), encode(change))
        assert rebuild(index, storage) == []
        assert [run.tags for run in index.runs()] == [("change-10",)]

    def test_the_tags_of_the_highest_change_count(self, index: Metadata) -> None:
        index.set_tags("PaperFlow", "1", TagsRecord(number=2, tags=("second",)))
        index.add_run(run_record("1", tags=("first",)))
        index.set_tags("PaperFlow", "1", TagsRecord(number=1, tags=("older",)))
        assert [(run.tags, run.tags_number) for run in index.runs(RunQuery(tags=("second",)))] == [(("second",), 2)]
        assert index.runs(RunQuery(tags=("first",))) == []

    def test_a_run_is_found_by_flow_user_tag_and_outcome(self, index: Metadata) -> None:
        index.add_run(run_record("1", tags=("a", "b"), system_tags=("runtime:dev",)))
        index.add_run(run_record("2", user="bob", created_at=2000.0, tags=("a",)))
        index.add_run(run_record("3", flow="OtherFlow", created_at=500.0))
        index.end_run("PaperFlow", "2", RunEnd(outcome=RunOutcome.FAILED, ended_at=2010.0, message="It broke."))
        assert index.flows() == ["OtherFlow", "PaperFlow"]
        assert [run.run_id for run in index.runs()] == ["2", "1", "3"]
        assert [run.run_id for run in index.runs(RunQuery(limit=1))] == ["2"]
        assert [run.run_id for run in index.runs(RunQuery(flow="PaperFlow"))] == ["2", "1"]
        assert [run.run_id for run in index.runs(RunQuery(user="ann"))] == ["1", "3"]
        assert [run.run_id for run in index.runs(RunQuery(tags=("a",)))] == ["2", "1"]
        assert [run.run_id for run in index.runs(RunQuery(tags=("a", "b", "runtime:dev", "user:ann")))] == ["1"]
        assert [run.run_id for run in index.runs(RunQuery(tags=("user:bob",)))] == ["2"]
        assert [run.run_id for run in index.runs(RunQuery(outcome="failed"))] == ["2"]
        ended = index.run("PaperFlow", "2")
        assert ended is not None
        assert (ended.outcome, ended.ended_at, ended.message) == ("failed", 2010.0, "It broke.")

    def test_flows_are_told_with_their_newest_run(self, index: Metadata) -> None:
        index.add_run(run_record("1"))
        index.add_run(run_record("2", user="bob", created_at=2000.0))
        index.add_run(run_record("3", flow="OtherFlow", created_at=3000.0))
        index.end_run("PaperFlow", "1", RunEnd(outcome=RunOutcome.SUCCEEDED, ended_at=1010.0))
        other, paper = index.flow_rows()
        assert (other.flow, other.runs, other.run_id) == ("OtherFlow", 1, "3")
        assert (paper.runs, paper.users, paper.succeeded) == (2, ("ann", "bob"), 1)
        assert (paper.run_id, paper.created_at, paper.outcome, paper.ended_at) == ("2", 2000.0, None, None)

    def test_tasks_are_counted_for_many_runs_at_once(self, index: Metadata) -> None:
        for run_id in ("1", "2", "3"):
            index.add_run(run_record(run_id))
        index.add_tasks([failed_record("0"), task_record("0", attempt=1), failed_record("1"), task_record("2")])
        taken = TaskRange(run_id="1", step="start", first="0", count=2)
        index.add_origin("PaperFlow", "2", OriginRecord(origin_run_id="1", taken=(taken,)))
        index.add_tasks([task_record("1", run_id="2"), task_record("0", run_id="2", step="end")])
        asked = [("PaperFlow", run_id) for run_id in ("1", "2", "3", "4")]
        assert index.task_counts(asked) == {("PaperFlow", "1"): 3, ("PaperFlow", "2"): 3, ("PaperFlow", "3"): 0}

    def test_tasks_come_in_position_order(self, index: Metadata) -> None:
        ids = ["0", "2", "9", "9~1", "9~2", "9~10", "10", "11", "100"]
        index.add_run(run_record())
        index.add_tasks(task_record(task_id) for task_id in reversed(ids))
        assert [task.task_id for task in index.tasks("PaperFlow", "1", "start")] == ids

    def test_nested_positions_sort_from_the_outermost_in(self, index: Metadata) -> None:
        ids = ["0.0", "0.2", "0.10", "2.1", "10.0"]
        index.add_run(run_record())
        index.add_tasks(task_record(task_id) for task_id in reversed(ids))
        assert [task.task_id for task in index.tasks("PaperFlow", "1")] == ids

    def test_of_a_tasks_attempts_the_success_counts_and_else_the_newest(self, index: Metadata) -> None:
        index.add_run(run_record())
        index.add_tasks([failed_record("0", 0), failed_record("0", 1), task_record("0", attempt=2)])
        index.add_tasks([failed_record("1", 0), failed_record("1", 1)])
        # The driver gave the attempt up in the moment in which it committed.
        index.add_tasks([task_record("2", attempt=0), failed_record("2", 0)])
        rows = index.tasks("PaperFlow", "1", "start")
        assert [(row.task_id, row.attempt, row.outcome.value) for row in rows] == [
            ("0", 2, "succeeded"),
            ("1", 1, "failed"),
            ("2", 0, "succeeded"),
        ]
        assert rows[1].failure_kind is FailureKind.SIGNAL
        assert rows[1].failure_message == "It was killed."
        assert [row.attempt for row in index.attempts("PaperFlow", "1", "start", "0")] == [0, 1, 2]
        assert index.task("PaperFlow", "1", "start", "1") == rows[1]

    def test_steps_are_counted(self, index: Metadata) -> None:
        index.add_run(run_record())
        index.add_tasks([task_record(transition=Transition(steps=("train",), splits=3))])
        index.add_tasks(task_record(str(number), step="train", started_at=1003.0) for number in range(2))
        index.add_tasks([failed_record("2", step="train", started_at=1003.0, ended_at=1009.0)])
        start, train = index.steps("PaperFlow", "1")
        assert (start.step, start.tasks, start.succeeded) == ("start", 1, 1)
        assert (train.step, train.tasks, train.succeeded, train.failed) == ("train", 3, 2, 1)
        assert (train.started_at, train.ended_at) == (1003.0, 1009.0)
        assert index.step_names("PaperFlow", "1") == {"start", "train"}
        assert index.tasks("PaperFlow", "1", "start")[0].splits == 3

    def test_tasks_taken_over_are_listed_with_the_run_that_executed_them(self, index: Metadata) -> None:
        index.add_run(run_record("1"))
        index.add_tasks(task_record(str(number)) for number in range(12))
        index.add_tasks([failed_record("3"), task_record("3~1"), task_record("0", step="end")])
        index.add_run(run_record("2", origin_run_id="1"))
        taken = (
            TaskRange(run_id="1", step="start", first="2", count=9),
            TaskRange(run_id="1", step="start", first="3~1"),
        )
        index.add_origin("PaperFlow", "2", OriginRecord(origin_run_id="1", taken=taken))
        index.add_tasks([task_record("11", run_id="2", started_at=2001.0, ended_at=2002.0)])
        rows = index.tasks("PaperFlow", "2", "start")
        assert [row.task_id for row in rows] == ["2", "3", "3~1", *map(str, range(4, 11)), "11"]
        assert [row.run_id for row in rows] == ["1"] * 10 + ["2"]
        (start,) = index.steps("PaperFlow", "2")
        assert (start.tasks, start.done, start.taken_over) == (11, 11, 10)
        assert (start.started_at, start.ended_at) == (2001.0, 2002.0)
        assert index.tasks("PaperFlow", "2") == rows
        assert [row.attempt for row in index.attempts("PaperFlow", "2", "start", "3")] == [0, 0]
        assert index.attempts("PaperFlow", "2", "start", "0") == []
        assert index.step_names("PaperFlow", "2") == {"start"}

    def test_a_range_does_not_take_the_turns_of_a_loop_between_its_ends(self, index: Metadata) -> None:
        index.add_run(run_record("1"))
        index.add_tasks(task_record(task_id) for task_id in ("0", "0~1", "1"))
        index.add_run(run_record("2"))
        taken = (TaskRange(run_id="1", step="start", first="0", count=2),)
        index.add_origin("PaperFlow", "2", OriginRecord(origin_run_id="1", taken=taken))
        assert [row.task_id for row in index.tasks("PaperFlow", "2")] == ["0", "1"]

    def test_content_does_not_depend_on_order_or_repetition(self, index: Metadata) -> None:
        end = RunEnd(outcome=RunOutcome.SUCCEEDED, ended_at=1010.0)
        origin = OriginRecord(origin_run_id="0", taken=(TaskRange(run_id="0", step="start", first="0", count=5),))
        writes: tuple[Callable[[], None], ...] = (
            lambda: index.add_run(run_record()),
            lambda: index.add_tasks([task_record(), failed_record("1")]),
            lambda: index.add_origin("PaperFlow", "1", origin),
            lambda: index.end_run("PaperFlow", "1", end),
        )
        dumps = []
        for order in permutations(writes):
            index.clear()
            for write in (*order, *order):
                write()
            dumps.append(index.dump())
        assert len(dumps[0]) == 4
        assert all(dump == dumps[0] for dump in dumps)

    def test_a_batch_that_fails_leaves_nothing(self, index: Metadata) -> None:
        def records() -> Iterator[TaskRecord]:
            yield task_record()
            raise ZeroDivisionError

        index.add_run(run_record())
        with pytest.raises(ZeroDivisionError):
            index.add_tasks(records())
        assert index.tasks("PaperFlow", "1") == []

    def test_a_run_that_is_forgotten_leaves_nothing(self, index: Metadata) -> None:
        index.add_run(run_record("1"))
        before = index.dump()
        index.add_run(run_record("2"))
        index.add_tasks([task_record(run_id="2")])
        index.forget_run("PaperFlow", "2")
        assert index.dump() == before
        assert index.run_ids() == {("PaperFlow", "1")}

    def test_the_documents_that_are_known_can_be_asked_for(self, index: Metadata) -> None:
        index.add_run(run_record())
        index.add_tasks([failed_record("3", 0), task_record("3", attempt=1)])
        assert index.task_keys("PaperFlow", "1") == {TaskKey("start", "3", 0), TaskKey("start", "3", None)}
        assert index.run_ids(unfinished=True) == {("PaperFlow", "1")}

    def test_blobs_are_added_up_once_whoever_refers_to_them(self, index: Metadata) -> None:
        shared, own, code = (BlobRef(hash=digit * 64, size=size) for digit, size in (("a", 100), ("b", 20), ("c", 3)))
        index.add_run(run_record("1", code=Code(manifest=code)))
        index.add_run(run_record("2", code=Code(manifest=code)))
        index.add_tasks([task_record(artifacts={"x": _blobs(shared), "y": _blobs(shared)})])
        index.add_tasks([task_record(run_id="2", artifacts={"x": _blobs(shared, own)}), failed_record(run_id="2")])
        index.set_files("PaperFlow", "2", RunFiles(7, 8))
        one, two = sorted(index.space())
        assert index.files() == {("PaperFlow", "2"): RunFiles(7, 8)}
        assert (one.blobs, one.own_blobs, one.files) == (103, 0, None)
        assert (two.blobs, two.own_blobs, two.files, two.code) == (123, 20, RunFiles(7, 8), code.hash)
        index.add_run(run_record("9", "Other", code=Code(manifest=code)))
        assert {row.flow: row.own_blobs for row in index.flow_space()} == {"PaperFlow": 120, "Other": 0}
        assert [row.run_id for row in index.space("Other")] == ["9"]
        index.forget_run("Other", "9")
        first, second = ("PaperFlow", "1"), ("PaperFlow", "2")
        assert index.unmeasured() == {first, second}
        index.end_run(*second, RunEnd(outcome=RunOutcome.SUCCEEDED, ended_at=2000.0))
        assert index.unmeasured() == {first}
        assert [index.blob_bytes(some) for some in (None, [first], [second], [first, second], [])] == [
            123, 0, 20, 123, 0,
        ]  # fmt: skip
        index.forget_run(*second)
        assert index.blob_bytes() == index.blob_bytes([first]) == 103

    def test_the_runs_of_which_a_run_took_tasks_over_are_told(self, index: Metadata) -> None:
        index.add_run(run_record("3"))
        taken = tuple(TaskRange(run_id=run_id, step=step, first="0") for run_id in "12" for step in ("a", "b"))
        index.add_origin("PaperFlow", "3", OriginRecord(origin_run_id="2", taken=taken))
        assert index.taken_from() == {("PaperFlow", "3", "1"), ("PaperFlow", "3", "2")}

    def test_an_index_that_was_told_equals_one_that_was_rebuilt(self, index: Metadata, storage: Storage) -> None:
        paper = RunOnPaper(storage, nodes=FOREACH, tags=("a",))
        index.add_run(paper.record)
        index.add_tasks([paper.task(transition=Transition(steps=("train",), splits=2))])
        index.add_tasks([paper.task("train", "0", outcome=Outcome.FAILED), paper.task("train", "0", attempt=1)])
        index.add_tasks([paper.task("train", "1", outcome=Outcome.CAUGHT)])
        index.end_run("PaperFlow", "1", paper.end())
        resumed = RunOnPaper(storage, "2", origin_run_id="1")
        index.add_run(resumed.record)
        index.add_origin("PaperFlow", "2", resumed.origin((TaskRange(run_id="1", step="start", first="0"),)))
        told = index.dump()
        assert rebuild(index, storage) == []
        assert index.dump() == told

    def test_a_provisional_success_of_a_gang_member_is_none(self, index: Metadata, storage: Storage) -> None:
        paper = RunOnPaper(storage)
        paper.task("train", "0", provisional=True)
        paper.task("train", "1", outcome=Outcome.FAILED)
        assert rebuild(index, storage) == []
        assert [task.task_id for task in index.tasks("PaperFlow", "1", "train")] == ["1"]

    def test_a_damaged_document_is_left_out_and_told(self, index: Metadata, storage: Storage) -> None:
        paper = RunOnPaper(storage)
        paper.task("start")
        storage.create(layout.task("PaperFlow", "1", "end", "0"), b'{"document": "task/1", "fl')
        storage.create(layout.run_record("PaperFlow", "2"), b"")
        storage.create("flows/PaperFlow/1/tasks/end/notes.txt", b"not ours")
        problems = rebuild(index, storage)
        assert [problem.key for problem in problems] == [
            layout.task("PaperFlow", "1", "end", "0"),
            layout.run_record("PaperFlow", "2"),
        ]
        assert [run.run_id for run in index.runs()] == ["1"]
        assert [task.step for task in index.tasks("PaperFlow", "1")] == ["start"]

    def test_catching_up_finds_the_news_of_runs_without_an_end(self, index: Metadata, storage: Storage) -> None:
        paper = RunOnPaper(storage)
        paper.task("start")
        catch_up(index, storage)
        paper.task("end")
        RunOnPaper(storage, "2")
        paper.end()
        assert catch_up(index, storage) == []
        assert [task.step for task in index.tasks("PaperFlow", "1")] == ["end", "start"]
        assert index.run_ids(unfinished=True) == {("PaperFlow", "2")}

    def test_what_was_seen_of_a_run_is_told_until_it_ends_and_is_no_content(self, index: Metadata) -> None:
        index.add_run(run_record("1"))
        before = index.dump()
        index.mark_seen("PaperFlow", "1", "stamp")
        assert index.seen() == {("PaperFlow", "1"): "stamp"}
        assert index.dump() == before
        index.end_run("PaperFlow", "1", RunEnd(outcome=RunOutcome.FAILED, ended_at=1010.0))
        assert index.seen() == {}

    def test_catching_up_forgets_runs_that_were_removed(self, index: Metadata, storage: Storage) -> None:
        RunOnPaper(storage).task("start")
        catch_up(index, storage)
        for entry in list(storage.list(layout.run("PaperFlow", "1"))):
            storage.delete(entry.key)
        catch_up(index, storage)
        assert index.dump() == []

    def test_a_whole_run_can_be_read(self, storage: Storage) -> None:
        paper = RunOnPaper(storage)
        task = paper.task("start")
        end = paper.end()
        documents, problems = read_run(storage, "PaperFlow", "1")
        assert problems == []
        assert (documents.run, documents.tasks, documents.end) == (paper.record, [task], end)

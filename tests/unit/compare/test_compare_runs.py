from collections.abc import Callable

import msgspec
import pytest

from headwater.artifacts.store import ArtifactStore
from headwater.client.reader import Reader
from headwater.compare.diff import RunDiff
from headwater.compare.model import Change
from headwater.compare.read import compare_artifacts, compare_objects, compare_run_code, compare_runs, compare_tasks
from headwater.errors import NotFound, UsageError
from headwater.names import Pathspec
from headwater.records.base import encode
from headwater.records.decorators import Retry
from headwater.records.graph import Node, NodeKind
from headwater.records.run import Code, Interpreter
from headwater.records.task import Outcome, TaskRange
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.testing.documents import FOREACH, LINEAR, RunOnPaper

Open = Callable[[], Reader]


def spec(text: str) -> Pathspec:
    return Pathspec.parse(text)


def between(reader: Reader, before: str = "1", after: str = "2", most: int = 1000) -> RunDiff:
    return compare_runs(reader, spec(f"PaperFlow/{before}"), spec(f"PaperFlow/{after}"), most)


def code_of(storage: Storage, **files: str) -> Code:
    store = ArtifactStore(storage)
    rows = []
    for name, text in sorted(files.items()):
        blob = store.save_blob(text.encode())
        rows.append([f"{name}.py", blob.hash, blob.size, blob.encoding])
    return Code(manifest=store.save_blob(msgspec.json.encode(rows)), script="flow.py", git_commit="abc")


def test_a_run_has_no_difference_to_itself(storage: Storage, reader: Open) -> None:
    paper = RunOnPaper(storage, parameters={"alpha": 1}, code=code_of(storage, flow="x = 1\n"))
    paper.task("start", values={"x": 1})
    paper.end()
    found = between(reader(), "1", "1")
    assert (found.parameters, found.code.files, found.steps, found.environment.facts) == ((), (), (), ())
    assert [(one.step, one.shared, one.compared) for one in found.tasks] == [("start", 1, 0)]
    assert found.artifacts == ()
    assert "no difference in parameters, code" in str(found)


def test_parameters_that_differ_came_or_went_are_told(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1", parameters={"alpha": 0.1, "same": 1, "gone": "x"})
    RunOnPaper(storage, "2", parameters={"alpha": 0.2, "same": 1, "new": "y"})
    found = between(reader())
    assert [(one.name, one.change.value) for one in found.parameters] == [
        ("alpha", "changed"),
        ("gone", "removed"),
        ("new", "added"),
    ]
    assert "  ~ alpha  0.1 → 0.2" in found.lines()


def test_code_is_compared_by_its_files_and_on_request_by_its_lines(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1", code=code_of(storage, flow="a\nb\n", old="x\n", same="s\n"))
    RunOnPaper(storage, "2", code=code_of(storage, flow="a\nc\n", new="y\n", same="s\n"))
    found = between(reader())
    assert [(file.path, file.change.value) for file in found.code.files] == [
        ("flow.py", "changed"),
        ("new.py", "added"),
        ("old.py", "removed"),
    ]
    lines = compare_run_code(reader(), spec("PaperFlow/1"), spec("PaperFlow/2"))
    assert lines[:6] == ["--- a/flow.py", "+++ b/flow.py", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert "--- /dev/null" in lines
    assert "+++ /dev/null" in lines


def test_runs_without_code_say_that_it_cannot_be_compared(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1")
    RunOnPaper(storage, "2", code=code_of(storage, flow="a\n"))
    found = between(reader())
    assert not found.code.kept
    assert "  a run kept no code, so its files cannot be compared" in found.lines()


def test_interpreters_and_distributions_are_compared(storage: Storage, reader: Open) -> None:
    store = ArtifactStore(storage)
    for run_id, python, installed in (
        ("1", "3.11.7", ["numpy-2.0.0", "old-1.0", "same-1"]),
        ("2", "3.12.4", ["numpy-2.1.0", "new-1.0", "same-1"]),
    ):
        interpreter = Interpreter(python=python, distributions=store.save_blob(msgspec.json.encode(installed)))
        record = msgspec.structs.replace(
            RunOnPaper(storage, f"of-{run_id}").record, run_id=run_id, interpreter=interpreter
        )
        storage.create(layout.run_record("PaperFlow", run_id), encode(record))
    found = between(reader()).environment
    assert [(one.name, one.before, one.after) for one in found.facts] == [("python", "3.11.7", "3.12.4")]
    assert [(one.name, one.before, one.after) for one in found.distributions] == [
        ("new", None, "1.0"),
        ("numpy", "2.0.0", "2.1.0"),
        ("old", "1.0", None),
    ]


def test_steps_are_compared_with_their_decorators_and_where_they_lead(storage: Storage, reader: Open) -> None:
    longer = (
        Node(name="start", kind=NodeKind.LINEAR, targets=("middle",), decorators=(Retry(times=2),)),
        Node(name="middle", kind=NodeKind.LINEAR, targets=("end",)),
        Node(name="end", kind=NodeKind.END),
    )
    RunOnPaper(storage, "1", nodes=LINEAR)
    second = RunOnPaper(storage, "made", nodes=longer).record
    steps = tuple(
        msgspec.structs.replace(one, decorators=longer[0].decorators * (one.step == "start")) for one in second.steps
    )
    record = msgspec.structs.replace(second, run_id="2", steps=steps)
    storage.create(layout.run_record("PaperFlow", "2"), encode(record))
    start, middle = between(reader()).steps
    assert (start.step, start.change) == ("start", Change.CHANGED)
    assert [(one.name, one.before, one.after) for one in start.facts] == [
        ("next", "end", "middle"),
        ("decorators", "", "@retry(times=2)"),
    ]
    assert (middle.step, middle.change) == ("middle", Change.ADDED)


def test_artifacts_are_compared_along_the_tasks_of_a_foreach(storage: Storage, reader: Open) -> None:
    for run_id, scores in (("1", [0.1, 0.2, 0.3]), ("2", [0.1, 0.4, 0.4, 0.9])):
        paper = RunOnPaper(storage, run_id, nodes=FOREACH)
        for number, score in enumerate(scores):
            paper.task("train", str(number), values={"score": score, "kind": "tree"})
    found = between(reader())
    (tasks,) = found.tasks
    assert tasks.before is not None
    assert tasks.after is not None
    assert (tasks.before.tasks, tasks.after.tasks, tasks.compared) == (3, 4, 3)
    kind, scored = found.artifacts
    assert (kind.name, kind.same, kind.differs) == ("kind", 3, False)
    assert (scored.name, scored.same, scored.changed) == ("score", 1, 2)
    assert [scored.before_mean, scored.after_mean] == pytest.approx([0.2, 0.3])
    assert [one.task_id for one in scored.examples] == ["1", "2"]
    assert scored.examples[0].value.facts == ("0.2 → 0.4",)
    assert "1 artifact the same" in str(found)


def test_an_artifact_that_only_one_side_wrote_is_added_or_removed(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1").task("start", values={"old": 1})
    RunOnPaper(storage, "2").task("start", values={"new": 2})
    found = {one.name: one for one in between(reader()).artifacts}
    assert (found["old"].removed, found["new"].added) == (1, 1)


def test_tasks_that_failed_are_counted_and_not_compared(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1").task("start", values={"x": 1})
    RunOnPaper(storage, "2").task("start", outcome=Outcome.FAILED)
    (tasks,) = between(reader()).tasks
    assert tasks.after is not None
    assert (tasks.after.failed, tasks.compared) == (1, 0)


def test_tasks_that_a_resumed_run_took_over_are_shared(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1").task("start", values={"x": 1})
    resumed = RunOnPaper(storage, "2", origin_run_id="1")
    resumed.origin((TaskRange(run_id="1", step="start", first="0"),))
    resumed.task("end", values={"y": 1})
    start, end = between(reader()).tasks
    assert (start.shared, start.compared) == (1, 0)
    assert (end.before, end.shared) == (None, 0)


def test_of_very_many_tasks_the_first_are_compared_and_the_rest_is_told(storage: Storage, reader: Open) -> None:
    for run_id in ("1", "2"):
        paper = RunOnPaper(storage, run_id, nodes=FOREACH)
        for number in range(5):
            paper.task("train", str(number), values={"score": int(run_id)})
    found = between(reader(), most=2)
    assert (found.tasks[0].compared, found.tasks[0].left_out) == (2, 3)
    assert "tasks whose artifacts were not compared: train 3" in str(found)


def test_two_tasks_are_compared_with_all_that_they_can_read(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage, "1", parameters={"alpha": 1}).task("start", values={"x": 1, "same": 0})
    RunOnPaper(storage, "2", parameters={"alpha": 2}).task("start", values={"x": 2, "same": 0})
    found = compare_tasks(reader(), spec("PaperFlow/1/start/0"), spec("PaperFlow/2/start/0"))
    assert [(one.name, one.change.value) for one in found.artifacts] == [
        ("alpha", "changed"),
        ("same", "same"),
        ("x", "changed"),
    ]
    assert "the same: same" in str(found)


def test_two_artifacts_may_have_other_names(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage).task("start", values={"x": 1, "y": 2})
    found = compare_artifacts(reader(), spec("PaperFlow/1/start/0/x"), spec("PaperFlow/1/start/0/y"))
    assert (found.value.name, found.value.facts) == ("x → y", ("1 → 2",))
    with pytest.raises(NotFound, match="Its artifacts are: x, y"):
        compare_artifacts(reader(), spec("PaperFlow/1/start/0/x"), spec("PaperFlow/1/start/0/z"))


def test_only_what_is_alike_is_compared(storage: Storage, reader: Open) -> None:
    RunOnPaper(storage).task("start")
    with pytest.raises(UsageError, match="Name two runs"):
        compare_objects(reader(), spec("PaperFlow/1"), spec("PaperFlow/1/start/0"))
    with pytest.raises(UsageError, match="flows and steps cannot"):
        compare_objects(reader(), spec("PaperFlow/1/start"), spec("PaperFlow/1/start"))


def test_an_answer_is_plain_json(storage: Storage, reader: Open) -> None:
    for run_id in ("1", "2"):
        RunOnPaper(storage, run_id, parameters={"alpha": run_id}).task("start", values={"x": run_id})
    document = msgspec.json.decode(msgspec.json.encode(between(reader())))
    assert document["parameters"][0]["facts"] == ["'1' → '2'"]
    assert document["tasks"][0]["before"]["tasks"] == 1

"""What takes space, added up in every depth."""

from headwater.metadata.rebuild import measure_files
from headwater.records.log import Stream
from headwater.records.task import Outcome
from headwater.testing.documents import RunOnPaper
from headwater.upkeep.policy import RunKey, Why
from headwater.upkeep.request import freed_by, read_request
from headwater.upkeep.space import measure_new, space_of_flow, space_of_root, space_of_run, space_of_step
from unit.upkeep.conftest import Root

SHARED = b"in every run, and larger than what stands in a record " * 100
BLOCK = 4096


def own(number: int) -> bytes:
    return b"of one run %d " % number * 1000


def test_a_value_of_several_runs_belongs_to_none_of_them(root: Root) -> None:
    for number in (1, 2):
        root.run(str(number), values={"shared": SHARED, "own": own(number)})
    measure_new(root.storage, root.index)
    usage = space_of_flow(root.storage, root.index, "PaperFlow")
    assert [(part.name, part.own, part.shared) for part in usage.parts] == [
        ("PaperFlow/1", len(own(1)), len(SHARED)),
        ("PaperFlow/2", len(own(2)), len(SHARED)),
    ]
    assert usage.common == len(SHARED)
    assert usage.total == 2 * len(own(1)) + len(SHARED) + 6 * BLOCK


def test_flows_are_told_the_largest_first(root: Root) -> None:
    root.run("1", flow="Small", values={"shared": SHARED})
    root.run("2", flow="Large", values={"shared": SHARED, "own": own(2)})
    usage = space_of_root(root.storage, root.index)
    assert [(part.name, part.members, part.own) for part in usage.parts] == [
        ("Large", 1, len(own(2))),
        ("Small", 1, 0),
    ]
    assert usage.common == len(SHARED)


def test_a_run_is_told_by_step_and_a_step_by_artifact(root: Root) -> None:
    paper = RunOnPaper(root.storage)
    paper.task("start", values={"big": SHARED, "small": b"12345"})
    paper.task("end", "0", outcome=Outcome.FAILED, values={"big": SHARED, "late": own(3)})
    paper.task("end", "0", attempt=1, values={"late": own(3)})
    paper.log([(Stream.STDOUT, b"hello")])
    key = RunKey("PaperFlow", "1")
    usage = space_of_run(root.storage, root.index, key)
    assert {(part.name, part.members, part.own, part.shared, part.logs) for part in usage.parts} == {
        ("end", 2, len(own(3)), len(SHARED), 0),
        ("start", 1, 0, len(SHARED), BLOCK),
    }
    assert usage.common == len(SHARED)
    step = space_of_step(root.storage, key, "end")
    assert {(part.name, part.members, part.own) for part in step.parts} == {
        ("late", 2, len(own(3))),
        ("big", 1, len(SHARED)),
    }
    (small,) = [part for part in space_of_step(root.storage, key, "start", "0").parts if part.name == "small"]
    assert 0 < small.documents < 20


def test_logs_and_documents_are_measured_in_blocks_and_again_while_a_run_has_no_end(root: Root) -> None:
    paper = RunOnPaper(root.storage)
    paper.task("start")
    measure_new(root.storage, root.index)
    paper.log([(Stream.STDOUT, b"x" * 5000)])
    assert measure_files(root.storage, "PaperFlow", "1") == (2 * BLOCK, 2 * BLOCK)
    measure_new(root.storage, root.index)
    (row,) = root.index.space()
    assert row.files == (2 * BLOCK, 2 * BLOCK)


def test_what_a_removal_would_free_counts_what_the_runs_share_among_themselves(root: Root) -> None:
    one, two, three = (root.run(str(number), values={"shared": SHARED, "own": own(number)}) for number in (1, 2, 3))
    files = 3 * BLOCK
    assert freed_by(root.storage, root.index, [one]) == files + len(own(1))
    assert freed_by(root.storage, root.index, [one, two, three]) == 3 * (files + len(own(1))) + len(SHARED)
    assert freed_by(root.storage, root.index, []) == 0


def test_a_run_that_others_need_is_refused_and_they_are_named(root: Root) -> None:
    one = root.run("1")
    two, three = root.run("2", origin="1"), root.run("3", origin="1")
    pinned = root.run("4", tags=("keep",))
    (refused,) = read_request(root.storage, root.index, [one]).refused
    assert (refused.key, refused.why, refused.by) == (one, Why.REACHED, (two, three))
    whole = read_request(root.storage, root.index, [one], with_dependents=True)
    assert ([run.key for run in whole.runs], whole.refused) == ([three, two, one], ())
    assert [one.why for one in read_request(root.storage, root.index, [pinned]).refused] == [Why.PINNED]

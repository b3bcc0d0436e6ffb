from pathlib import Path

import pytest
from benchmarks.rootmaker import Made, make_root

from headwater.client.reader import Reader
from headwater.metadata.index import Index
from headwater.metadata.rebuild import rebuild
from headwater.storage.local import LocalStorage


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_root(tmp_path_factory.mktemp("big") / "root", runs=100, tasks=2_000, until=1_700_000_000.0)


def test_a_made_root_has_about_what_was_asked_for(made: Made) -> None:
    assert made.runs == 100
    assert 1_900 <= made.tasks <= 2_100
    assert all((made.sweep, made.training, made.earlier, made.resumed, made.failed, made.lost))


def test_its_index_says_what_its_documents_say(made: Made) -> None:
    with Index(made.root / "index.db") as told, Index(None) as read:
        assert rebuild(read, LocalStorage(made.root)) == []
        assert read.dump() == told.dump()


def test_its_runs_are_as_runs_are(made: Made) -> None:
    with Index(made.root / "index.db") as index:
        reader = Reader(LocalStorage(made.root), index)
        resumed = reader.run_row(*made.resumed.split("/"))
        assert resumed.origin_run_id is not None
        work = next(step for step in reader.steps(resumed.flow, resumed.run_id) if step.step == "work")
        assert work.taken_over == work.tasks == work.done
        assert reader.status(*made.lost.split("/")) == "lost"
        flow, run_id = made.training.split("/")
        view = reader.view(flow, reader.attempts(flow, run_id, "end", "0")[-1])
        assert isinstance(view.load("model"), bytes)


def test_equal_arguments_make_equal_roots(made: Made, tmp_path: Path) -> None:
    again = make_root(tmp_path / "root", runs=100, tasks=2_000, until=1_700_000_000.0)
    with Index(made.root / "index.db") as one, Index(again.root / "index.db") as other:
        assert one.dump() == other.dump()

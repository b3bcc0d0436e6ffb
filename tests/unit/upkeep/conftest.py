"""A root in a folder, its index, and runs on paper in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.metadata.index import Index
from headwater.metadata.rebuild import catch_up
from headwater.records.run import RunOutcome
from headwater.records.task import TaskRange
from headwater.storage.local import LocalStorage
from headwater.testing.documents import RunOnPaper
from headwater.upkeep.policy import RunKey


class Root:
    """Runs are written, then looked after."""

    def __init__(self, folder: Path) -> None:
        self.storage = LocalStorage(folder)
        self.storage.prepare("index.db")
        self._index = Index(folder / "index.db")

    @property
    def index(self) -> Index:
        """Caught up."""
        catch_up(self._index, self.storage)
        return self._index

    def close(self) -> None:
        self._index.close()

    def run(
        self,
        run_id: str,
        flow: str = "PaperFlow",
        outcome: RunOutcome | None = RunOutcome.SUCCEEDED,
        values: dict[str, Any] | None = None,
        origin: str | None = None,
        **more: Any,
    ) -> RunKey:
        """A run begun at second 1000 + its id, with one task; `origin`: the run of which it took the start over."""
        paper = RunOnPaper(self.storage, run_id, flow, created_at=1000.0 + int(run_id), origin_run_id=origin, **more)
        if origin is not None:
            paper.origin((TaskRange(run_id=origin, step="start", first="0"),))
        paper.task("end" if origin else "start", values=values or {})
        if outcome is not None:
            paper.end(outcome)
        return RunKey(flow, run_id)

    def keys(self) -> set[str]:
        return {f"{path.parent.parent.name}/{path.parent.name}" for path in self.path.glob("flows/*/*/run.json")}

    def blobs(self) -> int:
        return len(list(self.path.glob("blobs/*/*")))

    @property
    def path(self) -> Path:
        return Path(self.storage.url)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    made = Root(tmp_path / "root")
    yield made
    made.close()

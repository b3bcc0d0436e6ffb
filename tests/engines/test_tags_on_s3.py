"""Tags of runs in a bucket, changed on two machines whose indexes know nothing of each other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.client import scope
from headwater.client.objects import Flow, Run
from headwater.client.reader import close_readers
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper


@pytest.mark.engine("moto")
def test_tags_given_on_one_machine_are_seen_on_another(
    tmp_path: Path, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = f"s3://{new_bucket()}/team"
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", root)
    monkeypatch.setattr(scope, "_chosen", None)

    def on(machine: str) -> Run:
        close_readers()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / machine))
        return Run("PaperFlow/1")

    with open_storage(root) as storage:
        RunOnPaper(storage, tags=("given",)).end()
    try:
        assert on("one").user_tags == {"given"}
        on("two").replace_tag("given", "blue")
        there = on("one")
        there.add_tag("red")
        assert there.user_tags == {"blue", "red"}
        assert [run.id for run in Flow("PaperFlow").runs("blue")] == ["1"]
        assert on("two").user_tags == {"blue", "red"}
    finally:
        close_readers()

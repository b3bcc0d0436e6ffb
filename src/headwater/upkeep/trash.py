"""Removed runs, until a sweep: `.trash/<microseconds>/<Flow>/<run id>`, a folder for each removal.

A run is removed by renaming its folder, so a reader sees all of it or nothing. What cannot be brought back any more
lies in `.trash/gone-...`: whoever empties the trash renames first, so that no half of a run is ever brought back.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from headwater.errors import NotFound, StorageError
from headwater.storage import layout
from headwater.storage.local import LocalStorage
from headwater.upkeep.policy import RunKey

_GONE = "gone-"


class Trash:
    """The trash of one root; used by the process that holds the root's upkeep."""

    def __init__(self, storage: LocalStorage) -> None:
        self._storage = storage
        self._root = Path(storage.url)
        self._folder = self._root / layout.TRASH

    def new_batch(self, for_good: bool = False) -> Path:
        """Where the runs of one removal go; `for_good`: where nothing comes back from."""
        number = time.time_ns() // 1000
        while True:
            batch = self._folder / f"{_GONE if for_good else ''}{number}"
            try:
                batch.mkdir(mode=0o700, parents=True)
            except FileExistsError:
                number += 1
            else:
                return batch

    def take(self, batch: Path, key: RunKey) -> None:
        """Remove a run, whose lock the caller holds."""
        source = self._root / layout.run(*key)
        (batch / key.flow).mkdir(exist_ok=True)
        try:
            source.rename(batch / key.flow / key.run_id)
        except OSError as exc:
            raise StorageError(
                f"{source} cannot be removed: {exc.strerror}. Check that you own the root's folder."
            ) from exc

    def undo(self) -> list[RunKey]:
        """Bring back what the last removal took; `NotFound` when there is none."""
        batches = [batch for batch in self._batches() if any(_runs_in(batch))]
        if not batches:
            raise NotFound(
                f"There is nothing in {self._root} to bring back: no run was removed since the last `headwater gc`."
            )
        batch = batches[-1]
        back = [key for key in sorted(_runs_in(batch)) if self._bring_back(batch, key)]
        shutil.rmtree(batch)
        return back

    def empty(self) -> int:
        """Delete everything for good; how many bytes of the disk that were."""
        for batch in self._batches():
            batch.rename(self._folder / f"{_GONE}{batch.name}")
        freed = 0
        for gone in self._names():
            freed += sum(_size(folder, name) for folder, _, names in os.walk(self._folder / gone) for name in names)
            shutil.rmtree(self._folder / gone, ignore_errors=True)
        return freed

    def runs(self) -> list[RunKey]:
        """What could be brought back, the last removal first."""
        return [key for batch in reversed(self._batches()) for key in sorted(_runs_in(batch))]

    def _bring_back(self, batch: Path, key: RunKey) -> bool:
        target = self._root / layout.run(*key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            (batch / key.flow / key.run_id).rename(target)
        except OSError as exc:
            raise StorageError(
                f"{key} cannot be brought back to {target}: {exc.strerror}. Move what is there away, and try again."
            ) from exc
        return True

    def _batches(self) -> list[Path]:
        """Removals that can be undone, the oldest first."""
        return sorted((self._folder / name for name in self._names() if name.isdigit()), key=lambda one: int(one.name))

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except FileNotFoundError:
            return []


def _runs_in(batch: Path) -> Iterator[RunKey]:
    for flow in batch.iterdir():
        yield from (RunKey(flow.name, run.name) for run in flow.iterdir())


def _size(folder: str, name: str) -> int:
    try:
        return os.lstat(os.path.join(folder, name)).st_blocks * 512
    except FileNotFoundError:
        return 0

"""Where a root's index is, and how it is opened: whatever is wrong with the file, the documents can be read."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from headwater.errors import IndexUnusable
from headwater.metadata.index import Index
from headwater.metadata.rebuild import catch_up
from headwater.storage.base import Storage
from headwater.storage.cache import cache_folder, cache_name
from headwater.storage.liveness import is_alive
from headwater.storage.local import LocalStorage
from headwater.storage.runs import stored_runs

INDEX_NAME = "index.db"
_MANY_RUNS = 100  # fewer are read in a moment
_SIDE_FILES = ("", "-wal", "-shm")


def open_index(
    storage: Storage, environ: Mapping[str, str] | None = None, tell: Callable[[str], None] = lambda text: None
) -> Index:
    """The index of a root, caught up with its documents.

    A file that is damaged or of an older version is made anew. Where none can be written, the index is made in memory.
    `tell` hears of it when it will take long.
    """
    path = index_path(storage, os.environ if environ is None else environ)
    index = open_index_file(storage, path)
    try:
        _tell_of_long_work(index, storage, tell)
        catch_up(index, storage, _written_by_its_driver(index, storage))
    except IndexUnusable as exc:
        index.close()
        index = _replace_file(path) if path and exc.replaceable else Index(None)
        _tell_of_long_work(index, storage, tell)
        catch_up(index, storage)
    return index


def open_index_file(storage: Storage, path: Path | None) -> Index:
    """The index in a file as it is, made if need be; in memory where there is no path, or none can be made there."""
    return _open_file(path) if path and _make_folder(storage, path) else Index(None)


def _tell_of_long_work(index: Index, storage: Storage, tell: Callable[[str], None]) -> None:
    if not index.fresh:
        return
    runs = len(stored_runs(storage))
    if runs >= _MANY_RUNS:
        kept = "this happens once" if index.path else "again each time, since it cannot be kept beside them"
        tell(f"Reading {runs:,} runs of {storage.url} into an index; {kept}.")


def _written_by_its_driver(index: Index, storage: Storage) -> Callable[[str, str], bool] | None:
    """Says of a run whether its driver lives, and writes this very index; None when it has to be read in any case."""
    if index.fresh or index.path is None or not storage.local:
        return None
    return lambda flow, run_id: is_alive(storage, flow, run_id)


def index_path(storage: Storage, environ: Mapping[str, str]) -> Path | None:
    """`index.db` in a local root; for a bucket, a file in the user's cache that bears a hash of the root.

    None for a root in memory: it is gone before an index of it is asked again.
    """
    if storage.folder is not None:
        return Path(storage.folder) / INDEX_NAME
    if storage.url.startswith("memory:"):
        return None
    return cache_folder(environ) / "index" / f"{cache_name(storage.url)}.db"


def _make_folder(storage: Storage, path: Path) -> bool:
    """False: the index cannot be kept there. A root that is not ours to write to can be read all the same."""
    try:
        if isinstance(storage, LocalStorage):
            storage.prepare(INDEX_NAME)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return True


def _open_file(path: Path) -> Index:
    try:
        return Index(path)
    except IndexUnusable as exc:
        return _replace_file(path) if exc.replaceable else Index(None)


def _replace_file(path: Path) -> Index:
    """An empty index in place of one that cannot be read; in memory where even that cannot be."""
    try:
        for suffix in _SIDE_FILES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return Index(path)
    except (OSError, IndexUnusable):
        return Index(None)

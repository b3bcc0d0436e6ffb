"""One import as readers see it: its source, and an index of it that is filled as it is asked.

A run is one row as soon as it is listed; its tasks are read when somebody asks for them, and stay in the index. What
changed since is told by stamps, so a run that is still being executed elsewhere shows its news.
"""

from collections.abc import Callable
from contextlib import suppress

from headwater.errors import HeadwaterError, IndexUnusable, StorageError
from headwater.imports.catalogue import tags_folder
from headwater.imports.source import RunName, Source
from headwater.metadata.base import RunDocuments
from headwater.metadata.index import Index
from headwater.records.imports import ImportRecord
from headwater.records.run import RunOutcome
from headwater.records.tags import TagsRecord
from headwater.storage.base import Storage
from headwater.storage.documents import find_document

_WITH_TASKS = "+"  # behind the stamp of a run whose tasks are in the index


class History:
    """The runs of one import."""

    def __init__(self, record: ImportRecord, source: Source, storage: Storage, index: Index) -> None:
        """`storage`: of the root, which has what was changed of these runs here."""
        self.record = record
        self.source = source
        self.index = index
        self._storage = storage
        #: Runs that cannot be read, and why.
        self.left_out: dict[RunName, str] = {}

    def close(self) -> None:
        self.index.close()

    def is_there(self) -> bool:
        return self.source.is_there()

    def missing(self) -> str:
        """What to say when it is not."""
        record = self.record
        return (
            f"Import {record.number} reads {record.folder}, and nothing is there: the folder was moved or removed. "
            f"Put it back, or forget the import: headwater import remove {record.number}"
        )

    def has_run(self, flow: str, run_id: str) -> bool:
        return self._shows(flow) and self.source.has_run(flow, run_id)

    def knows(self, flow: str, run_id: str) -> bool:
        """Whether a run is one of this import, in the store or, while that is away, in the index."""
        return self._shows(flow) and (self.source.has_run(flow, run_id) or self.index.run(flow, run_id) is not None)

    def stored_runs(self) -> set[RunName]:
        """Every run that the store has now, of the flows that were chosen."""
        flows = self.record.flows or self.source.flows()
        return {RunName(flow, run_id) for flow in flows for run_id in self.source.runs(flow)}

    def catch_up(
        self, is_taken: Callable[[str, str], bool], tell: Callable[[int, int], None] = lambda done, total: None
    ) -> None:
        """Read what is new in the store. `is_taken`: a run of that name is somewhere else, and that one is shown."""
        if not self.is_there():
            return
        try:
            self._catch_up(is_taken, tell)
        except IndexUnusable:
            self._start_again()
            self._catch_up(is_taken, tell)

    def _catch_up(self, is_taken: Callable[[str, str], bool], tell: Callable[[int, int], None]) -> None:
        stored = self.stored_runs()
        seen = self.index.seen(every=True)
        succeeded = {name for name in seen if _stays(self.index, name)}
        for done, name in enumerate(sorted(stored)):
            tell(done, len(stored))
            stamp = self.source.stamp(*name, ended=name in succeeded)
            if seen.get(name, "").removesuffix(_WITH_TASKS) != stamp and not is_taken(*name):
                self._read_run(name)
        for gone in seen.keys() - stored:
            self.index.forget_run(*gone)

    def catch_up_run(self, flow: str, run_id: str) -> None:
        """The same for one run, with its tasks."""
        if not self.has_run(flow, run_id):
            return
        try:
            self._catch_up_run(flow, run_id)
        except IndexUnusable:
            self._start_again()
            self._catch_up_run(flow, run_id)

    def _start_again(self) -> None:
        """The index's file is damaged, or may not be written: what it held stands in the store."""
        self.index.close()
        self.index = Index(None)

    def _catch_up_run(self, flow: str, run_id: str) -> None:
        name = RunName(flow, run_id)
        stamp = self.source.stamp(*name, ended=_stays(self.index, name))
        seen = self.index.seen(every=True).get(name, "")
        if seen == stamp + _WITH_TASKS:
            return
        if seen != stamp:
            self._read_run(name)
            stamp = self.source.stamp(*name, ended=_stays(self.index, name))
        self.index.add_tasks(list(self.source.tasks(flow, run_id)))
        self.index.mark_seen(flow, run_id, stamp + _WITH_TASKS)

    def tags(self, flow: str, run_id: str) -> TagsRecord | None:
        """What was made of a run's tags here."""
        folder = tags_folder(self.record.number, flow, run_id)
        numbers = [int(name.removesuffix(".json")) for name in self._storage.list_names(folder)]
        return find_document(self._storage, TagsRecord, f"{folder}/{max(numbers)}.json") if numbers else None

    def check(self) -> None:
        """`StorageError` when the store is away."""
        if not self.is_there():
            raise StorageError(self.missing())

    def _shows(self, flow: str) -> bool:
        return not self.record.flows or flow in self.record.flows

    def _read_run(self, name: RunName) -> None:
        self.index.forget_run(*name)
        try:
            run = self.source.run(*name)
        except HeadwaterError as exc:  # whoever asks for it by its name hears why, too
            self.left_out[name] = str(exc)
            return
        if run is None:
            return
        end = None
        with suppress(HeadwaterError):  # its tasks cannot be listed: it is lost, as far as can be seen
            end = self.source.end(*name)
        self.left_out.pop(name, None)
        self.index.add_documents(RunDocuments(*name, run=run, tags=self.tags(*name), end=end))
        self.index.mark_seen(*name, self.source.stamp(*name, ended=_stays(self.index, name)))


def _stays(index: Index, name: tuple[str, str]) -> bool:
    """Whether a run came to its end: then nothing but its tags can change."""
    row = index.run(*name)
    return row is not None and row.outcome == RunOutcome.SUCCEEDED.value

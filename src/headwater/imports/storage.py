"""A source as a storage whose keys are ours: its documents are made when they are read, and nothing can be written."""

import re
from collections.abc import Iterator
from typing import NoReturn

from headwater.errors import StorageError
from headwater.imports.source import Source
from headwater.records.base import Record, encode
from headwater.records.task import Outcome
from headwater.storage import layout
from headwater.storage.base import Bytes, Entry, Names, Storage, validate_key

_RUN = r"flows/([^/]+)/([^/]+)"
_DOCUMENT = re.compile(rf"{_RUN}/(run|end)\.json")
_TASK = re.compile(rf"{_RUN}/tasks/([^/]+)/([^/@]+)(?:@([0-9]+))?\.json")
_LOG = re.compile(rf"{_RUN}/logs/([^/]+)/([^/@]+)@([0-9]+)\.log")
_TASKS = re.compile(rf"{_RUN}/tasks(?:/([^/]+))?")
_LOGS = re.compile(rf"{_RUN}/logs(?:/([^/]+))?")


class SourceStorage(Storage):
    """The runs of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def url(self) -> str:
        return self._source.folder

    def read(self, key: str) -> bytes:
        found = self._make(key)
        if found is None:
            raise KeyError(key)
        return encode(found) if isinstance(found, Record) else found

    def read_range(self, key: str, start: int, length: int) -> bytes:
        return self.read(key)[start : start + length]

    def size(self, key: str) -> int | None:
        try:
            return len(self.read(key))
        except KeyError:
            return None

    def list(self, prefix: str) -> Iterator[Entry]:
        """The tasks, or the logs, of a run or of one step; their sizes are not known before they are made."""
        if match := _TASKS.fullmatch(prefix):
            flow, run_id, step = match.groups()
            for record in self._source.tasks(flow, run_id):
                place = (flow, run_id, record.step, record.task_id)
                if step in (None, record.step):
                    failed = record.outcome is Outcome.FAILED
                    yield Entry(layout.attempt(*place, record.attempt) if failed else layout.task(*place), 0)
        elif match := _LOGS.fullmatch(prefix):
            flow, run_id, step = match.groups()
            steps = [step] if step else sorted({record.step for record in self._source.tasks(flow, run_id)})
            for name in steps:
                for task_id, number in self._source.logs(flow, run_id, name):
                    yield Entry(layout.log(flow, run_id, name, task_id, number), 0)

    def list_names(self, prefix: str) -> Names:
        if prefix == layout.FLOWS:
            return self._source.flows()
        folder, _, flow = prefix.partition("/")
        if folder == layout.FLOWS and flow.isidentifier():
            return self._source.runs(flow)
        return sorted({entry.key[len(prefix) + 1 :].partition("/")[0] for entry in self.list(prefix)})

    def create(self, key: str, data: Bytes) -> bool:
        self._refuse()

    def overwrite(self, key: str, *parts: Bytes) -> None:
        self._refuse()

    def delete(self, key: str) -> None:
        self._refuse()

    def _make(self, key: str) -> Record | bytes | None:
        validate_key(key)
        if match := _DOCUMENT.fullmatch(key):
            flow, run_id, kind = match.groups()
            return self._source.run(flow, run_id) if kind == "run" else self._source.end(flow, run_id)
        if match := _TASK.fullmatch(key):
            flow, run_id, step, task_id, number = match.groups()
            return self._source.task(flow, run_id, step, task_id, None if number is None else int(number))
        if match := _LOG.fullmatch(key):
            flow, run_id, step, task_id, number = match.groups()
            return self._source.log(flow, run_id, step, task_id, int(number))
        return None

    def _refuse(self) -> NoReturn:
        raise StorageError(
            f"The runs of {self._source.folder} are imported: they are read where they are, and never changed."
        )

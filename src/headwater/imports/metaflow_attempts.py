"""What the attempts of one Metaflow task came to, told from its folder with as few reads as that takes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from headwater.errors import RecordError
from headwater.imports.metaflow_blobs import DatastoreBlobs
from headwater.imports.metaflow_documents import (
    AttemptDocument,
    DataDocument,
    FactDocument,
    RuntimeDocument,
    SelfDocument,
)
from headwater.imports.metaflow_failures import failure_of
from headwater.imports.metaflow_files import META, DatastoreFiles, Listing
from headwater.records.task import Failure, FailureKind, Outcome

_ATTEMPT_FILE = re.compile(r"([0-9]{1,6})\.(attempt\.json|data\.json|DONE\.lock|runtime|task_begin|task_end)", re.ASCII)
_FACT_FILE = re.compile(r"sysmeta_(.+)_([0-9]{1,16})\.json", re.ASCII)


class Place(NamedTuple):
    """One task."""

    flow: str
    run_id: str
    step: str
    task_id: str


class Attempt(NamedTuple):
    """One attempt that ended."""

    number: int
    outcome: Outcome
    started_at: float
    ended_at: float
    data: DataDocument  # without values when it died
    failure: Failure | None = None


class TaskFolder:
    """The folder of one task."""

    def __init__(self, files: DatastoreFiles, blobs: DatastoreBlobs, place: Place) -> None:
        self._files = files
        self._blobs = blobs
        self.place = place
        self._left: dict[int, set[str]] = defaultdict(set)
        for name in Listing(files.path(*place)).files:
            match = _ATTEMPT_FILE.fullmatch(name)
            if match:
                self._left[int(match[1])].add(match[2])
        #: (field, milliseconds) -> name of its file, in the order of the times
        self.fact_files: dict[tuple[str, int], str] = {}
        for name in sorted(Listing(files.path(*place, META)).files):
            match = _FACT_FILE.fullmatch(name)
            if match:
                self.fact_files[match[1], int(match[2])] = name

    def attempts(self) -> Iterator[Attempt]:
        """Those that ended, the first one first; one that cannot be read is noted and left out."""
        for number in sorted(self._left):
            try:
                attempt = self._attempt(number)
            except RecordError as exc:
                self._files.note(f"{'/'.join(self.place)} attempt {number}", str(exc))
                continue
            if attempt is not None:
                yield attempt

    def newest_fact(self, field: str) -> FactDocument | None:
        times = [time for name, time in self.fact_files if name == field]
        if not times:
            return None
        return self._files.find_json(FactDocument, *self.place, META, self.fact_files[field, max(times)])

    def facts(self) -> list[FactDocument]:
        """All of them, in the order in which they were noted."""
        names = sorted((time, field, name) for (field, time), name in self.fact_files.items())
        found = (self._files.find_json(FactDocument, *self.place, META, name) for _, _, name in names)
        return [fact for fact in found if fact is not None]

    def _attempt(self, number: int) -> Attempt | None:
        left = self._left[number]
        if "DONE.lock" in left:
            data = self._files.read_json(DataDocument, *self.place, f"{number}.data.json")
            if data is None:
                raise RecordError(
                    f"{self._files.path(*self.place, f'{number}.data.json')} is missing. Restore it from a copy."
                )
            outcome, failure = self._outcome(data)
            return Attempt(number, outcome, self._started_at(number), self._done_at(number), data, failure)
        if "runtime" not in left:
            return None
        return self._died(number)

    def _outcome(self, data: DataDocument) -> tuple[Outcome, Failure | None]:
        if self._value(data, "_task_ok", True) and self._value(data, "_success", True):
            return Outcome.SUCCEEDED, None
        if self._value(data, "_task_ok", True):
            return Outcome.CAUGHT, failure_of(self._value(data, "_catch_exception"))
        return Outcome.FAILED, failure_of(self._value(data, "_exception"))

    def _value(self, data: DataDocument, name: str, default: object = None) -> object:
        return self._blobs.plain(self.place.flow, data.objects.get(name), default)

    def _died(self, number: int) -> Attempt:
        """Its process left nothing; the one that launched it said how it ended."""
        told = self._files.read_json(RuntimeDocument, *self.place, f"{number}.runtime") or RuntimeDocument()
        code = told.return_code
        ended_at = self._files.changed_ns(*self.place, f"{number}.runtime") / 1e9
        if told.killed:
            failure = Failure(kind=FailureKind.CANCELLED, message="The task was ended because another one failed.")
        elif code is not None and code < 0:
            failure = Failure(
                kind=FailureKind.SIGNAL, message=f"The task's process was killed by signal {-code}.", signal=-code
            )
        else:
            said = "" if code is None else f" with code {code}"
            failure = Failure(kind=FailureKind.EXIT, message=f"The task's process ended{said}.", exit_code=code)
        started_at = self._started_at(number)
        return Attempt(number, Outcome.FAILED, started_at, max(started_at, ended_at), DataDocument(), failure)

    def _started_at(self, number: int) -> float:
        """The first attempt began when the task was made known, as Metaflow's client has it."""
        begun = None if number == 0 else self._files.find_json(AttemptDocument, *self.place, f"{number}.attempt.json")
        if begun is not None:
            return begun.time
        known = self._files.find_json(SelfDocument, *self.place, META, "_self.json")
        return known.ts_epoch / 1000 if known else self._files.changed_ns(*self.place) / 1e9

    def _done_at(self, number: int) -> float:
        """Attempts are done one after the other, so the time in the name of a file tells, and it is not read."""
        done = sorted(other for other, left in self._left.items() if "DONE.lock" in left)
        times = sorted(time for field, time in self.fact_files if field == "attempt-done")
        place = done.index(number)
        if len(times) == len(done):
            return times[place] / 1000
        return self._files.changed_ns(*self.place, f"{number}.DONE.lock") / 1e9

"""A Metaflow datastore in a folder as a source of runs."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from headwater.imports.metaflow_attempts import Place, TaskFolder
from headwater.imports.metaflow_blobs import DatastoreBlobs
from headwater.imports.metaflow_documents import CodePackage, DataDocument, SelfDocument
from headwater.imports.metaflow_files import META, PARAMETERS, DatastoreFiles, Listing
from headwater.imports.metaflow_graph import RunGraph
from headwater.imports.metaflow_lineage import Lineage
from headwater.imports.metaflow_logs import STREAMS, WRITERS, join_logs
from headwater.imports.metaflow_tasks import TaskRecords, brief
from headwater.imports.metaflow_values import ValueRefs
from headwater.imports.source import Source, SourceSize, Unreadable
from headwater.records.artifact import BlobRef
from headwater.records.run import Code, Interpreter, RunEnd, RunOutcome, RunRecord
from headwater.records.task import Outcome, TaskRecord

KIND = "metaflow"
_KEPT_RUNS = 256
_MAX_MESSAGE = 500


class _Begun(NamedTuple):
    """What a run knew before its first task."""

    data: DataDocument
    graph: RunGraph


class MetaflowSource(Source):
    """One `.metaflow` folder."""

    def __init__(self, folder: str, number: int) -> None:
        super().__init__(folder, number)
        self._files = DatastoreFiles(folder)
        self._blobs = DatastoreBlobs(self._files, self.prefix)
        self._values = ValueRefs(self._blobs)
        self._begun: dict[tuple[str, str], _Begun] = {}
        lineage = Lineage(self._open, self._files.tasks, self._blobs.plain)
        self._records = TaskRecords(self._files, self._blobs, self._values, lineage)

    def is_there(self) -> bool:
        return bool(Listing(self.folder).folders)

    def flows(self) -> list[str]:
        return self._files.flows()

    def runs(self, flow: str) -> list[str]:
        return self._files.runs(flow)

    def has_run(self, flow: str, run_id: str) -> bool:
        return self._files.has_run(flow, run_id)

    def measure(self, flows: Collection[str]) -> SourceSize:
        tasks = sum(
            len(self._files.tasks(flow, run_id, step))
            for flow in flows
            for run_id in self._files.runs(flow)
            for step in self._files.steps(flow, run_id)
        )
        sizes = [size for flow in flows for size in self._files.value_sizes(flow)]
        return SourceSize(tasks, len(sizes), sum(sizes))

    def unreadable(self) -> list[Unreadable]:
        return sorted(self._files.unreadable.values())

    def stamp(self, flow: str, run_id: str, ended: bool) -> str:
        """Every file comes into its folder by a rename, which the time of the folder tells."""
        folders: list[tuple[str, ...]] = [(META,)]
        if not ended:
            steps = Listing(self._files.path(flow, run_id)).folders
            folders += [(), *((step,) for step in steps)]
            folders += [
                (step, task) for step in steps for task in Listing(self._files.path(flow, run_id, step)).folders
            ]
        times = [self._files.changed_ns(flow, run_id, *folder) for folder in folders]
        return f"{len(times)}-{times[0]}-{max(times)}"

    def run(self, flow: str, run_id: str) -> RunRecord | None:
        known = self._files.read_json(SelfDocument, flow, run_id, META, "_self.json")
        if known is None:
            return None
        data, graph = self._beginning(flow, run_id)
        first = self._first_task(flow, run_id, graph.start)
        refs = self._values.of(flow, data, graph.script)
        python = next((tag.partition(":")[2] for tag in known.system_tags if tag.startswith("python_version:")), "")
        return RunRecord(
            flow=flow,
            run_id=run_id,
            user=known.user_name or "",
            created_at=self._created_at(flow, run_id, known),
            file=graph.file,
            start=graph.start,
            end=graph.end,
            nodes=graph.nodes(),
            steps=graph.specs(flow),
            parameters={name: refs[name] for name in graph.parameters if name in refs and name not in graph.configs},
            configs={name: refs[name] for name in graph.configs if name in refs},
            constants={name: refs[name] for name in graph.constants if name in refs},
            code=self._code(flow, first, self._first_task(flow, run_id, graph.end)),
            interpreter=Interpreter(python=python),
            tags=tuple(sorted(known.tags)),
            system_tags=tuple(sorted(tag for tag in known.system_tags if tag != f"user:{known.user_name}")),
            origin_run_id=_known_text(first, "origin-run-id"),
            doc=graph.doc,
            system=KIND,
        )

    def end(self, flow: str, run_id: str) -> RunEnd | None:
        """Metaflow notes no end: the last step tells of a success, and a task that failed for good of a failure."""
        graph = self._beginning(flow, run_id).graph
        for task_id in self._files.tasks(flow, run_id, graph.end)[-1:]:
            for attempt in self._open(Place(flow, run_id, graph.end, task_id)).attempts():
                if attempt.outcome is not Outcome.FAILED:
                    return RunEnd(outcome=RunOutcome.SUCCEEDED, ended_at=attempt.ended_at)
        newest = {(record.step, record.task_id): record for record in self.tasks(flow, run_id)}
        failed = [record for record in newest.values() if record.outcome is Outcome.FAILED]
        if not failed:
            return None
        first = min(failed, key=lambda record: record.ended_at)
        reason = first.failure.message if first.failure else ""
        return RunEnd(
            outcome=RunOutcome.FAILED,
            ended_at=max(record.ended_at for record in newest.values()),
            message=f"{first.step}/{first.task_id} failed: {reason}"[:_MAX_MESSAGE],
            failed=tuple(f"{flow}/{run_id}/{record.step}/{record.task_id}" for record in failed),
        )

    def tasks(self, flow: str, run_id: str) -> Iterator[TaskRecord]:
        for step in self._files.steps(flow, run_id):
            for task_id in self._files.tasks(flow, run_id, step):
                place = Place(flow, run_id, step, task_id)
                for attempt in self._open(place).attempts():
                    yield brief(place, attempt, self._blobs)

    def task(self, flow: str, run_id: str, step: str, task_id: str, attempt: int | None) -> TaskRecord | None:
        place = Place(flow, run_id, step, task_id)
        data, graph = self._beginning(flow, run_id)
        return self._records.whole(self._open(place), attempt, graph, data)

    def log(self, flow: str, run_id: str, step: str, task_id: str, attempt: int) -> bytes | None:
        """Metaflow keeps no log of a task that it took over: that of the one that was executed stands for it."""
        place = Place(flow, run_id, step, task_id)
        for _ in range(2):
            started_at = self._files.changed_ns(*place) / 1e9
            found = [
                (stream, data)
                for name, stream in STREAMS.items()
                for writer in WRITERS
                if (data := self._files.read(*place, f"{attempt}.{writer}_{name}.log"))
            ]
            if found:
                return join_logs(found, started_at)
            origin = self._records.origin(self._open(place))
            if origin is None:
                return None
            place, attempt = origin, self._succeeded(origin)
        return None

    def logs(self, flow: str, run_id: str, step: str) -> list[tuple[str, int]]:
        return [
            (task_id, attempt.number)
            for task_id in self._files.tasks(flow, run_id, step)
            for attempt in self._open(Place(flow, run_id, step, task_id)).attempts()
        ]

    def load_blob(self, ref: BlobRef, label: str) -> bytes:
        return self._blobs.load(ref, label)

    def _open(self, place: Place) -> TaskFolder:
        return TaskFolder(self._files, self._blobs, place)

    def _succeeded(self, place: Place) -> int:
        numbers = [one.number for one in self._open(place).attempts() if one.outcome is not Outcome.FAILED]
        return numbers[-1] if numbers else 0

    def _beginning(self, flow: str, run_id: str) -> _Begun:
        known = self._begun.get((flow, run_id))
        if known is not None:
            return known
        tasks = self._files.tasks(flow, run_id, PARAMETERS)
        data = None
        for number in range(6):  # a launcher that tries again writes another attempt
            place = (flow, run_id, PARAMETERS, tasks[0], f"{number}.data.json") if tasks else None
            data = self._files.find_json(DataDocument, *place) if place else None
            if data is not None:
                break
        data = data or DataDocument()
        info = self._blobs.plain(flow, data.objects.get("_graph_info"))
        begun = _Begun(data, RunGraph(info, self._files.steps(flow, run_id)))
        if info is not None:  # without one, the run may still be beginning
            if len(self._begun) >= _KEPT_RUNS:
                self._begun.clear()
            self._begun[flow, run_id] = begun
        return begun

    def _created_at(self, flow: str, run_id: str, known: SelfDocument) -> float:
        """A change of tags writes the run's document anew, and its time with it; that of the parameters stays."""
        begun = self._files.find_json(SelfDocument, flow, run_id, PARAMETERS, META, "_self.json")
        times = [document.ts_epoch for document in (known, begun) if document is not None and document.ts_epoch]
        return min(times, default=0) / 1000

    def _first_task(self, flow: str, run_id: str, step: str) -> TaskFolder | None:
        tasks = self._files.tasks(flow, run_id, step)
        return self._open(Place(flow, run_id, step, tasks[0])) if tasks else None

    def _code(self, flow: str, first: TaskFolder | None, last: TaskFolder | None) -> Code:
        """A package that was made while the first step ran is noted by those after it alone."""
        noted = _known_text(first, "code-package") or _known_text(last, "code-package")
        script = (_known_text(first, "script-name") or "").rpartition("/")[2]
        if noted is None:
            return Code(script=script)
        try:
            sha = msgspec.json.decode(noted, type=CodePackage).sha
        except msgspec.DecodeError as exc:
            self._files.note(f"{flow}: the code of {first.place.run_id if first else ''}", str(exc))
            return Code(script=script)
        return Code(manifest=self._blobs.code_ref(flow, sha) if sha else None, script=script)


def _known_text(task: TaskFolder | None, field: str) -> str | None:
    """A fact that Metaflow knew of a task; it writes "None" for what it did not."""
    fact = task.newest_fact(field) if task is not None else None
    return None if fact is None or fact.text in ("None", "null", "") else fact.text

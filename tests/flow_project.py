"""A folder with an author's flow in it, run by the real command line; and what a run left in its root."""

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.view import ArtifactView, read_task
from headwater.records.base import decode
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.records.task import TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.open import open_storage

_HEADER = """\
import os, sys, signal, time
from headwater import (
    FlowSpec, JSONType, Parameter, catch, current, environment, parallel, resources, retry, step, timeout
)
"""
_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)


class Project:
    """One folder, one root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.file = folder / "flow.py"
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HEADWATER_", "METAFLOW_")) and name != "PYTHONDONTWRITEBYTECODE"
        } | {"HEADWATER_DATASTORE_ROOT": str(self.root), "HEADWATER_USER": "tester", "XDG_CONFIG_HOME": str(folder)}

    def write(self, source: str, name: str = "flow.py") -> Path:
        """A file of the author's. The flow's own gets the usual imports above it and the call of its class below."""
        text = textwrap.dedent(source)
        if name == "flow.py":
            text = f"{_HEADER}{text}\nif __name__ == '__main__':\n    {_CLASS.findall(text)[-1]}()\n"
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, *words: str, environ: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """The command line, begun."""
        return self.start_python(self.file.name, *words, environ=environ)

    def start_python(self, *words: str, environ: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Python in the folder, begun."""
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.folder,
            env={**self.environ, **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )

    def call(self, *words: str, environ: Mapping[str, str] | None = None) -> "Finished":
        """The command line, until it ends; the run is the newest of the root, if it made one."""
        before = self.run_ids()
        process = self.start(*words, environ=environ)
        return self.finished(process, before)

    def python(self, *words: str) -> "Finished":
        """Python in the folder, until it ends: `-m headwater ...`, `-c PROGRAM`."""
        before = self.run_ids()
        return self.finished(self.start_python(*words), before)

    def finished(self, process: "subprocess.Popen[str]", before: frozenset[str] = frozenset()) -> "Finished":
        try:
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
        made = self.run_ids() - before
        return Finished(self, process.returncode, stdout, stderr, max(made, key=int) if made else "")

    def run(self, source: str, *words: str, before: tuple[str, ...] = ()) -> "Finished":
        """Write the flow and run it; `before` stands before the command."""
        self.write(source)
        return self.call(*before, "run", *words)

    def run_ids(self) -> frozenset[str]:
        return frozenset(path.parent.name for path in self.root.glob("flows/*/*/run.json"))


class Finished(NamedTuple):
    """A command that has ended, and the run that it made."""

    project: Project
    code: int
    stdout: str
    stderr: str
    run_id: str

    def done(self) -> "Finished":
        """Itself, once it is sure that the run succeeded."""
        assert self.code == 0, self.stderr
        return self

    def failed(self, *words: str, code: int = 1) -> "Finished":
        """Itself, once it is sure that the command failed and that stderr says each of `words`."""
        assert self.code == code, self.stdout + self.stderr
        missing = [word for word in words if word not in self.stderr]
        assert not missing, f"{missing} not in:\n{self.stderr}"
        return self

    @property
    def flow(self) -> str:
        (path,) = self.project.root.glob(f"flows/*/{self.run_id}/run.json")
        return path.parent.parent.name

    @property
    def pathspec(self) -> str:
        return f"{self.flow}/{self.run_id}"

    @property
    def run(self) -> RunRecord:
        return decode(RunRecord, self._bytes(layout.run_record(self.flow, self.run_id)), "run.json")

    @property
    def end(self) -> RunEnd:
        return decode(RunEnd, self._bytes(layout.run_end(self.flow, self.run_id)), "end.json")

    @property
    def taken(self) -> dict[str, set[str]]:
        """What was taken over: by step, the runs that really executed its tasks."""
        found: dict[str, set[str]] = {}
        for path in (self.project.root / layout.run(self.flow, self.run_id) / "origin").glob("*.json"):
            for one in decode(OriginRecord, path.read_bytes(), str(path)).taken:
                found.setdefault(one.step, set()).add(one.run_id)
        return found

    @property
    def steps(self) -> set[str]:
        """The steps of which this run itself executed tasks."""
        return {path.name for path in (self.project.root / layout.run(self.flow, self.run_id) / "tasks").glob("*")}

    def tasks(self, step: str) -> set[str]:
        """The ids of the tasks that succeeded in this run."""
        folder = self.project.root / layout.tasks(self.flow, self.run_id, step)
        return {path.stem for path in folder.glob("*.json") if "@" not in path.name}

    def record(self, step: str, task_id: str = "0", attempt: int | None = None) -> TaskRecord:
        """The success of a task, or the failed attempt of that number."""
        place = (self.flow, self.run_id, step, task_id)
        key = layout.task(*place) if attempt is None else layout.attempt(*place, attempt)
        return decode(TaskRecord, self._bytes(key), key)

    def log(self, step: str, task_id: str = "0", attempt: int = 0) -> str:
        return self._bytes(layout.log(self.flow, self.run_id, step, task_id, attempt)).decode()

    def at(self, step: str, task_id: str = "0", attempt: int | None = None) -> "Left":
        """The artifacts of a task."""
        return Left(open_storage(str(self.project.root)), self.record(step, task_id, attempt))

    def values(self, name: str, step: str) -> list[Any]:
        """One artifact of every task of a step, in the order of their positions."""
        ids = sorted(self.tasks(step), key=lambda one: [int(part) for part in re.findall(r"\d+", one)])
        return [getattr(self.at(step, task_id), name) for task_id in ids]

    def _bytes(self, key: str) -> bytes:
        return (self.project.root / key).read_bytes()


class Left:
    """The artifacts of one task as attributes; `in` tells whether one is there."""

    def __init__(self, storage: Storage, record: TaskRecord) -> None:
        self._view = ArtifactView(ArtifactStore(storage), record, lambda owner: read_task(storage, record.flow, owner))

    def __getattr__(self, name: str) -> Any:
        return self._view.load(name)

    def __contains__(self, name: str) -> bool:
        return name in self._view

    @property
    def names_(self) -> set[str]:
        return self._view.names()

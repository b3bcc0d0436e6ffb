"""An executor over a file of plain functions: each is a step, run in real processes, without the worker or a graph."""

import os
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from headwater.executors.base import Ending, Executor, Launch
from headwater.executors.local import LocalExecutor
from headwater.executors.machine import Machine
from headwater.hosts.spawn import Errand, Kind, launch_fork_host
from headwater.records.decorators import AnyDecorator
from headwater.records.log import LogLine, LogText, Stream, parse_log
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import Gang, TaskSpec
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage

STUB = """
import importlib.util
from headwater.hosts.work import Loaded, Work

def load(file, class_name, module):
    spec = importlib.util.spec_from_file_location("steps", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Loaded(module, getattr(module, "refresh", lambda: None))

def run(module, spec):
    return getattr(module, spec.step)(spec) or 0

WORK = Work(load, lambda flow, run, url: flow, run)
"""


class Bench:
    """One executor and what came out of it. A subclass makes another than the local one."""

    def __init__(self, folder: Path, storage: Storage | None = None) -> None:
        self.folder = folder
        self.storage = storage or LocalStorage(folder / "root")
        self.lines: list[tuple[TaskSpec, LogLine]] = []
        self.notices: list[str] = []
        self.executor: Executor

    def open(self, code: str, kind: str = "fork", **options: Any) -> "Bench":
        """Start the executor; `code` defines the steps, `kind` is "fork" or "spawn", options are LocalExecutor's."""
        file = self.folder / "steps.py"
        file.write_text("import os, signal, subprocess, sys, threading, time\n" + textwrap.dedent(code))
        (self.folder / "stub_work.py").write_text(STUB)
        self.executor = self.make_executor(file, kind, options)
        self.executor.open(RunRecord(flow="F", run_id="1", user="u", created_at=1.0))
        return self

    def make_executor(self, file: Path, kind: str, options: dict[str, Any]) -> Executor:
        """An executor that is not open yet; it tells `self.hear` what its attempts print."""
        errand = Errand(Kind.FORK, str(file), None, "stub_work:WORK")
        settings: dict[str, Any] = {"max_workers": 16, "lock_fd": None, "machine": Machine(2, 1000), **options}
        return LocalExecutor(
            self.storage,
            str(file),
            None,
            launch_fork_host(errand, os.environ) if kind == "fork" else None,
            listener=self.hear,
            environ=os.environ,
            notice=self.notices.append,
            work="stub_work:WORK",
            **settings,
        )

    def hear(self, spec: TaskSpec, lines: Sequence[LogLine]) -> None:
        self.lines += [(spec, line) for line in lines]

    def spec(self, step: str, task_id: str = "0", gang: Gang | None = None) -> TaskSpec:
        return TaskSpec(flow="F", run_id="1", step=step, task_id=task_id, gang=gang)

    def launch(
        self, step: str, *task_ids: str, decorators: tuple[AnyDecorator, ...] = (), gang: bool = False
    ) -> Launch:
        ids = task_ids or ("0",)
        nodes = [Gang(size=len(ids), index=index) if gang else None for index in range(len(ids))]
        specs = tuple(self.spec(step, task_id, node) for task_id, node in zip(ids, nodes, strict=True))
        return Launch(StepSpec(flow="F", step=step, file="steps.py", module="steps", decorators=decorators), specs)

    def submit(self, step: str, *task_ids: str, decorators: tuple[AnyDecorator, ...] = ()) -> None:
        for task_id in task_ids or ("0",):
            self.executor.submit(self.launch(step, task_id, decorators=decorators))

    def finish(self) -> list[Ending]:
        """All endings, in the order in which they came."""
        endings: list[Ending] = []
        while self.executor.running():
            endings += self.executor.wait(60)
        return endings

    def run(self, step: str, *task_ids: str, decorators: tuple[AnyDecorator, ...] = ()) -> list[Ending]:
        self.submit(step, *task_ids, decorators=decorators)
        return self.finish()

    def log(self, step: str, task_id: str = "0") -> LogText:
        return parse_log(self.storage.read(layout.log("F", "1", step, task_id, 0)))

    def has_log(self, step: str, task_id: str = "0") -> bool:
        return self.storage.exists(layout.log("F", "1", step, task_id, 0))

    def notes(self, step: str, task_id: str = "0") -> list[str]:
        return [line.text for line in self.log(step, task_id).lines if line.stream is Stream.NOTE]

    def printed(self, count: int = 1) -> list[str]:
        """Drive the executor until this many lines were printed in all."""
        while len(self.lines) < count:
            assert self.executor.running(), "it ended without printing"
            assert not self.executor.wait(0.2), "it ended without printing"
        return [line.text for _, line in self.lines]


BenchMaker = Callable[..., Bench]


def wait_until(holds: Callable[[], bool], limit_s: float = 30.0) -> None:
    """For what another process does and tells nobody."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def process_lives(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"

"""A whole flow in a test: in a root of its own, in the test's process."""

import os
from pathlib import Path
from typing import Any

import pytest

from headwater import FlowSpec, Parameter, Run, RunFailed, get_root, step
from headwater.testing import run_flow


class Small(FlowSpec):
    """Two steps."""

    number = Parameter("number", default=1)

    @step
    def start(self) -> None:
        if self.number < 0:
            raise ValueError("below zero")
        self.pid = os.getpid()
        self.next(self.end)

    @step
    def end(self) -> None:
        self.result = self.number + 1


def _data(run: Run, step_name: str) -> Any:
    task = run[step_name].task
    assert task is not None
    return task.data


def test_a_flow_runs_in_the_tests_process_and_gives_its_run() -> None:
    run = run_flow(Small, number=4)
    assert (_data(run, "end").result, _data(run, "start").pid) == (5, os.getpid())
    assert _data(run_flow(Small, parameters={"number": 6}), "end").result == 7


def test_it_runs_in_processes_of_its_own_when_asked() -> None:
    assert _data(run_flow(Small, isolation="fork"), "start").pid != os.getpid()


def test_nothing_is_written_where_users_keep_their_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = get_root()
    run_flow(Small)
    assert list(tmp_path.iterdir()) == []
    assert get_root() == before


def test_a_failure_raises_with_the_run_which_can_be_read() -> None:
    with pytest.raises(RunFailed, match="below zero") as caught:
        run_flow(Small, number=-1)
    assert [task.pathspec.split("/")[2] for task in caught.value.run.failed_tasks] == ["start"]

"""What is known of a run and of its attempts beside their values: where they ran, with what, and how it went."""

import json
from typing import Any

from headwater.client.lineage import depths, foreach_path
from headwater.client.reader import Reader
from headwater.errors import InvalidName
from headwater.names import Position
from headwater.records.run import RunRecord
from headwater.records.task import TaskRecord


def environment_info(reader: Reader, run: RunRecord) -> dict[str, Any]:
    """Interpreter, machine, code and installed distributions (`name-version`, sorted) of a run, as it began."""
    interpreter, code = run.interpreter, run.code
    installed: list[str] = []
    if interpreter.distributions is not None:
        where = f"the distributions of {run.flow}/{run.run_id}"
        installed = json.loads(bytes(reader.store.load_blob(interpreter.distributions, where)))
    return {
        "python_version": interpreter.python,
        "implementation": interpreter.implementation,
        "platform": interpreter.platform,
        "headwater_version": interpreter.headwater,
        "user": run.user,
        "host_name": run.host_name,
        "script": code.script,
        "git_commit": code.git_commit,
        "git_dirty": code.git_dirty,
        "distributions": installed,
    }


def _position(run: RunRecord, record: TaskRecord) -> Position:
    try:
        return Position.parse(record.task_id, depths(run).get(record.step))
    except InvalidName:  # an imported task has a number of its own
        return Position()


def attempt_facts(run: RunRecord, record: TaskRecord, seen_from: str) -> dict[str, str]:
    """One attempt's facts as text, without those that are not known: `run` executed it, `seen_from` took it over."""
    taken_over = run.run_id != seen_from
    usage, failure = record.usage, record.failure
    facts = {
        "attempt": record.attempt,
        "outcome": record.outcome.value,
        "failure": failure.message if failure else None,
        "failure-kind": failure.kind.value if failure else None,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "host": record.host_name or None,
        "pid": record.pid or None,
        "cpu_s": usage.cpu_s if usage else None,
        "peak_memory": usage.peak_memory if usage else None,
        "foreach-execution-path": foreach_path(run, record.step, _position(run, record)) or None,
        "user": run.user,
        "python_version": run.interpreter.python or None,
        "platform": run.interpreter.platform or None,
        "headwater_version": run.interpreter.headwater or None,
        "script": run.code.script or None,
        "git-commit": run.code.git_commit,
        "origin-run-id": record.run_id if taken_over else None,
        "origin-task-id": record.task_id if taken_over else None,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}

"""`headwater.spin`: one step again, from Python, back as the client's `Task`."""

import os
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headwater import plugins
from headwater.artifacts.telling import failure_lines, first_line
from headwater.errors import RunFailed
from headwater.flow.load import adopted
from headwater.flow.spec import FlowSpec
from headwater.records.task import Outcome
from headwater.runner.api import check_class
from headwater.runner.choices import choose
from headwater.runner.notebook import is_of_an_interactive_shell, spin_in_a_process
from headwater.runner.options import Isolation
from headwater.runner.spin import SpinOptions, SpinResult, spin_flow

if TYPE_CHECKING:
    from headwater.client.task import Task


def spin(
    flow_class: type[FlowSpec],
    /,
    pathspec: str,
    *,
    artifacts: Mapping[str, Any] | None = None,
    skip_decorators: bool = False,
    persist: bool = False,
    isolation: str | Isolation | None = None,
    datastore_root: str | os.PathLike[str] | None = None,
) -> "Task":
    """Run one step of a flow as it is now, on the inputs of a past task, and return the task: `spin(MyFlow, "train")`.

    `pathspec`: "train" (your newest run with the step; the first task that failed, else the first), "train/3",
    "RUN/train", "RUN/train/3". `artifacts`: values in place of what the step inherits and of parameters; for a join by
    parent, {"run/step/task": {name: value}}. `persist`: keep the spin, which the next one of the step otherwise
    replaces. Nothing is written to the root's runs; `inspect_spin()` reads what was spun.

    Raises `RunFailed` when the step fails (its `.run` is the spin), NotFound when there is nothing to spin it on.
    """
    check_class(flow_class)
    chosen = choose((), None, (), isolation, datastore_root, None, True, None)
    options = SpinOptions(skip_decorators, artifacts or {}, persist)
    elsewhere = is_of_an_interactive_shell(flow_class, chosen.options.isolation)
    watch = plugins.load("face", "watch")
    with adopted(flow_class), watch(chosen.settings.datastore_root, True, chosen.options.isolation) as listener:
        how = (pathspec, options, chosen.options, chosen.settings, listener)
        if elsewhere:
            result = spin_in_a_process(flow_class, *how)
        else:
            result = spin_flow(flow_class, *how, embedded=True)
    return _task_of(result)


def _task_of(result: SpinResult) -> "Task":
    run, record = result.run, result.record
    if record.outcome is not Outcome.FAILED:
        found: Task = plugins.load("face", "spun")(
            f"{run.flow}/{run.run_id}/{record.step}/{record.task_id}", result.root
        )
        return found
    if result.interrupted:
        signal.raise_signal(signal.SIGINT)
    failure = record.failure
    lines = [f"{record.step}/{record.task_id} failed on the inputs of {result.origin}."]
    if failure is not None:
        lines = [f"{record.step}/{record.task_id} failed: {first_line(failure)}", *failure_lines(failure)]
    spun = plugins.load("face", "run")(f"{run.flow}/{run.run_id}", result.root)
    raise RunFailed("\n".join(lines), spun, (f"{run.flow}/{run.run_id}/{record.step}/{record.task_id}",))

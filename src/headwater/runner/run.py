"""`run_flow` and `resume_flow`: one run, from the author's class to its end.

    plan (checked, nothing opened) ─► fork host ─► session (root, index) ─► drive (scheduler, executor) ─► end

The order matters. The host is a fork of this process, and each attempt a fork of the host. So the host comes before
anything that owns threads or connections, and before the modules of the session are even imported: every page of memory
that the host has costs each fork.
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from headwater.errors import FlowLoadError, UsageError
from headwater.flow.config import configs_of
from headwater.flow.current import current
from headwater.flow.load import is_importable
from headwater.flow.parameter_values import resolve_parameters
from headwater.flow.resolve import is_open, resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.hosts.client import ForkHost
from headwater.hosts.fork import start_fork_host
from headwater.hosts.inline import InlineHost
from headwater.hosts.process import occupy_standard_descriptors
from headwater.hosts.safety import fork_hazard
from headwater.hosts.worker import WORK, foreground_work, loaded
from headwater.records.decorators import Environment, find_decorator
from headwater.runner.context import parameter_context
from headwater.runner.options import Isolation, RunOptions, RunResult
from headwater.runner.plan import RunPlan, make_plan
from headwater.runner.recall import recall_configs
from headwater.scheduler.events import Listener, Notice
from headwater.scheduler.origin import steps_to_rerun
from headwater.settings import Settings

if TYPE_CHECKING:
    from headwater.runner.session import Session


def run_flow(
    cls: type[FlowSpec],
    parameters: Mapping[str, Any],
    options: RunOptions,
    settings: Settings,
    listener: Listener,
    *,
    embedded: bool = False,
) -> RunResult:
    """Run a flow, from `parameters` by their Python or command-line names.

    `embedded`: the process is a program of its own, which has done more than to import the flow's file.
    What is wrong before the first task is raised; afterwards the result says how the run ended.
    """
    cls = resolve_flow(cls, options.choices._replace(with_=options.with_))
    plan = make_plan(cls, options, settings, listener)._replace(embedded=embedded)
    with current.beginning(plan.graph.name, plan.project()):
        values = resolve_parameters(cls, parameters, os.environ, parameter_context(cls, settings, listener))
    with ExitStack() as stack:
        return _open_session(plan, listener, stack).run(values)


def resume_flow(
    cls: type[FlowSpec],
    step_to_rerun: str | None,
    origin_run_id: str | None,
    options: RunOptions,
    settings: Settings,
    listener: Listener,
    *,
    embedded: bool = False,
) -> RunResult:
    """Run what a past run left undone, as a new run, from where it failed or from `step_to_rerun`."""
    cls, origin_run_id = _resolve_as_origin(cls, origin_run_id, options, settings, embedded)
    plan = make_plan(cls, options, settings, listener)._replace(embedded=embedded)
    rerun = steps_to_rerun(plan.graph, step_to_rerun)
    with ExitStack() as stack:
        return _open_session(plan, listener, stack).resume(origin_run_id, rerun)


def _resolve_as_origin(
    cls: type[FlowSpec], origin_run_id: str | None, options: RunOptions, settings: Settings, embedded: bool
) -> tuple[type[FlowSpec], str | None]:
    """The class with the configs of the run that is resumed, and the id of that run where it had to be looked for."""
    choices = options.choices._replace(with_=options.with_)
    if choices.config_files or choices.config_values:
        given = ", ".join([*choices.config_files, *choices.config_values])
        raise UsageError(
            f"resume takes no configs ({given}): a resumed run has those of its origin. To run with others, use run."
        )
    if is_open(cls) and configs_of(cls):
        forks = options.isolation in (None, Isolation.FORK) and fork_hazard(embedded) is None
        origin_run_id, known = recall_configs(cls.__name__, origin_run_id, settings, forks)
        choices = choices._replace(known_configs=known)
    return resolve_flow(cls, choices), origin_run_id


def _open_session(plan: RunPlan, listener: Listener, stack: ExitStack) -> "Session":
    host = open_host(plan, listener, stack)
    from headwater.runner.session import Session

    return Session(plan, host, listener, stack)


def open_host(plan: RunPlan, listener: Listener, stack: ExitStack) -> ForkHost | InlineHost | None:
    """Where attempts run, closed with the stack; None when each gets an interpreter of its own."""
    occupy_standard_descriptors()
    host = _start_host(plan, listener)
    if isinstance(host, ForkHost):
        stack.callback(host.close)
    return host


def _start_host(plan: RunPlan, listener: Listener) -> ForkHost | InlineHost | None:
    match _choose_isolation(plan, listener):
        case Isolation.FORK:
            return start_fork_host(loaded(plan.flow, embedded=plan.embedded), WORK)
        case Isolation.NONE:
            _tell_what_is_left_out(plan, listener)
            return InlineHost(
                loaded(plan.flow, in_process=True, embedded=plan.embedded), foreground_work(plan.options.post_mortem)
            )
        case Isolation.SPAWN:
            return None


def _choose_isolation(plan: RunPlan, listener: Listener) -> Isolation:
    asked = plan.options.isolation
    hazard = None if asked else fork_hazard(plan.embedded)
    chosen = Isolation.SPAWN if hazard else asked or Isolation.FORK
    if chosen is Isolation.SPAWN and not is_importable(plan.flow):
        reason = hazard or "isolation='spawn' was asked for"
        raise FlowLoadError(
            f"{plan.flow.__qualname__} cannot be imported by other processes, and they would have to: {reason}. "
            "Define the class at the top level of its file."
        )
    if hazard is not None:
        listener(Notice(f"Every task gets a fresh interpreter: {hazard}."))
    return chosen


def _tell_what_is_left_out(plan: RunPlan, listener: Listener) -> None:
    """Variables have to be there before the author's file is imported, and here it is imported already."""
    steps = [spec.step for spec in plan.steps if find_decorator(spec.decorators, Environment)]
    if steps:
        listener(Notice(f"@environment has no effect with --isolation none (on {', '.join(map(repr, steps))})."))

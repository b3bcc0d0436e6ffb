"""`headwater.run` and `headwater.resume`: a flow from Python, with Python values, back as the client's `Run`.

    adopt the script ─► run_flow / resume_flow, watched ─► Run, or RunFailed with the Run in it

Nothing is left behind in the process: signal handlers, environment and working directory are as they were. What the
flow's file is imported as stays so (see `flow.load`), since values of its classes are read back under that name.
"""

import os
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from headwater import plugins
from headwater.errors import FlowError, ParameterError
from headwater.flow import importing
from headwater.flow.load import adopted
from headwater.flow.parameters import parameters_of
from headwater.flow.spec import FlowSpec
from headwater.records.run import RunOutcome
from headwater.runner.choices import Chosen, choose, take_flow_options, with_configs, with_flow_options
from headwater.runner.failure import Gathering, run_failed
from headwater.runner.notebook import is_of_an_interactive_shell, resume_in_a_process, run_in_a_process
from headwater.runner.options import Isolation, OnFailure, RunOptions, RunResult
from headwater.runner.run import resume_flow, run_flow
from headwater.scheduler.events import Listener
from headwater.settings import Settings

if TYPE_CHECKING:
    from headwater.client.objects import Run

Start = Callable[[RunOptions, Settings, Listener], RunResult]


def run(
    flow_class: type[FlowSpec],
    /,
    *,
    tags: str | Iterable[str] = (),
    max_workers: int | None = None,
    with_: str | Iterable[str] = (),
    isolation: str | Isolation | None = None,
    datastore_root: str | os.PathLike[str] | None = None,
    namespace: str | None = None,
    quiet: bool | None = None,
    on_failure: str | OnFailure | None = None,
    parameters: Mapping[str, Any] | None = None,
    configs: Mapping[str, Any] | None = None,
    **more_parameters: Any,
) -> "Run":
    """Run a flow to its end and return the run: `run(TrainFlow, learning_rate=0.1).data.score`.

    Parameters of the flow are keyword arguments, by their Python names or those of the command line; values are
    Python objects, and text is converted as on the command line. A parameter that is called like an option of `run`
    is given in the mapping `parameters`.

    `configs`: configs of the flow by their names; a text or path is the file to read one from, a mapping its value.

    Of a flow with @project, `branch` and `production` say where in the project the run is; of one with
    @trigger_on_finish, `trigger` names runs (objects or pathspecs) that are to have started it.

    `with_`: decorators for every step that has none of their kind ("retry:times=2"). `isolation`: "fork", "spawn" or
    "none"; None forks where that is safe. `datastore_root`: where runs are kept, else what the environment and the
    working directory say. `quiet`: True shows what the steps print and nothing else, False shows progress as the
    command line does, None shows progress where stderr is a terminal and in a notebook. `on_failure`: "stop" or
    "finish".

    Raises `RunFailed`, which has the run as `.run`, when the run fails; ParameterError, LintError and their like when
    nothing has begun. Ctrl-C ends the run, says so in it, and raises KeyboardInterrupt.
    """
    check_class(flow_class)
    options = {
        "quiet": quiet,
        "isolation": isolation,
        "datastore_root": datastore_root,
        "on_failure": on_failure,
        "with_": with_ or None,
        "parameters": parameters,
        "configs": configs,
    }
    of_the_flow = take_flow_options(flow_class, more_parameters)
    options |= of_the_flow
    given = _join_parameters(flow_class, parameters, more_parameters, options)
    chosen = choose(tags, max_workers, with_, isolation, datastore_root, namespace, quiet, on_failure)
    chosen = with_configs(with_flow_options(chosen, of_the_flow), configs)
    if is_of_an_interactive_shell(flow_class, chosen.options.isolation):
        return _execute(flow_class, chosen, lambda *how: run_in_a_process(flow_class, given, *how))
    return _execute(flow_class, chosen, lambda *how: run_flow(flow_class, given, *how, embedded=True))


def resume(
    flow_class: type[FlowSpec],
    /,
    step: str | None = None,
    origin_run_id: "str | Run | None" = None,
    *,
    tags: str | Iterable[str] = (),
    max_workers: int | None = None,
    with_: str | Iterable[str] = (),
    isolation: str | Isolation | None = None,
    datastore_root: str | os.PathLike[str] | None = None,
    quiet: bool | None = None,
    on_failure: str | OnFailure | None = None,
    branch: str | None = None,
    production: bool | None = None,
) -> "Run":
    """Run what a past run left undone, as a new run with its parameters, and return the new run.

    `origin_run_id`: the run to resume, or its id; else your newest run of the flow. `step`: run this step and what
    follows it again, although it succeeded. The options and errors are those of `run`; the branch of a project is that
    of the origin, unless another is said.
    """
    origin = origin_run_id if origin_run_id is None or isinstance(origin_run_id, str) else origin_run_id.id
    check_class(flow_class)
    chosen = choose(tags, max_workers, with_, isolation, datastore_root, None, quiet, on_failure)
    chosen = with_flow_options(chosen, {"branch": branch, "production": production})
    if is_of_an_interactive_shell(flow_class, chosen.options.isolation):
        return _execute(flow_class, chosen, lambda *how: resume_in_a_process(flow_class, step, origin, *how))
    return _execute(flow_class, chosen, lambda *how: resume_flow(flow_class, step, origin, *how, embedded=True))


def _execute(flow_class: type[FlowSpec], chosen: Chosen, start: Start) -> "Run":
    watch = plugins.load("face", "watch")
    with adopted(flow_class), watch(chosen.settings.datastore_root, chosen.quiet, chosen.options.isolation) as listener:
        gathering = Gathering(listener)
        result = start(chosen.options, chosen.settings, gathering)
    found: Run = plugins.load("face", "run")(f"{result.run.flow}/{result.run.run_id}", chosen.settings.datastore_root)
    if result.end.outcome is RunOutcome.SUCCEEDED:
        return found
    error = run_failed(found, result.end, gathering.failed)
    if result.end.outcome is RunOutcome.INTERRUPTED and result.signals:
        if result.terminated:
            signal.raise_signal(signal.SIGTERM)  # to whoever would have had it, had no run been under way
            raise error
        raise KeyboardInterrupt(str(error)) from error
    raise error


def check_class(flow_class: object) -> None:
    if not (isinstance(flow_class, type) and issubclass(flow_class, FlowSpec) and flow_class is not FlowSpec):
        raise FlowError(
            f"{flow_class!r} is no flow. Give the class of the flow itself, without calling it: headwater.run(MyFlow)."
        )
    if importing.is_underway():
        raise FlowError(
            f"{flow_class.__name__} would run while its file is imported, as every process of a run does. "
            "Put the call below `if __name__ == '__main__':`."
        )


def _join_parameters(
    flow_class: type[FlowSpec],
    mapping: Mapping[str, Any] | None,
    keywords: Mapping[str, Any],
    options: Mapping[str, object],
) -> dict[str, Any]:
    """All parameters that were given; ParameterError where an option could be meant for a parameter."""
    given = dict(mapping or {})
    for name, value in keywords.items():
        if name in given:
            raise ParameterError(f"Parameter {name!r} was given twice. Give it once.")
        given[name] = value
    named = {spelling for name, parameter in parameters_of(flow_class).items() for spelling in (name, parameter.name)}
    for name in sorted(named & {name for name, value in options.items() if value is not None} - set(given)):
        raise ParameterError(
            f"{name!r} is an option of headwater.run and a parameter of {flow_class.__name__}. "
            f"Give the parameter as parameters={{{name!r}: ...}}; the keyword is the option."
        )
    return given

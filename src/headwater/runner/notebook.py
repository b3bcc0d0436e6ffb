"""A run that is started in a notebook or in IPython: a process of its own drives it, and forks for its tasks.

The process of a notebook has threads and open connections, so that it must not be forked; a class that stands in a cell
is written to a file, which every process of the run can import.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.errors import FlowLoadError, LintError
from headwater.flow.build import build_graph
from headwater.flow.config_value import plain_of
from headwater.flow.load import is_importable
from headwater.flow.resolve import configs_in, is_open, resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.graph.draft import Problem
from headwater.runner.elsewhere import Order, pack, run_elsewhere
from headwater.runner.interactive import be_module, is_of_a_cell, place_of, shell, write_flow
from headwater.runner.options import Isolation, RunOptions, RunResult
from headwater.runner.spin import SpinOptions, SpinResult
from headwater.scheduler.events import Listener
from headwater.settings import Settings


def is_of_an_interactive_shell(cls: type[FlowSpec], isolation: Isolation | None) -> bool:
    """Whether a run of the flow is driven by another process; FlowLoadError where it would have to and cannot."""
    of_a_cell = is_of_a_cell(cls)
    if shell() is None and not of_a_cell:
        return False
    if isolation is not Isolation.NONE:
        return of_a_cell or (is_importable(cls) and cls.__module__ != "__main__")
    if of_a_cell:
        raise FlowLoadError(
            f"{cls.__name__} was typed in, and isolation='none' runs steps of a flow that stands in a file. "
            "Leave isolation out, or write the flow to a file and import it."
        )
    return False


def run_in_a_process(
    cls: type[FlowSpec], given: Mapping[str, Any], options: RunOptions, settings: Settings, listener: Listener
) -> RunResult:
    """As `run_flow`."""
    resolved = resolve_flow(cls, options.choices._replace(with_=options.with_))
    _check(resolved)
    known = plain_of(dict(configs_in(resolved)))
    choices = options.choices._replace(known_configs=known, config_files={}, config_values={})
    order = _order(cls, options._replace(choices=choices), settings)._replace(parameters=pack(given))
    result: RunResult = run_elsewhere(order, listener)
    return result


def resume_in_a_process(
    cls: type[FlowSpec],
    step: str | None,
    origin_run_id: str | None,
    options: RunOptions,
    settings: Settings,
    listener: Listener,
) -> RunResult:
    """As `resume_flow`."""
    if not is_open(cls):  # else what it is depends on its origin, which is read where the run is driven
        _check(cls)
    order = _order(cls, options, settings)
    result: RunResult = run_elsewhere(order._replace(resume=True, step=step, origin_run_id=origin_run_id), listener)
    return result


def spin_in_a_process(
    cls: type[FlowSpec], pathspec: str, spin: SpinOptions, options: RunOptions, settings: Settings, listener: Listener
) -> SpinResult:
    """As `spin_flow`."""
    if not is_open(cls):
        _check(cls)
    order = _order(cls, options, settings)
    order = order._replace(step=pathspec, spin=spin._replace(artifacts={}), parameters=pack(spin.artifacts))
    result: SpinResult = run_elsewhere(order, listener)
    return result


def _check(cls: type[FlowSpec]) -> None:
    """What is wrong is told with the lines of the cell."""
    try:
        build_graph(cls)
    except LintError as exc:
        problems = [one for one in exc.problems if isinstance(one, Problem)]
        raise LintError(exc.flow, [one._replace(file=place_of(one.file)) for one in problems]) from None


def _order(cls: type[FlowSpec], options: RunOptions, settings: Settings) -> Order:
    if is_of_a_cell(cls):
        file = write_flow(cls, settings.datastore_root)
        options, module = options._replace(code_folder=os.getcwd()), be_module(file)
    else:
        file, module = Path(os.path.abspath(str(sys.modules[cls.__module__].__file__))), cls.__module__
    return Order(str(file), cls.__name__, module, options, settings)

"""The real work of a host: import the author's file, make a run's workplace, run attempts in it."""

from functools import partial
from pathlib import Path
from typing import Any

from headwater.artifacts.reducers import Scope, reducers_of
from headwater.flow.entropy import note_after_import
from headwater.flow.load import load_flow
from headwater.flow.spec import FlowSpec
from headwater.hosts.work import Loaded, Work
from headwater.records.run import RunRecord
from headwater.worker.attempt import PostMortem, run_attempt
from headwater.worker.resolved import as_the_run_has_it
from headwater.worker.workplace import Workplace


def loaded(flow: type[FlowSpec], in_process: bool = False, embedded: bool = False) -> Loaded:
    """A class that is imported already."""
    reducers_of(Scope())  # so that no fork has to load them
    return Loaded(flow, partial(note_after_import(embedded).refresh, in_process=in_process))


def _load(file: str, class_name: str | None, module: str | None) -> Loaded:
    return loaded(load_flow(Path(file), class_name, module))


def _prepare(flow: Any, run: RunRecord, storage_url: str) -> Workplace:
    flow = as_the_run_has_it(flow, run, storage_url)
    place = Workplace(flow, run, {step.step: step for step in run.steps}, storage_url)
    place.prepare_cards()
    return place


def foreground_work(post_mortem: PostMortem | None) -> Work:
    """The same in this very process; `post_mortem` is shown what ended a step."""
    return WORK._replace(run=partial(run_attempt, post_mortem=post_mortem))


WORK = Work(load=_load, prepare=_prepare, run=run_attempt)

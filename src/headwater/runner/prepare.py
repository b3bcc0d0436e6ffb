"""Everything that a run's record says, gathered before its first task."""

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from headwater.artifacts.included import save_file
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.environments.code import capture_code
from headwater.environments.git import GitProbe
from headwater.environments.interpreter import capture_interpreter
from headwater.errors import ArtifactError
from headwater.flow.config_value import plain_of
from headwater.flow.constants import constants_of
from headwater.flow.include_file import IncludedFile
from headwater.flow.package import package_of
from headwater.flow.parameter_values import plain_values
from headwater.flow.resolve import configs_in
from headwater.flow.spec import FlowSpec
from headwater.records.artifact import ArtifactRef
from headwater.records.flow_decorators import ProjectBranch, TriggerEvent
from headwater.records.run import RunRecord
from headwater.runner.options import RunOptions
from headwater.runner.plan import RunPlan
from headwater.runner.tags import system_tags, user_tags
from headwater.scheduler.events import Listener, Notice
from headwater.storage.base import Storage
from headwater.storage.layered import root_below

#: Options that are a part of the run's record by themselves, or say nothing about the run.
_TOLD_ELSEWHERE = frozenset({"tags", "run_id_file", "attribute_file", "code_folder", "choices", "resume_command"})


class Given(NamedTuple):
    """The values that a run starts from."""

    parameters: dict[str, ArtifactRef]
    constants: dict[str, ArtifactRef]
    configs: dict[str, ArtifactRef] = {}
    project: ProjectBranch | None = None
    triggers: tuple[TriggerEvent, ...] = ()
    origin_run_id: str | None = None


def save_parameters(storage: Storage, flow: type[FlowSpec], values: Mapping[str, Any]) -> dict[str, ArtifactRef]:
    """The values as readers without the author's classes can load them; `Parameter` makes them what they were."""
    store, budget = ArtifactStore(storage), InlineBudget()
    return {name: _save(store, name, value, budget) for name, value in sorted(plain_values(flow, values).items())}


def _save(store: ArtifactStore, name: str, value: Any, budget: InlineBudget) -> ArtifactRef:
    if isinstance(value, IncludedFile):
        return save_file(store, name, value, budget)
    return store.save(name, value, budget)


class _Room(InlineBudget):
    """Room for whatever comes: a config stands in the record, where a host finds it without opening storage."""

    def take(self, size: int, most: int = 0) -> bool:
        return True


def save_configs(storage: Storage, flow: type[FlowSpec]) -> dict[str, ArtifactRef]:
    """The configs of a resolved flow as plain values, which readers load without its classes."""
    store, budget = ArtifactStore(storage), _Room()
    return {name: store.save(name, plain_of(value), budget) for name, value in sorted(configs_in(flow).items())}


def save_constants(storage: Storage, flow: type[FlowSpec], listener: Listener) -> dict[str, ArtifactRef]:
    """The class's plain values. One that cannot be stored stays where it is, in the code, and a notice says so."""
    store, budget = ArtifactStore(storage), InlineBudget()
    saved: dict[str, ArtifactRef] = {}
    for name, value in sorted(constants_of(flow).items()):
        try:
            saved[name] = store.save(name, value, budget)
        except ArtifactError as exc:
            listener(Notice(f"The constant {name!r} is not kept with the run: {exc}"))
    return saved


def run_record(
    plan: RunPlan,
    storage: Storage,
    run_id: str,
    given: Given,
    git: GitProbe,
    listener: Listener,
) -> RunRecord:
    """The document of a run that is about to begin."""
    commit, dirty = git.result()
    settings, options, graph = plan.settings, plan.options, plan.graph
    cache = Path(root_below(storage.url)) / "cache" / "code.json" if storage.local else None
    package = package_of(plan.flow).with_suffixes(options.package_suffixes)
    code = capture_code(plan.file, storage, cache, lambda text: listener(Notice(text)), options.code_folder, package)
    return RunRecord(
        flow=graph.name,
        run_id=run_id,
        user=settings.user,
        created_at=time.time(),
        host_name=socket.gethostname(),
        file=str(plan.file),
        start=graph.start,
        end=graph.end,
        nodes=tuple(graph.nodes.values()),
        steps=plan.steps,
        parameters=given.parameters,
        configs=given.configs,
        constants=given.constants,
        code=msgspec.structs.replace(code, git_commit=commit, git_dirty=dirty),
        interpreter=capture_interpreter(storage),
        tags=user_tags(options.tags, settings.user, given.project),
        system_tags=system_tags(settings.user, given.project),
        namespace=options.namespace or settings.namespace or f"user:{settings.user}",
        origin_run_id=given.origin_run_id,
        doc=(plan.flow.__doc__ or "").strip(),
        options=_given_options(options),
        flow_decorators=plan.flow_decorators,
        project=given.project,
        triggers=given.triggers,
    )


def _given_options(options: RunOptions) -> dict[str, str]:
    defaults = RunOptions()
    return {
        name: ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in options._asdict().items()
        if value != getattr(defaults, name) and name not in _TOLD_ELSEWHERE
    }

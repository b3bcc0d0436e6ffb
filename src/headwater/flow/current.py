"""`current`: what running code can ask about its own task. Outside a task everything is None."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from headwater import plugins

if TYPE_CHECKING:
    from headwater.records.flow_decorators import ProjectBranch, TriggerEvent
    from headwater.records.graph import Node


#: What is only there where a decorator of the same name is.
_OF_DECORATORS = frozenset({"parallel", "card"})
#: What is only there where the flow bears @project.
_OF_PROJECT = frozenset({"project_name", "branch_name", "is_user_branch", "is_production", "project_flow_name"})


class ParallelInfo(NamedTuple):
    """The place of a task in its gang."""

    main_ip: str
    num_nodes: int
    node_index: int
    control_task_id: str


class CurrentTask(NamedTuple):
    """What the worker tells about the attempt it runs."""

    flow_name: str
    run_id: str
    step_name: str
    task_id: str
    retry_count: int = 0
    origin_run_id: str | None = None
    namespace: str | None = None
    username: str | None = None
    tags: frozenset[str] = frozenset()
    tempdir: str = "."
    parameter_names: tuple[str, ...] = ()
    graph: "Mapping[str, Node] | None" = None  # the flow's steps
    parallel: ParallelInfo | None = None
    card: Any = None  # `cards.parts.CurrentCards`, in a step that bears @card
    root: str | None = None  # where the task's own documents are; None: where the client looks
    project: "ProjectBranch | None" = None  # of a flow that bears @project
    triggers: "tuple[TriggerEvent, ...]" = ()  # what started the run

    @property
    def project_name(self) -> str | None:
        return self.project.name if self.project else None

    @property
    def branch_name(self) -> str | None:
        return self.project.branch if self.project else None

    @property
    def is_user_branch(self) -> bool | None:
        return self.project.is_user_branch if self.project else None

    @property
    def is_production(self) -> bool | None:
        return self.project.production if self.project else None

    @property
    def project_flow_name(self) -> str | None:
        return f"{self.project.name}.{self.project.branch}.{self.flow_name}" if self.project else None


class Current:
    """The task that this process runs, if it runs one."""

    flow_name: str | None
    run_id: str | None
    step_name: str | None
    task_id: str | None
    retry_count: int | None
    origin_run_id: str | None
    namespace: str | None
    username: str | None
    tags: frozenset[str] | None
    tempdir: str | None
    parallel: ParallelInfo  # the place in the gang; AttributeError in a step that bears no @parallel
    card: Any  # the cards, to put components into; AttributeError in a step that bears no @card

    # of @project; AttributeError in a flow that does not bear it
    project_name: str
    branch_name: str  # `prod`, `prod.X`, `test.X` or `user.NAME`
    is_user_branch: bool
    is_production: bool
    project_flow_name: str  # `project.branch.Flow`

    def __init__(self) -> None:
        self._task: CurrentTask | None = None
        self._begins: CurrentTask | None = None

    def set(self, task: CurrentTask | None) -> CurrentTask | None:
        """For the worker: the attempt begins; None: it is over. Returns what was before."""
        before, self._task = self._task, task
        return before

    @contextmanager
    def beginning(self, flow: str, project: "ProjectBranch | None") -> Iterator[None]:
        """While the values of a run's parameters are made: functions that make them may ask for the project."""
        before, self._begins = self._begins, CurrentTask(flow, "", "", "", project=project)
        try:
            yield
        finally:
            self._begins = before

    @property
    def project(self) -> "ProjectBranch | None":
        """Where in its project the run is; None where no run is, or its flow bears no @project."""
        known = self._task or self._begins
        return known.project if known else None

    @property
    def trigger(self) -> Any:
        """The events or runs that started the run, as a `Trigger`; None when nothing but a person did."""
        if self._task is None or not self._task.triggers:
            return None
        return plugins.load("face", "trigger")(self._task.triggers, self._task.root)

    @property
    def is_running_flow(self) -> bool:
        return self._task is not None

    @property
    def pathspec(self) -> str | None:
        task = self._task
        return None if task is None else f"{task.flow_name}/{task.run_id}/{task.step_name}/{task.task_id}"

    @property
    def parameter_names(self) -> list[str] | None:
        return None if self._task is None else sorted(self._task.parameter_names)

    @property
    def graph(self) -> dict[str, Any]:
        """The flow's steps as plain data: by name, what each is and what follows it."""
        if self._task is None or self._task.graph is None:
            raise RuntimeError("No flow is running here, so there is no graph. Ask for current.graph inside a step.")
        return describe_graph(self._task.graph)

    graph_info = graph

    @property
    def is_parallel(self) -> bool:
        return self._task is not None and self._task.parallel is not None

    @property
    def task(self) -> Any:
        """The running task as the client sees it, whatever the namespace."""
        return self._seen_by_client("task", 4)

    @property
    def run(self) -> Any:
        """The running run as the client sees it, whatever the namespace."""
        return self._seen_by_client("run", 2)

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute of that name, or a default where there is none."""
        value = self._find(name)
        return default if value is None else value

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def __getattr__(self, name: str) -> Any:
        # the annotated names are fields of the task
        if name not in Current.__annotations__:
            raise AttributeError(f"current has no attribute {name!r}")
        known = self._task or (self._begins if name in _OF_PROJECT else None)
        value = None if known is None else getattr(known, name)
        if name in _OF_PROJECT and value is None:
            raise AttributeError(f"current.{name} is only there in a run of a flow that bears @project.")
        if name in _OF_DECORATORS and value is None:
            raise AttributeError(f"current.{name} is only there in a step that bears @{name}.")
        return value

    def __repr__(self) -> str:
        return f"<current: {self.pathspec or 'no task'}>"

    def _find(self, name: str) -> Any:
        try:
            return getattr(self, name, None)
        except RuntimeError:  # the graph, outside a flow
            return None

    def _seen_by_client(self, face: str, parts: int) -> Any:
        if self._task is None:
            return None
        return plugins.load("face", face)("/".join(map(str, self._task[:parts])), self._task.root)


def describe_graph(nodes: "Mapping[str, Node]") -> dict[str, Any]:
    """The steps of a flow as plain data."""
    return {"steps": {name: _described(node) for name, node in nodes.items()}}


def _described(node: "Node") -> dict[str, Any]:
    return {
        "name": node.name,
        "type": "join" if node.join else node.kind.value,
        "doc": node.doc,
        "line": node.line,
        "next": list(node.targets),
        "foreach_artifact": node.foreach or None,
        "condition": node.condition or None,
        "decorators": [str(type(decorator).__struct_config__.tag) for decorator in node.decorators],
    }


current = Current()

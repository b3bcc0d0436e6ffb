"""What the flow decorators say, as data: kept with each run, acted on by the runner or, later, by a deployment."""

from typing import Any, Literal

from headwater.records.base import Record


class FlowDecorator(Record, frozen=True, kw_only=True, omit_defaults=True, tag_field="decorator"):
    """One decorator on a flow."""


class Project(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="project"):
    """The flow is one of a project, whose runs are told apart by branch."""

    name: str
    branch: str | None = None
    production: bool = False


class Schedule(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="schedule"):
    """A deployed flow runs at these times."""

    cron: str | None = None
    weekly: bool = False
    daily: bool = True
    hourly: bool = False
    timezone: str | None = None  # None: UTC

    @property
    def expression(self) -> str:
        """The times as a cron expression; of several ways to say them the first of cron, weekly, hourly, daily counts.

        "" when none is said.
        """
        if self.cron:
            return self.cron
        if self.weekly:
            return "0 0 ? * SUN *"
        if self.hourly:
            return "0 * * * ? *"
        return "0 0 * * ? *" if self.daily else ""


class AwaitedEvent(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An event that starts a deployed flow."""

    name: str = ""
    namespaced: bool = False  # the project and branch stand before the name
    parameters: dict[str, str] = {}  # the flow's parameter -> the event's field
    told_by: tuple[str, ...] = ()  # functions that tell the rest when the flow is deployed


class Trigger(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="trigger"):
    """A deployed flow runs when these events have come."""

    events: tuple[AwaitedEvent, ...]
    options: dict[str, Any] = {}


class AwaitedFlow(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A flow whose success starts a deployed flow."""

    flow: str = ""
    project: str | None = None  # None: the same project
    project_branch: str | None = None  # None: the same branch
    told_by: tuple[str, ...] = ()  # functions that tell the rest when the flow is deployed


class TriggerOnFinish(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="trigger_on_finish"):
    """A deployed flow runs when these flows have succeeded."""

    flows: tuple[AwaitedFlow, ...]
    options: dict[str, Any] = {}


class ExitHook(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="exit_hook"):
    """Functions to call when a run has ended, as "module:name"."""

    on_success: tuple[str, ...] = ()
    on_error: tuple[str, ...] = ()  # of a run that failed or was interrupted
    options: dict[str, Any] = {}  # of the platform that a deployed flow's hooks run on


class CondaBase(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="conda_base"):
    """`@conda` on every step."""

    packages: dict[str, str] = {}
    libraries: dict[str, str] = {}  # the old name of `packages`
    python: str | None = None
    disabled: bool | None = None


class PypiBase(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="pypi_base"):
    """`@pypi` on every step."""

    packages: dict[str, str] = {}
    python: str | None = None
    disabled: bool | None = None


class AirflowS3KeySensor(FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="airflow_s3_key_sensor"):
    """In Airflow, the flow waits for keys of a bucket."""

    bucket_key: str | list[str]
    bucket_name: str | None = None
    wildcard_match: bool = False
    aws_conn_id: str | None = None
    verify: bool | str | None = None
    timeout: int = 3600  # seconds
    poke_interval: int = 60  # seconds
    mode: Literal["poke", "reschedule"] = "reschedule"
    exponential_backoff: bool = True
    pool: str | None = None
    soft_fail: bool = False
    name: str | None = None
    description: str | None = None


class AirflowExternalTaskSensor(
    FlowDecorator, frozen=True, kw_only=True, omit_defaults=True, tag="airflow_external_task_sensor"
):
    """In Airflow, the flow waits for another DAG, or for tasks of it."""

    external_dag_id: str
    external_task_ids: list[str] | None = None
    allowed_states: tuple[str, ...] = ("success",)
    failed_states: list[str] | None = None
    execution_delta: float | None = None  # seconds
    check_existence: bool = True
    timeout: int = 3600  # seconds
    poke_interval: int = 60  # seconds
    mode: Literal["poke", "reschedule"] = "reschedule"
    exponential_backoff: bool = True
    pool: str | None = None
    soft_fail: bool = False
    name: str | None = None
    description: str | None = None


AnyFlowDecorator = (
    Project
    | Schedule
    | Trigger
    | TriggerOnFinish
    | ExitHook
    | CondaBase
    | PypiBase
    | AirflowS3KeySensor
    | AirflowExternalTaskSensor
)


class ProjectBranch(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Where in its project a run is."""

    name: str  # of the project
    branch: str  # `prod`, `prod.X`, `test.X` or `user.NAME`
    production: bool = False

    @property
    def is_user_branch(self) -> bool:
        """Nobody named a branch, so that it is the user's own."""
        return self.branch.startswith("user.")

    @property
    def tags(self) -> tuple[str, str]:
        """The system tags of its runs."""
        return f"project:{self.name}", f"project_branch:{self.branch}"


class TriggerEvent(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What started a run."""

    name: str
    id: str  # of an event of the kind `run`: the pathspec of the run's last task
    at: float  # seconds since 1970, UTC
    type: str = "event"  # "run": a run that ended

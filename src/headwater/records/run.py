"""One run: who, when, with what, what it took over, and how it ended."""

from enum import StrEnum

from headwater.records.artifact import ArtifactRef, BlobRef
from headwater.records.base import Document, Record
from headwater.records.flow_decorators import AnyFlowDecorator, ProjectBranch, TriggerEvent
from headwater.records.graph import Node
from headwater.records.step import StepSpec
from headwater.records.task import TaskRange


class Code(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The author's code as it was when the run began."""

    manifest: BlobRef | None = None  # JSON: [[relative path, blob hash, size, encoding], ...], sorted by path
    script: str = ""  # the flow's file, relative to the package's root
    git_commit: str | None = None
    git_dirty: bool | None = None  # None: unknown


class Interpreter(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What the run ran on."""

    python: str = ""  # "3.11.7"
    implementation: str = ""
    platform: str = ""
    headwater: str = ""
    distributions: BlobRef | None = None  # JSON: ["numpy-2.4.6", ...], sorted


class RunRecord(Document, frozen=True, kw_only=True, omit_defaults=True, tag="run/1"):
    """Written once, before the first task."""

    flow: str
    run_id: str
    user: str
    created_at: float  # seconds since 1970, UTC
    host_name: str = ""
    file: str = ""  # the author's file, absolute on the machine that launched the run
    start: str = "start"
    end: str = "end"
    nodes: tuple[Node, ...] = ()
    steps: tuple[StepSpec, ...] = ()
    parameters: dict[str, ArtifactRef] = {}
    configs: dict[str, ArtifactRef] = {}  # by Python name, as plain values
    constants: dict[str, ArtifactRef] = {}
    code: Code = Code()
    interpreter: Interpreter = Interpreter()
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    namespace: str | None = None
    origin_run_id: str | None = None
    doc: str = ""
    options: dict[str, str] = {}  # run options that were given, as text
    flow_decorators: tuple[AnyFlowDecorator, ...] = ()  # in the order of the source, those of bases last
    project: ProjectBranch | None = None
    triggers: tuple[TriggerEvent, ...] = ()  # what started the run
    system: str = ""  # what wrote the run, when not Headwater ("metaflow"): its task ids are names, not positions

    @property
    def given(self) -> dict[str, ArtifactRef]:
        """What the run was given: its parameters and configs, by Python name."""
        return {**self.parameters, **self.configs}


class RunOutcome(StrEnum):
    """How a run went."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class RunEnd(Document, frozen=True, kw_only=True, omit_defaults=True, tag="end/1"):
    """How a run ended. A run without this document and without a living process is lost."""

    outcome: RunOutcome
    ended_at: float
    message: str = ""
    failed: tuple[str, ...] = ()  # pathspecs of the tasks that failed for good


class OriginRecord(Document, frozen=True, kw_only=True, omit_defaults=True, tag="origin/1"):
    """What a resumed run took over: ranges of tasks and, in each, the run that really executed them."""

    origin_run_id: str  # the run that was resumed
    taken: tuple[TaskRange, ...] = ()

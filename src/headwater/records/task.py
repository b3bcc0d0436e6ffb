"""One attempt of one task: what to do (TaskSpec) and what it did (TaskRecord)."""

from enum import StrEnum
from typing import Any

from headwater.records.artifact import ArtifactRef, BlobRef, Inherited, SplitItems
from headwater.records.base import Document, Record


class Outcome(StrEnum):
    """How an attempt went."""

    SUCCEEDED = "succeeded"
    CAUGHT = "caught"  # failed for good, and @catch let the run go on
    FAILED = "failed"


class FailureKind(StrEnum):
    """What kept an attempt from succeeding."""

    EXCEPTION = "exception"  # the author's code raised
    ARTIFACT = "artifact"  # a value could not be stored
    EXIT = "exit"  # the step called sys.exit, or the process ended with a code
    SIGNAL = "signal"  # the process was killed
    OUT_OF_MEMORY = "out-of-memory"
    TIMEOUT = "timeout"
    DEADLOCK = "deadlock"
    HOST_LOST = "host-lost"
    CANCELLED = "cancelled"  # ended because another task failed
    INTERRUPTED = "interrupted"  # ended by Ctrl-C or SIGTERM
    INTERNAL = "internal"  # Headwater's own fault, or storage failed


class CodeFrame(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a traceback."""

    file: str
    line: int
    function: str
    source: str = ""  # without the white space around it
    author: bool = True  # False: inside a library or Headwater
    column: int = 0  # where in `source` the expression begins that raised, in characters
    end_column: int = 0  # behind its last character; 0: not known


class Cause(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An exception behind another."""

    relation: str  # "cause" of the one before, "context" in which that was raised, "part" of it as of a group
    message: str
    type: str = ""
    notes: tuple[str, ...] = ()
    frames: tuple[CodeFrame, ...] = ()  # outermost first


class SeenInput(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A value that an attempt had read when it failed, or could read when its process died, as its summary tells it."""

    name: str
    type: str
    summary: dict[str, Any] = {}


class Failure(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Why an attempt did not succeed."""

    kind: FailureKind
    message: str  # one sentence
    remedy: str = ""  # what to do about it
    type: str = ""  # the exception's qualified name
    frames: tuple[CodeFrame, ...] = ()  # outermost first
    traceback: str = ""  # as Python prints it, every frame
    exit_code: int | None = None
    signal: int | None = None
    notes: tuple[str, ...] = ()  # what was added to the exception
    causes: tuple[Cause, ...] = ()  # nearest first
    inputs: tuple[SeenInput, ...] = ()  # what the step had read; the item of a foreach is `input`

    @property
    def text(self) -> str:
        """The exception's own message, without its type before it; the sentence where there was no exception."""
        name, colon, text = self.message.partition(": ")
        is_type = bool(colon) and (self.type == name or self.type.endswith(f".{name}"))
        return text if is_type else self.message


class TaskRange(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Neighbouring tasks of one step: `first` and the next `count - 1` by the last index."""

    run_id: str  # the run that really executed them
    step: str
    first: str
    count: int = 1


class SplitFrame(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One foreach or gang level around a task."""

    run_id: str  # the task that split: where the items are
    step: str
    task_id: str
    index: int
    count: int
    variable: str = ""  # the artifact that was iterated; "" for a gang


class Gang(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The place of a task among tasks that start, fail and retry together."""

    size: int
    index: int
    main_address: str = "127.0.0.1"
    port: int = 0  # free on the main node's machine when the gang started
    control_task_id: str = "0"


class TaskSpec(Document, frozen=True, kw_only=True, omit_defaults=True, tag="task-spec/1"):
    """What a worker needs to run one attempt, beside its StepSpec and the run's RunRecord."""

    flow: str
    run_id: str
    step: str
    task_id: str
    attempt: int = 0
    last_attempt: bool = True  # a failure of this attempt is final: @catch acts
    inputs: tuple[TaskRange, ...] = ()  # in the order of `inputs`; one task for a step that is no join
    frames: tuple[SplitFrame, ...] = ()  # from the outermost in
    gang: Gang | None = None


class Transition(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What follows a task that succeeded."""

    steps: tuple[str, ...] = ()  # empty after the last step
    splits: int | None = None  # width of a foreach or gang
    gang: bool = False
    case: str | None = None  # repr of the value that chose a switch's arm
    tasks: tuple[TaskRange, ...] | None = None  # of an imported task, whose ids say nothing: those that followed


class Usage(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Measured by the attempt itself, just before it committed."""

    cpu_s: float = 0.0  # itself and its children, user and system
    peak_memory: int = 0  # bytes, private memory of the process group


class CardRef(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One report of an attempt."""

    type: str
    page: BlobRef  # HTML, whole: it needs no other file
    id: str | None = None
    data: BlobRef | None = None  # JSON: what the components last held, for cards that can be refreshed
    failed: bool = False  # the card could not be rendered, and the page says why


class Fact(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What another system noted of a task of its own."""

    name: str
    value: str
    type: str = ""
    at: float = 0.0  # seconds since 1970, UTC


class TaskRecord(Document, frozen=True, kw_only=True, omit_defaults=True, tag="task/1"):
    """What one attempt did. The one success of a task is its commit point."""

    flow: str
    run_id: str
    step: str
    task_id: str
    attempt: int
    outcome: Outcome
    started_at: float  # seconds since 1970, UTC
    ended_at: float
    host_name: str = ""
    pid: int = 0
    inputs: tuple[TaskRange, ...] = ()
    frames: tuple[SplitFrame, ...] = ()
    transition: Transition | None = None
    artifacts: dict[str, ArtifactRef] = {}  # what the attempt wrote
    deleted: tuple[str, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    items: SplitItems | None = None
    failure: Failure | None = None
    usage: Usage | None = None
    gang: Gang | None = None
    cards: tuple[CardRef, ...] = ()  # in the order of the decorators
    facts: tuple[Fact, ...] = ()  # of an imported task, in the order in which they were noted

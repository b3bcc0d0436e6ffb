"""What a caller can say about how a run is done."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from headwater.flow.resolve import NOTHING_CHOSEN, Choices
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.settings import Settings

_MB = 1 << 20


#: Where steps may get their packages from; those of this interpreter first.
ENVIRONMENTS = ("local", "conda", "pypi", "uv")


class Isolation(StrEnum):
    """What kind of host runs attempts."""

    FORK = "fork"  # a fork of a process that has imported the flow
    SPAWN = "spawn"  # a fresh interpreter for each
    NONE = "none"  # the foreground process, for debuggers


class OnFailure(StrEnum):
    """What becomes of the tasks beside one that failed for good."""

    STOP = "stop"  # siblings of a failed task get a grace, then are ended
    FINISH = "finish"  # they end by themselves; nothing new starts behind the failure


class RunOptions(NamedTuple):
    """Options of `run` and `resume`."""

    tags: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()  # decorator specs, "retry:times=2"
    max_workers: int = 16
    max_splits: int = 100_000
    max_log_bytes: int = 1 << 30
    isolation: Isolation | None = None  # None: fork where that is safe
    on_failure: OnFailure = OnFailure.STOP
    run_id_file: str | None = None
    package_suffixes: str = ""  # endings of files that are kept with the code too: ".csv,.json"
    resume_command: str = ""  # how whoever started the run resumes it, up to its id; "": `python FILE resume`
    attribute_file: str | None = None  # is told who the run is, once it can be read
    namespace: str | None = None
    grace_s: float = 5.0
    deadlock_s: float = 10.0  # how long a fork may sleep on a lock that nobody can release
    hook_timeout_s: float = 600.0  # how long a function of @exit_hook may take
    environment: str = ENVIRONMENTS[0]  # where steps get their packages from; others than "local" do not act yet
    code_folder: str | None = None  # whose files are kept as the run's code; None: the folder of the flow's file
    choices: Choices = NOTHING_CHOSEN  # what is said about the flow as a whole: its configs, options of its decorators
    post_mortem: Callable[[BaseException], None] | None = None  # is shown what ended a step, in the foreground process


def options_of(settings: Settings) -> RunOptions:
    """The options of a run of which nothing is said but what the settings say."""
    said = dict(settings.run)
    fields = {"with": "with_", "max_num_splits": "max_splits", "max_log_size": "max_log_bytes"}
    options = RunOptions()._replace(**{fields.get(name, name): value for name, value in said.items()})
    return options._replace(
        max_log_bytes=said["max_log_size"] * _MB if "max_log_size" in said else options.max_log_bytes,
        isolation=Isolation(options.isolation) if options.isolation else None,
        on_failure=OnFailure(options.on_failure),
    )


class RunResult(NamedTuple):
    """How a run went."""

    run: RunRecord
    end: RunEnd
    terminated: bool = False  # SIGTERM, rather than Ctrl-C, ended it
    signals: tuple[int, ...] = ()  # SIGINT and SIGTERM, as they came

    @property
    def exit_code(self) -> int:
        match self.end.outcome:
            case RunOutcome.SUCCEEDED:
                return 0
            case RunOutcome.FAILED:
                return 1
            case RunOutcome.INTERRUPTED:
                return 143 if self.terminated else 130

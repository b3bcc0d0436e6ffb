"""Every exception of Headwater.

HeadwaterError
├── FlowError                  the author's class cannot be run as it is written
│   ├── LintError              all problems of a flow at once
│   ├── InvalidNext            a call of self.next that cannot be followed
│   ├── ParameterError         a parameter's declaration or value
│   ├── ConfigError            a config's declaration, file or value
│   ├── DecoratorError         a decorator's options or place
│   ├── MutatorError           a mutator does what it may not, or raises
│   ├── MergeError             merge_artifacts could not decide
│   │   ├── UnhandledInMerge
│   │   └── MissingInMerge
│   └── FlowLoadError          the author's file could not be imported
├── InvalidName                a name, position or pathspec that does not parse
├── NotFound                   no such flow, run, step, task or artifact
├── NamespaceMismatch          it exists, in another namespace
├── TagError                   tags that a run cannot have, or must keep
├── RecordError                a document that cannot be read
│   └── UnknownVersion         written by a newer Headwater
├── StorageError               the root cannot be read or written
│   ├── StorageFull            no space is left
│   ├── BlobError              bytes missing or not what their name says
│   └── IndexUnusable          the index's file, which can be made anew
├── ArtifactError              a value that cannot be stored or loaded
├── HostError                  a host could not start or died
├── ImportedRun                what cannot be done with a run that is imported
├── RunBusy                    processes of the run are still alive
├── RunFailed                  a run that was started from Python did not succeed
├── CommandFailed              a flow's command line that was started from Python ended before there was a run
├── UsageError                 an option that cannot be so
├── SettingsError              a setting, or a file of settings, that cannot be used
├── SecretsError               a secret that a step cannot have
├── PluginError                an unknown back end, or one whose library is missing
├── NotCovered                 a name of Metaflow's that nothing here answers for
├── CardError                  a card, or a component of one, that cannot be made or found
├── ExceptionWrapper           what @catch leaves in its artifact
└── FailureHandledByCatch      the same, when the step's process died

StepTimeout                    a BaseException, so that `except Exception` in a step does not see it

A message is one sentence of what happened and one of what to do.
"""

from collections.abc import Iterable
from os import PathLike
from typing import Any


class HeadwaterError(Exception):
    """Root of all errors raised by Headwater itself; what a flow's own code raises as `MetaflowException`."""

    headline = "Headwater"  # a few words above the message; subclasses of authors have their own
    line_no: int | None = None
    source_file: str | None = None

    def __init__(self, msg: object = "", lineno: int | None = None, source_file: str | None = None) -> None:
        if lineno is not None or source_file is not None:
            self.line_no, self.source_file = lineno, source_file
        super().__init__(msg)

    @property
    def message(self) -> str:
        return str(self)


class FlowError(HeadwaterError):
    """The author's class cannot be run as it is written."""


class LintError(FlowError):
    """All problems that were found in a flow, before anything ran."""

    def __init__(self, flow: str, problems: Iterable[object]) -> None:
        self.flow = flow
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{flow} has {count} problem{'s' if count != 1 else ''}:\n{lines}")


class InvalidNext(FlowError):
    """A call of `self.next` that cannot be followed."""


class ParameterError(FlowError, ValueError):
    """A parameter's declaration or value."""


class ConfigError(FlowError, ValueError):
    """A config's declaration, the file it is read from, or its value."""


class DecoratorError(FlowError, ValueError):
    """A decorator's options, or the place where it stands."""


class MutatorError(FlowError):
    """A mutator does what it may not do, or raises."""


class MergeError(FlowError):
    """`merge_artifacts` could not decide."""

    def __init__(self, message: str, artifact_names: Iterable[str] = ()) -> None:
        self.artifact_names = list(artifact_names)
        super().__init__(message)


class UnhandledInMerge(MergeError):
    """Artifacts have different values on different inputs."""


class MissingInMerge(MergeError, KeyError):
    """Artifacts named in `include` are on no input."""

    __str__ = Exception.__str__


class FlowLoadError(FlowError, ImportError):
    """The author's file could not be imported, or holds no flow."""


class InvalidName(HeadwaterError, ValueError):
    """A name, position or pathspec that does not parse."""

    def __init__(self, kind: str, text: str, rule: str) -> None:
        self.kind = kind
        self.text = text
        super().__init__(f"{text!r} is not a valid {kind}: {rule}.")


class NotFound(HeadwaterError, KeyError):
    """No such flow, run, step, task or artifact."""

    __str__ = Exception.__str__


class NamespaceMismatch(HeadwaterError, LookupError):
    """The object exists in another namespace."""

    def __init__(self, pathspec: str, namespace: str, remedy: str = "") -> None:
        """`remedy`: how whoever asked looks elsewhere; by default with the client's functions."""
        self.pathspec = pathspec
        self.namespace = namespace
        remedy = remedy or "Call namespace(None) to see everything, or namespace('user:NAME') for one user's runs."
        super().__init__(f"{pathspec} is not in the namespace {namespace!r}. {remedy}")


class TagError(HeadwaterError, ValueError):
    """Tags that a run cannot have, or that cannot be taken from it."""


class RecordError(HeadwaterError, ValueError):
    """A document that cannot be read."""


class UnknownVersion(RecordError):
    """A document of a kind or major version that this Headwater does not know."""


class StorageError(HeadwaterError, OSError):
    """The root cannot be read or written."""

    __str__ = Exception.__str__


class StorageFull(StorageError):
    """No space is left on the device that holds the root."""


class BlobError(StorageError):
    """The bytes of a blob are missing, or are not what their name says."""


class IndexUnusable(StorageError):
    """The index's file is damaged, of another version, or cannot be written; the documents are not affected."""

    def __init__(self, path: PathLike[str] | None, reason: str, replaceable: bool) -> None:
        self.replaceable = replaceable  # the file may be deleted and made anew
        super().__init__(
            f"The index {path or 'in memory'} cannot be used: {reason}. `headwater index rebuild` makes it anew."
        )


class ArtifactError(HeadwaterError, TypeError):
    """A value that cannot be stored or loaded."""

    artifact_name: str = ""  # where that is known


class HostError(HeadwaterError, RuntimeError):
    """A host could not start, or died."""


class RunBusy(HeadwaterError, RuntimeError):
    """Processes of the run are still alive."""


class ImportedRun(HeadwaterError, ValueError):
    """What cannot be done with a run that is read where another system keeps it."""

    def __init__(self, pathspec: str, folder: str, number: int, deed: str) -> None:
        """`deed`: what was wanted, as in "removed"."""
        self.pathspec = pathspec
        super().__init__(
            f"{pathspec} cannot be {deed}: it is imported, and read where it is ({folder}). "
            f"To forget the whole import: headwater import remove {number}"
        )


class RunFailed(HeadwaterError, RuntimeError):
    """A run that was started from Python did not succeed. It is at `run`, the pathspecs of what failed at `failed`."""

    def __init__(self, message: str, run: Any = None, failed: Iterable[str] = ()) -> None:
        self.run = run
        self.failed = tuple(failed)
        super().__init__(message)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the author's lines are in the message, and the frames above it are all ours."""
        return [f"{type(self).__name__}: {self}"]


class CommandFailed(HeadwaterError, RuntimeError):
    """A flow's command line, started from Python, ended before there was a run. `stderr` has what it said."""

    def __init__(self, command: str, returncode: int | None, stderr: str, message: str = "") -> None:
        self.returncode = returncode
        self.stderr = stderr
        super().__init__(message or f"`{command}` ended with {returncode} before it began. It said:\n{stderr}")


class UsageError(HeadwaterError, ValueError):
    """An option that cannot be so."""


class SettingsError(HeadwaterError, ValueError):
    """A setting, or a file of settings, that cannot be used."""


class SecretsError(HeadwaterError, LookupError):
    """A secret that a step cannot have. No message holds a value."""


class PluginError(HeadwaterError, LookupError):
    """An unknown back end, or one whose library is not installed."""


class CardError(HeadwaterError, ValueError):
    """A card, or a component of one, that cannot be made or found."""


class NotCovered(HeadwaterError, NotImplementedError):
    """A name of Metaflow's that nothing here answers for was used."""

    def __init__(self, feature: str, reason: str) -> None:
        self.feature = feature
        super().__init__(
            f"Headwater has no {feature}: {reason}. `headwater compat check FILE` lists all that a flow uses."
        )


class ExceptionWrapper(HeadwaterError):
    """What `@catch(var=...)` leaves behind: the exception as text, so that it loads without its class.

    `exception` is the message, `type` the exception's qualified name, `stacktrace` what Python printed.
    """

    def __init__(self, exception: str, type: str = "", stacktrace: str = "") -> None:
        self.exception = exception
        self.type = type
        self.stacktrace = stacktrace
        Exception.__init__(self, exception, type, stacktrace)

    @property
    def message(self) -> str:
        return self.exception

    def __str__(self) -> str:
        return self.stacktrace or f"{self.type}: {self.exception}"

    def __repr__(self) -> str:
        return f"<{self.type or 'exception'} caught: {self.exception}>"


class FailureHandledByCatch(HeadwaterError):
    """The step's process died; `@catch` let the run go on."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StepTimeout(BaseException):
    """The step's time is over. Not an `Exception`, so that `except Exception` does not swallow it."""

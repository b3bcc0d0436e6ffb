"""What the step decorators say, as data. The scheduler, executors and worker each read the records they act on."""

from collections.abc import Iterable
from typing import Any, TypeVar

from headwater.records.decorator import Decorator
from headwater.records.platforms import Batch, Conda, Kubernetes, Pypi, PytorchParallel
from headwater.records.secrets import Secrets


class Retry(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="retry"):
    """Run a failed attempt again."""

    times: int = 3  # attempts after the first
    minutes_between_retries: float = 2.0


class Catch(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="catch"):
    """Let the run go on after the last attempt failed."""

    var: str | None = None  # the artifact that holds the exception, or None on success
    print_exception: bool = True


class Timeout(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="timeout"):
    """End an attempt after a time; the three are added up."""

    seconds: float = 0.0
    minutes: float = 0.0
    hours: float = 0.0

    @property
    def total_s(self) -> float:
        return self.seconds + 60 * self.minutes + 3600 * self.hours


class Environment(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="environment"):
    """Environment variables that are set before the author's file is imported."""

    vars: dict[str, str] = {}


class Resources(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="resources"):
    """What a task needs. None: the author did not say."""

    cpu: float | None = None
    gpu: int | None = None
    memory: int | None = None  # MB
    disk: int | None = None  # MB
    shared_memory: int | None = None  # MB


class Parallel(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="parallel"):
    """The step is one node of a gang."""


class Card(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="card"):
    """Keep a report of each task; a step may bear several."""

    type: str = "default"
    id: str | None = None
    options: dict[str, Any] = {}  # what the card's class is made with; plain values
    scope: str = "task"
    rank: int | None = None
    timeout: float = 45  # seconds for rendering
    save_errors: bool = True  # a card that cannot be rendered becomes a card that says why
    customize: bool = False  # `current.card` without an id means this one
    refresh_interval: float = 5  # seconds, at least, between two refreshed versions


class UserDecorator(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="user"):
    """A decorator that an author wrote."""

    target: str  # "module.name"
    arguments: tuple[Any, ...] = ()  # plain values; of others the text that Python has for them
    options: dict[str, Any] = {}  # as the arguments
    place: int | None = None  # which one it is on the step of the class, from the outermost; None: `--with` added it

    @property
    def name(self) -> str:
        """What is written behind the @."""
        return self.target.rpartition(".")[2]


AnyDecorator = (
    Retry
    | Catch
    | Timeout
    | Environment
    | Resources
    | Parallel
    | Card
    | Batch
    | Conda
    | Kubernetes
    | Pypi
    | PytorchParallel
    | Secrets
    | UserDecorator
)

D = TypeVar("D", bound=Decorator)


def find_decorator(decorators: Iterable[Decorator], kind: type[D]) -> D | None:
    """The decorator of a kind; a step bears at most one of each."""
    return next((decorator for decorator in decorators if isinstance(decorator, kind)), None)

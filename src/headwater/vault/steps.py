"""Which secrets the attempts of a run get, and what is masked in what they print."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

from headwater.errors import SecretsError
from headwater.records.decorators import Environment, find_decorator
from headwater.records.secrets import Secrets
from headwater.records.step import StepSpec
from headwater.vault.fetching import Fetcher
from headwater.vault.masking import SHORTEST, Mask, is_short


class Hidden(NamedTuple):
    """The secrets of one step's attempts."""

    variables: Mapping[str, str]
    mask: Mask

    def __repr__(self) -> str:  # what a traceback or a debugger may show
        return f"<secrets {', '.join(self.variables)}>"


class StepSecrets:
    """Fetches the secrets of steps when their first attempt is about to start."""

    def __init__(
        self, backend: str | None, role: str | None, environ: Mapping[str, str], notice: Callable[[str], None]
    ) -> None:
        self._fetcher = Fetcher(backend, role)
        self._environ = dict(environ)  # as it is now: with --isolation none, a step may change it later
        self._notice = notice
        self._known: dict[str, Hidden] = {}
        self._short: set[str] = set()
        self._lock = Lock()

    def of(self, step: StepSpec) -> Hidden | None:
        """None: it has none. SecretsError, with what to do, when one cannot be had; the next attempt asks again.

        May be called in any thread; one at a time is answered.
        """
        decorator = find_decorator(step.decorators, Secrets)
        if decorator is None:
            return None
        with self._lock:
            if step.step not in self._known:
                self._known[step.step] = self._hidden(step, decorator)
            return self._known[step.step]

    def tell_short(self, hidden: Hidden) -> None:
        """Say once of each secret that is too short to be masked."""
        short = {name for name, value in hidden.variables.items() if is_short(value)} - self._short
        if short:
            self._short |= short
            self._notice(
                f"Secrets of fewer than {SHORTEST} characters are not masked in output: {', '.join(sorted(short))}."
            )

    def _hidden(self, step: StepSpec, decorator: Secrets) -> Hidden:
        variables = self._fetcher.fetch_all(decorator.sources, decorator.role)
        if not decorator.allow_override:
            self._check_free(step, variables)
        return Hidden(variables, Mask(variables.values()))

    def _check_free(self, step: StepSpec, variables: Mapping[str, str]) -> None:
        environment = find_decorator(step.decorators, Environment)
        taken = {*self._environ, *(environment.vars if environment else ())}
        both = sorted(taken.intersection(variables))
        if both:
            raise SecretsError(
                f"@secrets of step {step.step!r} would replace the variable {both[0]!r}, which the environment has. "
                "Unset it, or allow it with @secrets(..., allow_override=True)."
            )

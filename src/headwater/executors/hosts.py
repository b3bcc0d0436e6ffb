"""Which host runs a step: the fork host, one with the step's own environment, or a fresh interpreter."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from headwater.hosts.client import ForkHost, SpawnHost
from headwater.hosts.protocol import Start
from headwater.hosts.spawn import Errand, Kind, launch_fork_host, launch_spawn
from headwater.hosts.threads import thread_variables
from headwater.records.decorators import Environment, find_decorator
from headwater.records.step import StepSpec


class _Spare(NamedTuple):
    """An interpreter that has no attempt yet."""

    host: SpawnHost
    environ: Mapping[str, str]


class Hosts:
    """The hosts of one run, launched when they are needed."""

    def __init__(
        self, main: ForkHost | None, errand: Errand, environ: Mapping[str, str], storage_url: str, lock_fd: int | None
    ) -> None:
        self._main = main  # None: every attempt gets an interpreter of its own
        self._errand = errand
        self._environ = dict(environ)
        self._storage_url = storage_url
        self._lock_fd = lock_fd
        self._run = b""
        self._spare: _Spare | None = None
        self._forks: dict[frozenset[tuple[str, str]], ForkHost] = {}
        if main is not None:
            self._forks[frozenset()] = main

    def open_run(self, run: bytes) -> None:
        self._run = run
        if self._main is not None:
            self._main.open_run(run, self._storage_url, self._lock_fd)

    def find_fork_host(self, step: StepSpec) -> ForkHost | None:
        """The host that forks attempts of a step; None when they need interpreters of their own."""
        if self._main is None:
            return None
        own = _own_variables(step)
        key = frozenset(own.items())
        host = self._forks.get(key)
        if host is None:
            host = launch_fork_host(self._errand_of(Kind.FORK, step), {**self._environ, **own})
            self._forks[key] = host
            host.open_run(self._run, self._storage_url, self._lock_fd)
        return host

    def launch_interpreter(self, step: StepSpec, cpus: int) -> SpawnHost:
        """A fresh interpreter for one attempt of a step. Where every attempt needs one, the next is warmed up."""
        environ = {**self._environ, **_own_variables(step)}
        environ |= thread_variables(environ, cpus)
        errand = self._errand_of(Kind.SPAWN, step)
        if self._main is not None:
            return launch_spawn(errand, environ)
        host = self._take_spare(environ) or launch_spawn(errand, environ)
        if self._spare is None:
            self._spare = _Spare(launch_spawn(errand, environ), environ)
        return host

    def _take_spare(self, environ: Mapping[str, str]) -> SpawnHost | None:
        """The interpreter that waits, when it has this environment; one with another is ended."""
        spare, self._spare = self._spare, None
        if spare is None or spare.environ == environ:
            return spare.host if spare else None
        spare.host.discard()
        return None

    def start_in(self, host: SpawnHost, request: Start) -> None:
        host.start(self._run, self._storage_url, self._lock_fd, request)

    def close(self) -> None:
        if self._spare is not None:
            self._spare.host.discard()
            self._spare = None
        for host in self._forks.values():
            host.close()

    def forks(self) -> Iterable[ForkHost]:
        return self._forks.values()

    def _errand_of(self, kind: Kind, step: StepSpec) -> Errand:
        return replace(self._errand, kind=kind, module=step.module)


def _own_variables(step: StepSpec) -> dict[str, str]:
    """What @environment says."""
    environment = find_decorator(step.decorators, Environment)
    return dict(environment.vars) if environment else {}

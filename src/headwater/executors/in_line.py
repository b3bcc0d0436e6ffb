"""Attempts that stand in line on a host, which starts each in the place of one that ended well. They hold no claim."""

from collections.abc import Iterable

from headwater.executors.base import Launch
from headwater.executors.machine import Claim
from headwater.executors.running import Running
from headwater.hosts.client import ForkHost


class InLine:
    """Who stands in line, in that order, as the driver knows it."""

    def __init__(self) -> None:
        self._attempts: dict[int, Running] = {}  # by key

    def __len__(self) -> int:
        return len(self._attempts)

    def __bool__(self) -> bool:
        return bool(self._attempts)

    def add(self, attempt: Running) -> None:
        self._attempts[attempt.key] = attempt

    def leave(self, key: int | None) -> Running | None:
        """The attempt, which then stands in line no more; None when it did not."""
        return self._attempts.pop(key, None) if key is not None else None

    def on(self, host: ForkHost) -> list[Running]:
        return [one for one in self._attempts.values() if one.host is host]

    def all(self) -> list[Running]:
        return list(self._attempts.values())

    def wanted(self) -> list[Running]:
        """Those that nobody has recalled."""
        return [one for one in self._attempts.values() if not one.recalled]

    def may_join(self, launch: Launch, claim: Claim, host: ForkHost | None, running: Iterable[Running]) -> bool:
        """Whether a launch can follow on what runs: one process on the same host, with the same claim and no GPU.

        Not more stand in line than run: each has been promised a place, and a larger launch waits behind it.
        """
        followed = [one for one in running if one.verdict is None and one.host is host and one.claimed.claim == claim]
        alone = len(launch.specs) == 1 and not claim.gpus
        return alone and host is not None and len(self._attempts) < len(followed)

    def recall(self) -> None:
        """Ask the hosts not to start them."""
        for attempt in self.wanted():
            if isinstance(attempt.host, ForkHost):
                attempt.recalled = True
                attempt.host.recall(attempt.key)

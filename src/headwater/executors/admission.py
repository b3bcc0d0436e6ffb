"""What a launch asks of the machine, and whether it can have it now."""

from collections.abc import Callable

from headwater.executors.base import Launch
from headwater.executors.machine import Claim, Ledger, Machine, claim_of, find_lack


class Admission:
    """The machine's books, and the limit on attempts that run at once."""

    def __init__(self, machine: Machine, max_workers: int, notice: Callable[[str], None]) -> None:
        self._ledger = Ledger(machine)
        self._max_workers = max_workers
        self._notice = notice
        self._claims: dict[tuple[str, int], Claim] = {}  # (step, members)
        self._lines: dict[Claim, int] = {}
        self.take = self._ledger.take
        self.give_back = self._ledger.give_back

    def claim(self, launch: Launch) -> Claim:
        """What it asks for; says so once when that is more than there is."""
        key = (launch.step.step, len(launch.specs))
        claim = self._claims.get(key)
        if claim is None:
            claim = self._claims[key] = claim_of(launch.step, len(launch.specs))
            lack = find_lack(self._ledger.machine, claim)
            if lack:
                self._notice(f"Step {launch.step.step!r} asks for {lack}. Its tasks run alone, with what is there.")
        return claim

    def line(self, claim: Claim) -> int:
        """The number by which a host knows attempts that hold the same claim."""
        return self._lines.setdefault(claim, len(self._lines))

    def fits(self, launch: Launch, claim: Claim, running: int) -> bool:
        """Whether it can start beside the attempts that run."""
        crowded = running > 0 and running + len(launch.specs) > self._max_workers
        return not crowded and self._ledger.fits(claim)

    def slots(self, running: int) -> int:
        """Attempts of one CPU that could start now."""
        return max(0, min(self._max_workers - running, int(self._ledger.free_cpus)))

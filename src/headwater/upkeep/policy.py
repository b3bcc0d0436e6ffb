"""Which runs are to go: decided from facts alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

#: A run that bears this tag is never removed.
PIN = "keep"
#: Seconds after its beginning for which a lost run is left to whoever wants to resume it.
YOUNG_S = 3600.0


class RunKey(NamedTuple):
    """The name of a run."""

    flow: str
    run_id: str

    def __str__(self) -> str:
        return f"{self.flow}/{self.run_id}"


#: From whom each run took tasks over; runs that did so from nobody may be left out.
Origins = Mapping[RunKey, Collection[RunKey]]


class RunFacts(NamedTuple):
    """What is asked of a run before it is removed."""

    key: RunKey
    created_at: float  # seconds since 1970, UTC
    status: str  # succeeded, failed, interrupted, lost, running
    tags: tuple[str, ...] = ()  # the user's


class Why(StrEnum):
    """Why a run stays."""

    RUNNING = "running"
    YOUNG = "lost just now"
    PINNED = "tagged 'keep'"
    TAGGED = "tagged"
    FAILED = "not succeeded"
    OTHER_FLOW = "of other flows"
    LAST = "among the last"
    RECENT = "recent"
    REACHED = "needed by a resumed run"


class Kept(NamedTuple):
    """A run that stays."""

    run: RunFacts
    why: Why
    by: RunKey | None = None  # for `REACHED`: a run that stays and took tasks over from it


class Choice(NamedTuple):
    """Every run of a root, on one side or the other; the newest first."""

    doomed: tuple[RunFacts, ...]
    kept: tuple[Kept, ...]


class Policy(NamedTuple):
    """Runs go that are none of the last `keep_last` and began before `before`; when neither is given, none go."""

    keep_last: int | None = None  # of each flow
    before: float | None = None  # seconds since 1970, UTC
    flows: Collection[str] = ()  # only the runs of these; empty: of all
    keep_tagged: bool = False  # whatever the tag
    keep_failed: bool = False  # all that did not succeed

    @property
    def removes_runs(self) -> bool:
        return self.keep_last is not None or self.before is not None


def choose(policy: Policy, runs: Iterable[RunFacts], origins: Origins, now: float) -> Choice:
    """`origins` says from whom a run took tasks over: of a run that stays, these stay too."""
    ordered = sorted(runs, key=lambda run: (run.created_at, run.key), reverse=True)
    rank: dict[str, int] = defaultdict(int)
    reasons: dict[RunKey, Kept] = {}
    for run in ordered:
        why = _why_kept(policy, run, rank[run.key.flow], now)
        rank[run.key.flow] += 1
        if why is not None:
            reasons[run.key] = Kept(run, why)
    known = {run.key: run for run in ordered}
    for key, by in reached_from(reasons, origins).items():
        if key in known and key not in reasons:
            reasons[key] = Kept(known[key], Why.REACHED, by)
    return Choice(
        doomed=tuple(run for run in ordered if run.key not in reasons),
        kept=tuple(reasons[run.key] for run in ordered if run.key in reasons),
    )


def reached_from(runs: Iterable[RunKey], origins: Origins) -> dict[RunKey, RunKey]:
    """The runs from which these took tasks over, and those from whom those did, each with who did."""
    reached: dict[RunKey, RunKey] = {}
    waiting = list(runs)
    while waiting:
        by = waiting.pop()
        for key in origins.get(by, ()):
            if key not in reached:
                reached[key] = by
                waiting.append(key)
    return reached


def dependents(runs: Collection[RunKey], origins: Origins) -> Sequence[RunKey]:
    """The runs that took tasks over from these, directly or not, and are none of them; in order."""
    return sorted(
        key for key in origins if key not in runs and any(one in runs for one in reached_from([key], origins))
    )


def _why_kept(policy: Policy, run: RunFacts, rank: int, now: float) -> Why | None:
    """`rank` counts the newer runs of the flow."""
    why = why_untouchable(run)
    if why is not None:
        return why
    if run.status == "lost" and now - run.created_at < YOUNG_S:
        return Why.YOUNG
    if policy.flows and run.key.flow not in policy.flows:
        return Why.OTHER_FLOW
    if policy.keep_tagged and run.tags:
        return Why.TAGGED
    if policy.keep_failed and run.status != "succeeded":
        return Why.FAILED
    if policy.keep_last is not None and rank < policy.keep_last:
        return Why.LAST
    if not policy.removes_runs or (policy.before is not None and run.created_at >= policy.before):
        return Why.RECENT
    return None


def why_untouchable(run: RunFacts) -> Why | None:
    """What keeps a run whatever anybody asks for; None: nothing does."""
    if run.status == "running":
        return Why.RUNNING
    if PIN in run.tags:
        return Why.PINNED
    return None

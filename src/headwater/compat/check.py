"""What a flow uses of Metaflow, and how each is here: the uses found in its source, answered by the parity table."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from headwater.compat.names import LATER, MODULES, NAMES
from headwater.compat.parity import Feature, Status, features
from headwater.compat.uses import ROOT, Use, find_uses

#: From the best to the worst.
_ORDER = (Status.SAME, Status.BETTER, Status.DIFFERENT, Status.NOT_YET)


class Finding(NamedTuple):
    """One thing that a flow uses."""

    name: str  # dotted
    status: Status
    notes: tuple[str, ...]  # which way it is different
    places: tuple[Use, ...]
    runs: bool = True  # False: nothing answers for it, so that a flow that uses it fails


def check_file(file: Path) -> list[Finding]:
    """Everything that a flow and the modules beside it use, what will not run first."""
    return judge(find_uses(file), features())


def judge(uses: Iterable[Use], rows: Iterable[Feature]) -> list[Finding]:
    known: dict[str, list[Feature]] = {}
    for row in rows:
        for name in row.uses:
            known.setdefault(name, []).append(row)
    places: dict[str, list[Use]] = {}
    for use in uses:
        feature = _longest(_at_the_root(use.name), known)
        if feature is not None:
            places.setdefault(feature, []).append(use)
    found = [_finding(name, known.get(name, []), tuple(where)) for name, where in places.items()]
    return sorted(found, key=lambda one: (one.runs, -_ORDER.index(one.status), one.name))


def _at_the_root(name: str) -> str:
    """The name under which `metaflow` itself has the same thing: `metaflow.Flow` for `metaflow.client.Flow`."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 1, -1):
        target = NAMES.get(".".join(parts[:count]), {}).get(parts[count])
        for public, home in NAMES[ROOT].items():
            if target is not None and home == target:
                return ".".join((ROOT, public, *parts[count + 1 :]))
    return name


def _longest(name: str, known: dict[str, list[Feature]]) -> str | None:
    """The name that the table has a row for, or that Metaflow has: `metaflow.current.card`, else `metaflow.current`.

    None: a value of the author's, such as an artifact, which is no feature.
    """
    parts = name.split(".")
    for count in range(len(parts), 1, -1):
        shorter = ".".join(parts[:count])
        if shorter in known or _is_named(shorter):
            return None if shorter == f"{ROOT}.FlowSpec" and count < len(parts) else shorter
    if name in MODULES:
        return None
    module = next(count for count in range(len(parts) - 1, 0, -1) if ".".join(parts[:count]) in MODULES)
    return ".".join(parts[: module + 1])


def _is_later(name: str) -> bool:
    """Whether the name is there only to say which feature it is."""
    module, _, last = name.rpartition(".")
    return last in LATER.get(module, {})


def _is_named(name: str) -> bool:
    module, _, last = name.rpartition(".")
    return last in NAMES.get(module, {}) or last in LATER.get(module, {})


def _finding(name: str, rows: list[Feature], places: tuple[Use, ...]) -> Finding:
    if not rows:
        module, _, last = name.rpartition(".")
        if last in NAMES.get(module, {}):
            return Finding(name, Status.SAME, (), places)
        reason = LATER.get(module, {}).get(last) or "Headwater has no such name of Metaflow's"
        return Finding(name, Status.NOT_YET, (f"{reason[0].upper()}{reason[1:]}.",), places, runs=False)
    worst = max((row.status for row in rows), key=_ORDER.index)
    notes = tuple(row.note for row in rows if row.note and row.status is worst)
    return Finding(name, worst, notes, places, runs=not _is_later(name))

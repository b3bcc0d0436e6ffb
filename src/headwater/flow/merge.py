"""`merge_artifacts`: which input each artifact is taken from, or why that cannot be said. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from headwater.errors import MergeError, MissingInMerge, UnhandledInMerge
from headwater.records.artifact import ArtifactRef

Same = Callable[[str, int, int], bool]
"""Whether an artifact (its name) is the same on two inputs (their places), both loaded and serialized again."""


def plan_merge(
    inputs: Sequence[Mapping[str, ArtifactRef]],
    taken: Callable[[str], bool],
    same: Same,
    exclude: Iterable[str] | None = None,
    include: Iterable[str] | None = None,
) -> dict[str, int]:
    """The place in `inputs` from which each artifact comes.

    `inputs`: the artifacts of each input. `taken`: whether the join has set a name itself; such a name wins. Inputs
    that lack a name have no say about it. UnhandledInMerge and MissingInMerge name the artifacts they are about.
    """
    excluded, included = set(exclude or ()), set(include or ())
    if excluded and included:
        raise MergeError("merge_artifacts was given both exclude and include. Give one of them.")
    where = _places(inputs, excluded, included)
    where = {name: places for name, places in where.items() if not taken(name)}
    conflicts = [name for name, places in where.items() if not _agree(name, places, inputs, same)]
    if conflicts:
        raise UnhandledInMerge(
            f"These artifacts differ between the inputs: {_listed(conflicts)}. "
            "Set each in the join before merge_artifacts, or name it in exclude=.",
            conflicts,
        )
    missing = [name for name in dict.fromkeys(include or ()) if name not in where and not taken(name)]
    if missing:
        raise MissingInMerge(
            f"These artifacts of include= are on no input: {_listed(missing)}. Set them, or leave them out.", missing
        )
    return {name: places[0] for name, places in where.items()}


def outside_join(step: str) -> MergeError:
    """The error of `merge_artifacts` in a step that takes no `inputs`."""
    return MergeError(
        f"merge_artifacts was called in step {step!r}, which is no join. Call it in a step that takes `inputs`."
    )


def _places(
    inputs: Sequence[Mapping[str, ArtifactRef]], excluded: set[str], included: set[str]
) -> dict[str, list[int]]:
    """The inputs that have each name which is to be merged."""
    where: dict[str, list[int]] = {}
    for place, artifacts in enumerate(inputs):
        for name in artifacts:
            if name not in excluded and (not included or name in included):
                where.setdefault(name, []).append(place)
    return where


def _agree(name: str, places: list[int], inputs: Sequence[Mapping[str, ArtifactRef]], same: Same) -> bool:
    distinct: dict[tuple[str, str], int] = {}
    for place in places:
        reference = inputs[place][name]
        distinct.setdefault((reference.serializer, reference.hash), place)
    first, *others = distinct.values()
    return all(same(name, first, other) for other in others)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)

"""Two stored values: equal by their hashes, else told apart by their summaries. Pure; nothing is loaded."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from headwater.artifacts.describe import brief, describe, type_of
from headwater.compare.model import Change, TextChange, Value, ValueChange
from headwater.records.artifact import ArtifactRef
from headwater.wording import number, size

_MOST_TEXT = 48  # characters of one side, if there is more to tell than its beginning
_MOST_HEAD = 30
_MOST_NAMES = 8  # of columns that came or went


def compare_values(name: str, before: ArtifactRef | None, after: ArtifactRef | None) -> ValueChange:
    """One value on both sides; at least one is there."""
    return ValueChange(
        name=name,
        change=_change(before, after),
        before=None if before is None else as_value(before),
        after=None if after is None else as_value(after),
        facts=tuple(_facts(before, after)) if before and after and not is_same(before, after) else (),
    )


def compare_all(before: Mapping[str, ArtifactRef], after: Mapping[str, ArtifactRef]) -> tuple[ValueChange, ...]:
    """Every name of either side, sorted."""
    return tuple(compare_values(name, before.get(name), after.get(name)) for name in sorted({*before, *after}))


def differing(values: tuple[ValueChange, ...]) -> tuple[ValueChange, ...]:
    return tuple(value for value in values if value.change is not Change.SAME)


def compare_texts(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[TextChange, ...]:
    """The facts that differ, in the order of the left side, then of the right."""
    return tuple(
        TextChange(name=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def is_same(before: ArtifactRef, after: ArtifactRef) -> bool:
    """Imported values are known by the hash that they would have here, too."""
    return not _identities(before).isdisjoint(_identities(after))


def _identities(ref: ArtifactRef) -> set[str]:
    own = f"{ref.serializer}:{ref.hash}"
    return {own, ref.twin} if ref.twin else {own}


def as_value(ref: ArtifactRef) -> Value:
    return Value(
        type=ref.type, size=ref.size, hash=ref.hash, text=describe(ref), number=as_number(ref), summary=ref.summary
    )


def as_number(ref: ArtifactRef) -> float | None:
    """The value of a scalar, which its summary holds."""
    value = ref.summary.get("value")
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _change(before: ArtifactRef | None, after: ArtifactRef | None) -> Change:
    if before is None:
        return Change.ADDED
    if after is None:
        return Change.REMOVED
    return Change.SAME if is_same(before, after) else Change.CHANGED


def _facts(before: ArtifactRef, after: ArtifactRef) -> Iterator[str]:
    """What differs, in words; never nothing."""
    said = False
    if before.type != after.type:
        yield f"{type_of(before)} → {type_of(after)}"
        said = True
    for fact in _told_apart(before, after):
        yield fact
        said = True
    if not said and before.size != after.size:
        yield f"{size(before.size)} → {size(after.size)}"
    elif not said:
        yield "other content of the same size" if before.summary == after.summary else "other content"


def _told_apart(before: ArtifactRef, after: ArtifactRef) -> Iterator[str]:
    old, new = before.summary, after.summary
    if "rows" in old and "rows" in new:
        yield from _frames(old, new)
    elif "shape" in old and "shape" in new:
        yield from _arrays(old, new)
    else:
        texts = _short(before), _short(after)
        if texts[0] != texts[1]:
            yield f"{texts[0] or type_of(before)} → {texts[1] or type_of(after)}"


def _short(ref: ArtifactRef) -> str:
    text = describe(ref)
    if len(text) <= _MOST_TEXT:
        return text
    length = ref.summary.get("length")
    return f"{text[:_MOST_HEAD]}…{f' (length {number(length)})' if isinstance(length, int) else ''}"


def _frames(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for fact in ("rows", "columns"):
        if old.get(fact) != new.get(fact):
            yield f"{_count(old.get(fact))} → {_count(new.get(fact))} {fact}"
    types = [dict(zip(side.get("names", ()), side.get("dtypes", ()), strict=False)) for side in (old, new)]
    added = [name for name in types[1] if name not in types[0]]
    removed = [name for name in types[0] if name not in types[1]]
    if added:
        yield f"added {_names(added)}"
    if removed:
        yield f"removed {_names(removed)}"
    retyped = [
        f"{name} {types[0][name]} → {types[1][name]}"
        for name in types[0]
        if name in types[1] and types[0][name] != types[1][name]
    ]
    if retyped:
        yield f"dtypes {_names(retyped)}"


def _arrays(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["shape"] != new["shape"]:
        yield f"{_shape(old['shape'])} → {_shape(new['shape'])}"
    if old.get("dtype") != new.get("dtype"):
        yield f"{old.get('dtype')} → {new.get('dtype')}"
    for fact in ("value", "minimum", "maximum"):
        if fact in old and fact in new and old[fact] != new[fact]:
            yield f"{'' if fact == 'value' else f'{fact} '}{brief(old[fact])} → {brief(new[fact])}"


def _shape(lengths: list[int]) -> str:
    return f"({' x '.join(map(number, lengths))})"


def _count(value: object) -> str:
    return number(value) if isinstance(value, int) else "?"


def _names(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")

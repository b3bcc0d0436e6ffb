"""Which tags a run can have, and what a change of them comes to; pure.

A run has the tags of the system, which never change, and those of its users: at most 50, each a line of 1 to 500
characters that does not begin like a tag of the system. Giving a run a tag of the system that it has already changes
nothing; taking one away is refused, and with it the whole change.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from headwater.errors import TagError

MAX_TAGS = 50
MAX_LENGTH = 500  # characters
#: How tags of the system begin; no user's tag does.
SYSTEM_PREFIXES = (
    "headwater_version:",
    "production:",
    "project:",
    "project_branch:",
    "python_version:",
    "runtime:",
    "user:",
)
#: Control characters, line separators, and the halves of characters that stand for bytes of another encoding.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHOWN = 40  # characters of a tag in an error


def first_tags(given: Iterable[str], system: Collection[str]) -> tuple[str, ...]:
    """The user's tags of a run that begins, sorted, each once."""
    return change_tags((), system, add=given)


def change_tags(
    tags: Iterable[str], system: Collection[str], add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[str, ...]:
    """The user's tags after a change, sorted: first `remove` goes, then `add` comes; `TagError` when it cannot be."""
    before = frozenset(tags)
    unwanted, wanted = frozenset(remove), frozenset(add) - frozenset(system)
    _refuse_system_tags(unwanted & frozenset(system))
    for tag in sorted(wanted):
        _check(tag)
    after = (before - unwanted) | wanted
    if len(after) > MAX_TAGS and len(after) > len(before):
        raise TagError(
            f"The run would have {len(after)} tags, and {MAX_TAGS} is the most. "
            "Remove some first, or keep long lists as an artifact."
        )
    return tuple(sorted(after))


def listed(tags: str | Iterable[str]) -> Sequence[str]:
    """One tag or several as a list; `TagError` for what is no text."""
    several = list(tags) if isinstance(tags, Iterable) and not isinstance(tags, str) else [tags]
    for tag in several:
        if not isinstance(tag, str):
            raise TagError(f"A tag is text, and {tag!r} is of type {type(tag).__name__}. Write it as str(...).")
    return several


def _refuse_system_tags(tags: Collection[str]) -> None:
    if tags:
        names = ", ".join(map(repr, sorted(tags)))
        raise TagError(f"Tags of the system cannot be removed: {names}. Nothing was changed; leave them out.")


def _check(tag: str) -> None:
    if not tag.strip():
        raise TagError("A tag cannot be empty. Leave it out, or say what is special about the run.")
    if len(tag) > MAX_LENGTH:
        raise TagError(
            f"The tag {_short(tag)} has {len(tag)} characters, and {MAX_LENGTH} is the most. "
            "Shorten it, or keep the text as an artifact."
        )
    if _NO_TEXT.search(tag):
        raise TagError(
            f"The tag {_short(tag)} has a character that is no text, such as a line break. Write one line of text."
        )
    for prefix in SYSTEM_PREFIXES:
        if tag.startswith(prefix):
            raise TagError(f"The tag {_short(tag)} begins with {prefix!r} as tags of the system do. Choose another.")


def _short(tag: str) -> str:
    return repr(tag if len(tag) <= _SHOWN else f"{tag[:_SHOWN]}…")

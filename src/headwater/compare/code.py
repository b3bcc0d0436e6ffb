"""The code of two runs: which files differ, by their manifests, and how, line by line."""

from collections.abc import Iterator
from difflib import unified_diff

from headwater.client.package import Code
from headwater.compare.model import Change, CodeChange, FileChange

_CONTEXT = 3
_MOST_TEXT = 4 << 20  # bytes of a file that is compared by its lines


def compare_code(before: Code, after: Code) -> CodeChange:
    kept = before.digest is not None and after.digest is not None
    return CodeChange(
        kept=kept,
        before_commit=_commit(before),
        after_commit=_commit(after),
        files=tuple(_changed_files(before, after)) if kept and before.digest != after.digest else (),
    )


def code_lines(before: Code, after: Code, changed: CodeChange) -> Iterator[str]:
    """A unified diff of the files that differ, without line ends."""
    for file in changed.files:
        old, new = (
            _text(code, file.path, size) for code, size in ((before, file.before_size), (after, file.after_size))
        )
        if old is None or new is None:
            yield f"Binary or large file {file.path}: {file.change}"
            continue
        names = (
            "/dev/null" if file.change is Change.ADDED else f"a/{file.path}",
            "/dev/null" if file.change is Change.REMOVED else f"b/{file.path}",
        )
        yield from unified_diff(old.splitlines(), new.splitlines(), *names, n=_CONTEXT, lineterm="")


def _changed_files(before: Code, after: Code) -> Iterator[FileChange]:
    old, new = before.hashes, after.hashes
    for path in sorted({*old, *new}):
        one, other = old.get(path), new.get(path)
        if one is not None and other is not None and one[0] == other[0]:
            continue
        change = Change.ADDED if one is None else Change.REMOVED if other is None else Change.CHANGED
        yield FileChange(
            path=path,
            change=change,
            before_size=None if one is None else one[1],
            after_size=None if other is None else other[1],
        )


def _commit(code: Code) -> str | None:
    if code.git_commit is None:
        return None
    return f"{code.git_commit}{' with changes' if code.git_dirty else ''}"


def _text(code: Code, path: str, size: int | None) -> str | None:
    """The text of a file; "" where there is none, None where it is no text."""
    if size is None:
        return ""
    if size > _MOST_TEXT:
        return None
    data = code.read_bytes(path)
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None

"""The commit that a folder stands at, and whether its tracked files were changed since.

The commit is read from the repository's own files. Whether something changed only git knows: it is asked in the
background while the run is prepared, and a run does not wait long for the answer.
"""

import os
import subprocess
from pathlib import Path

_ASK = ("git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
_HEX = frozenset("0123456789abcdef")


class GitProbe:
    """A question that git is answering."""

    def __init__(self, folder: Path) -> None:
        self._git_folder = find_git_folder(folder)
        self._process = _ask(folder) if self._git_folder else None

    def result(self, timeout_s: float = 0.25) -> tuple[str | None, bool | None]:
        """(commit, changed): each None when there is no repository, no git, or no answer in time."""
        commit = read_commit(self._git_folder) if self._git_folder else None
        process, self._process = self._process, None
        if process is None:
            return commit, None
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return commit, None
        return commit, bool(output.strip()) if process.returncode == 0 else None

    def close(self) -> None:
        """Stop asking, when nobody wants the answer any more. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def start_git(folder: Path) -> GitProbe:
    """Ask git about a folder; the answer is fetched with `result`, else the question is taken back with `close`."""
    return GitProbe(folder)


def find_git_folder(folder: Path) -> Path | None:
    """The `.git` folder of the repository around a folder; of a worktree, its own part of it."""
    folder = folder.resolve()
    for parent in (folder, *folder.parents):
        candidate = parent / ".git"
        if candidate.is_dir():
            return candidate
        if candidate.is_file():
            link = _read(candidate)
            if link.startswith("gitdir:"):
                return (parent / link.removeprefix("gitdir:").strip()).resolve()
    return None


def read_commit(git_folder: Path) -> str | None:
    """The commit that HEAD points to; None before the first one."""
    head = _read(git_folder / "HEAD")
    if not head.startswith("ref:"):
        return _commit(head)
    ref = head.removeprefix("ref:").strip()
    common = _read(git_folder / "commondir")
    homes = [git_folder, (git_folder / common).resolve()] if common else [git_folder]
    for home in homes:
        commit = _commit(_read(home / ref)) or _packed_commit(home, ref)
        if commit:
            return commit
    return None


def _packed_commit(home: Path, ref: str) -> str | None:
    for line in _read(home / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return _commit(commit)
    return None


def _commit(text: str) -> str | None:
    return text if len(text) in (40, 64) and _HEX.issuperset(text) else None


def _read(path: Path) -> str:
    """The text of a small file; "" when it cannot be read, as a repository of an unknown form is no reason to fail."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _ask(folder: Path) -> "subprocess.Popen[bytes] | None":
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.Popen(
            _ASK,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        # git is not installed.
        return None

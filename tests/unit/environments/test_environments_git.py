"""The commit is read from the repository's files; whether something changed is asked of git."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from headwater.environments.git import find_git_folder, read_commit, start_git

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "flow.py").write_text("pass\n", encoding="utf-8")
    git(folder, "add", "flow.py")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_a_clean_and_a_changed_tree_are_told_apart(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "untracked.txt").touch()
    assert start_git(repository).result(timeout_s=60) == (commit, False)
    (repository / "flow.py").write_text("changed\n", encoding="utf-8")
    assert start_git(repository).result(timeout_s=60) == (commit, True)


def test_packed_references_detached_heads_and_worktrees_are_understood(repository: Path, tmp_path: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    assert start_git(repository).result(timeout_s=60)[0] == commit
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert start_git(tmp_path / "tree").result(timeout_s=60) == (commit, False)
    git(repository, "checkout", "-q", "--detach")
    inner = repository / "inner"
    inner.mkdir()
    assert start_git(inner).result(timeout_s=60)[0] == commit


def test_a_folder_without_a_repository_has_no_commit(tmp_path: Path) -> None:
    if find_git_folder(tmp_path) is not None:
        pytest.skip("the folder for temporary files is inside a repository")
    assert start_git(tmp_path).result() == (None, None)


def test_without_git_the_commit_is_known_and_the_rest_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(f"{COMMIT}\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert start_git(tmp_path).result() == (COMMIT, None)


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    assert read_commit(tmp_path) is None
    (tmp_path / "HEAD").write_bytes(b"\xff\xfe")
    assert read_commit(tmp_path) is None

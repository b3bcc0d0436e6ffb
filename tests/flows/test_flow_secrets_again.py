"""Secrets of a task that is run once more: spun, replayed, or called as a function in a test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import headwater
from flow_project import Finished, Project
from headwater.errors import SecretsError
from headwater.flow.load import load_flow
from headwater.testing import replay, run_step
from headwater.vault import hidden

TOKEN = "tok-0123456789"
FLOW = """
from headwater import secrets

class Kept(FlowSpec):
    @secrets(sources=["env-file.prod.env", {"type": "inline", "options": {"env_vars": {"WORD": os.environ["GIVEN"]}}}])
    @step
    def start(self):
        print("printed", os.environ["TOKEN"], os.environ["WORD"])
        self.lengths = len(os.environ["TOKEN"]), len(os.environ["WORD"])
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture
def kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Finished]:
    """A run with a secret in a file and one that its author's file made; this process stands in its folder."""
    project.environ["GIVEN"] = "word-abcdef"
    monkeypatch.setenv("GIVEN", "word-abcdef")
    monkeypatch.chdir(project.folder)
    (project.folder / "prod.env").write_text(f"TOKEN={TOKEN}")
    done = project.run(FLOW).done()
    headwater.use_root(str(project.root))
    yield done
    assert hidden.current_mask() is None
    assert "TOKEN" not in os.environ


def test_a_replayed_task_has_them_again(kept: Finished, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(f"{kept.pathspec}/start").lengths == (14, 11)
    assert "printed *** ***" in capsys.readouterr().out


def test_a_replay_without_them_says_what_is_missing(kept: Finished) -> None:
    Path("prod.env").unlink()
    with pytest.raises(SecretsError, match=r"start/0 could not be run again\. .*prod\.env cannot be read"):
        replay(f"{kept.pathspec}/start")


def test_a_spun_step_has_them(kept: Finished) -> None:
    spun = kept.project.call("spin", "start")
    assert spun.code == 0, spun.stderr
    assert "printed *** ***" in spun.stdout


def test_a_step_that_is_called_in_a_test_has_them_where_decorators_act(
    kept: Finished, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = load_flow(kept.project.file, "Kept")
    result = run_step(flow, "start", decorators=True)
    assert result.lengths == (14, 11)
    assert "printed *** ***" in capsys.readouterr().out
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", "of")
        patch.setenv("WORD", "the test")
        assert run_step(flow, "start").lengths == (2, 8)

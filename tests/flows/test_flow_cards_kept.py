"""Cards as things that are kept: read back by many ways, counted, left alone by a sweep, removed with their run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from flow_project import Finished, Project
from headwater.cards import get_cards
from headwater.client.objects import Flow, Task
from headwater.client.scope import namespace
from headwater.errors import InvalidName

FLOW = """
from headwater import card
from headwater.cards import Markdown

class KeptFlow(FlowSpec):
    @card
    @card(type="blank", id="plain", refresh_interval=0)
    @step
    def start(self):
        current.card["plain"].append(Markdown("**said** </iframe>"))
        current.card["plain"].refresh()
        print("shown", flush=True)
        while os.path.exists("wait"):
            time.sleep(0.02)
        self.next(self.end)

    @step
    def end(self): pass
"""


@pytest.fixture(autouse=True)
def every_run() -> None:
    namespace(None)


@pytest.fixture
def ran(project: Project) -> Finished:
    return project.run(FLOW).done()


def task_of(ran: Finished) -> Task:
    return Task(f"{ran.pathspec}/start/0", root=str(ran.project.root))


def test_cards_are_had_by_task_or_pathspec_by_id_or_type(ran: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(ran.project.root))
    every = get_cards(f"{ran.pathspec}/start/0")
    assert [card.type for card in every] == ["default", "blank"]
    assert [card.hash for card in get_cards(task_of(ran))] == [card.hash for card in every]
    assert [card.type for card in get_cards(task_of(ran), id="plain")] == ["blank"]
    assert [card.id for card in get_cards(task_of(ran), type="default")] == [None]
    assert len(get_cards(task_of(ran), id="nobody")) == 0
    assert every[0].path.endswith(".zst")
    assert os.path.isfile(every[0].path)
    with pytest.raises(InvalidName, match="cards are those of a task"):
        get_cards(f"{ran.pathspec}/start")
    with pytest.raises(TypeError, match="takes a Task or a pathspec"):
        get_cards(5)


def test_a_notebook_shows_each_card_in_a_frame_that_reaches_nothing(ran: Finished) -> None:
    cards = get_cards(task_of(ran))
    html = cards._repr_html_()
    assert html.count('<iframe sandbox="allow-scripts') == html.count("</iframe>") == 2
    assert "KeptFlow" in repr(cards)
    assert "start/0" in repr(cards[1])
    empty = get_cards(Task(f"{ran.pathspec}/end/0", root=str(ran.project.root)))
    assert "has no cards" in empty._repr_html_()


def test_a_sweep_keeps_cards_and_a_removal_takes_them(ran: Finished) -> None:
    pages = [card.get() for card in get_cards(task_of(ran))]
    for words in (("gc", "--yes"), ("doctor", "--verify")):
        assert _headwater(ran, *words).returncode == 0
    assert [card.get() for card in get_cards(task_of(ran))] == pages
    assert "(cards)" in _headwater(ran, "du", f"{ran.pathspec}/start").stdout
    blob = get_cards(task_of(ran))[0].path
    assert _headwater(ran, "rm", ran.pathspec, "--yes").returncode == 0
    assert _headwater(ran, "gc", "--yes").returncode == 0
    assert not os.path.exists(blob)


def test_a_run_that_was_killed_leaves_the_card_as_it_was_shown_last(project: Project) -> None:
    project.write(FLOW)
    (project.folder / "wait").touch()
    process = project.start("run", "--isolation", "fork")
    assert process.stdout is not None
    assert process.stdout.readline() == "shown\n"
    flow = Flow("KeptFlow", root=str(project.root))
    run = flow.latest_run
    assert run is not None
    (card,) = get_cards(Task(f"{run.pathspec}/start/0", root=str(project.root)))
    assert card.live
    assert "<strong>said</strong>" in card.get()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    while run.status == "running":
        time.sleep(0.02)
    (card,) = get_cards(Task(f"{run.pathspec}/start/0", root=str(project.root)))
    assert not card.live
    assert "<strong>said</strong>" in card.get()
    killed = Finished(project, 0, "", "", run.id)
    assert _headwater(killed, "rm", run.pathspec, "--yes").returncode == 0
    assert not list(project.root.glob("flows/*/*/cards"))


def _headwater(ran: Finished, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "headwater", *words]
    return subprocess.run(command, env=ran.project.environ, cwd=ran.project.folder, capture_output=True, text=True)


def test_the_card_of_a_second_attempt_is_seen_while_it_runs(project: Project) -> None:
    source = """
    from headwater import card

    class AgainFlow(FlowSpec):
        @retry(times=1, minutes_between_retries=0)
        @card
        @step
        def start(self):
            if current.retry_count == 0:
                raise ValueError("first")
            current.card.refresh()
            print("shown", flush=True)
            while os.path.exists("wait"):
                time.sleep(0.02)
            self.next(self.end)

        @step
        def end(self): pass
    """
    project.write(source)
    (project.folder / "wait").touch()
    process = project.start("run")
    assert process.stdout is not None
    assert process.stdout.readline() == "shown\n"
    listed = json.loads(project.call("card", "list", "--as-json").stdout)["cards"]
    assert listed[-1]["live"]
    (project.folder / "wait").unlink()
    assert project.finished(process).code == 0
    assert [one["live"] for one in json.loads(project.call("card", "list", "--as-json").stdout)["cards"]] == [False]

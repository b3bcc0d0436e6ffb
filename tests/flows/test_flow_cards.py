"""Cards of real runs: what is in them, of which attempts they are, and what does not become of a task through one."""

import pytest

from card_flows import MINE, cards
from flow_project import Project
from headwater.client.cards import get_cards
from headwater.client.objects import Task
from headwater.client.scope import namespace


@pytest.fixture(autouse=True)
def every_run() -> None:
    namespace(None)


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_card_shows_what_the_step_set_and_put_into_it(project: Project, isolation: str) -> None:
    source = (
        MINE
        + """
class CardFlow(FlowSpec):
    alpha = Parameter("alpha", default=0.5)

    @card(type="mine", id="own", options={"deep": [1]})
    @card
    @step
    def start(self):
        self.x = 5
        current.card["own"].append(Note("first"))
        current.card["own"].append(Note("second"), id="second")
        current.card["own"].components["second"].update("changed")
        current.card.append(Markdown("# A heading"))
        print("printed <here>")
        self.next(self.end)

    @step
    def end(self):
        self.has = "card" in current
"""
    )
    ran = project.run(source, before=("--isolation", isolation)).done()
    own, default = cards(ran, "start")
    place = f"{ran.pathspec}/start/0"
    assert own.get() == f"{place}@0 succeeded ['alpha', 'name', 'x'] {{'deep': [1]}} <b>first</b><b>changed</b>"
    assert (own.id, own.type, own.failed, own.live, own.from_resumed) == ("own", "mine", False, False, False)
    assert own.get_data() == {
        "components": {"component-1": {"data": "first"}, "second": {"data": "changed"}},
        "user": None,
    }
    page = default.get()
    assert "A heading" in page
    assert "alpha" in page
    if isolation != "none":  # where nothing is captured
        assert "printed &lt;here&gt;" in page
    assert ran.at("end").has is False
    assert list(cards(ran, "end")) == []


def test_each_attempt_has_cards_of_its_own_and_a_process_that_died_has_one_that_says_so(project: Project) -> None:
    source = (
        MINE
        + """
class TriedFlow(FlowSpec):
    @card(type="mine")
    @retry(times=2, minutes_between_retries=0)
    @step
    def start(self):
        self.x = current.retry_count
        current.card.append(Note(f"attempt {self.x}"))
        if self.x == 0:
            raise ValueError("not yet")
        if self.x == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source).done()
    (failed,), (died,), (last,) = (cards(ran, "start", attempt=number) for number in range(3))
    assert "@0 failed" in failed.get()
    assert "attempt 0" in failed.get()
    assert died.failed
    assert "SIGKILL" in died.get()
    assert "@2 succeeded" in last.get()
    assert cards(ran, "start")[0].hash == last.hash


def test_a_caught_failure_and_every_member_of_a_gang_have_their_cards(project: Project) -> None:
    source = (
        MINE
        + """
class GangFlow(FlowSpec):
    @catch(var="why")
    @card(type="mine")
    @step
    def start(self):
        raise ValueError("caught")
        self.next(self.split)

    @step
    def split(self):
        self.next(self.train, num_parallel=2)

    @card(type="mine")
    @parallel
    @step
    def train(self):
        current.card.append(Note(f"node {current.parallel.node_index}"))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source).done()
    assert "@0 caught ['name', 'why']" in cards(ran, "start")[0].get()
    assert all(f"node {node}" in cards(ran, "train", str(node))[0].get() for node in range(2))


def test_a_resumed_run_shows_the_cards_of_the_tasks_that_it_took_over(project: Project) -> None:
    source = (
        MINE
        + """
class AgainFlow(FlowSpec):
    @card(type="mine")
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        if not os.path.exists("ready"):
            raise ValueError("not yet")
"""
    )
    first = project.run(source)
    (project.folder / "ready").touch()
    again = project.call("resume").done()
    (card,) = cards(again, "start")
    assert card.get() == cards(first, "start")[0].get()
    assert (card.from_resumed, card.origin_pathspec) == (True, f"{first.pathspec}/start/0")
    task = Task(f"{again.pathspec}/start/0", root=str(project.root))
    assert len(get_cards(task, follow_resumed=False)) == 0


LIVE = (
    MINE
    + """
class LiveFlow(FlowSpec):
    @card(type="mine", refresh_interval=0)
    @step
    def start(self):
        current.card.append(Note("one"), id="note")
        current.card.refresh({"epoch": 1})
        current.card.components["note"].update("two")
        current.card.refresh({"epoch": 2})
        from headwater.cards import get_cards
        (seen,) = get_cards(current.task)
        self.page, self.data, self.live = seen.get(), seen.get_data(), seen.live
        self.next(self.end)

    @step
    def end(self): pass
"""
)


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_card_is_seen_while_its_task_runs_and_leaves_only_the_last_one(project: Project, isolation: str) -> None:
    ran = project.run(LIVE, before=("--isolation", isolation)).done()
    left = ran.at("start")
    assert left.live
    assert left.page == "live running {'epoch': 1} <b>one</b>"
    assert left.data == {
        "mode": "refresh",
        "components": {"note": {"html": "<b>two</b>", "data": "two"}},
        "user": {"epoch": 2},
        "token": "once",
    }
    (card,) = cards(ran, "start")
    assert "<b>two</b>" in card.get()
    assert (card.get_data() or {})["user"] == {"epoch": 2}
    assert [path for path in project.root.glob("flows/*/*/cards/**/*") if path.is_file()] == []


def test_with_card_gives_every_step_one_that_has_none(project: Project) -> None:
    source = (
        MINE
        + """
class PlainFlow(FlowSpec):
    @card(type=Mine)
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        self.there = len(current.card)
"""
    )
    ran = project.run(source, "--with", "card:type=blank").done()
    assert [card.type for step in ("start", "end") for card in cards(ran, step)] == ["mine", "blank"]
    assert ran.at("end").there == 1


@pytest.mark.parametrize("isolation", ["fork", "none"])
def test_a_card_asks_its_task_what_any_reader_can(project: Project, isolation: str) -> None:
    source = (
        MINE
        + """
class Asks(Card):
    type = "asks"
    def render(self, task):
        (parent,) = task.parent_tasks
        facts = task.metadata_dict
        return repr([
            parent.data.x, sorted(task.user_tags), task.parent.parent.pathspec == current.run.pathspec, task.index,
            task.successful, facts["attempt"], facts["outcome"], task.exception, [one.id for one in task.artifacts],
            self.flow.x, sorted(self.graph["steps"]), task.data.alpha,
        ])

class AskedFlow(FlowSpec):
    alpha = Parameter("alpha", default=0.5)

    @step
    def start(self):
        self.x = 5
        self.items = [1]
        self.next(self.work, foreach="items")

    @card(type="asks")
    @step
    def work(self):
        self.y = self.input
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source, "--tag", "mine", before=("--isolation", isolation)).done()
    told = "[5, ['mine'], True, 0, True, '0', 'succeeded', None, ['alpha', 'items', 'name', 'x', 'y'], 5, "
    assert cards(ran, "work")[0].get() == told + "['end', 'join', 'start', 'work'], 0.5]"

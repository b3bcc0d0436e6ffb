"""Cards of real runs: what is in them, of which attempts they are, and what does not become of a task through one."""

import signal

import pytest

from flow_project import Finished, Project
from headwater.client.cards import CardContainer, get_cards
from headwater.client.objects import Task
from headwater.client.scope import namespace


@pytest.fixture(autouse=True)
def every_run() -> None:
    namespace(None)


MINE = """
from headwater import card
from headwater.cards import Card, Component, Markdown

class Note(Component):
    REALTIME_UPDATABLE = True
    def __init__(self, text): self.text = text
    def render(self): return f"<b>{self.text}</b>"
    def update(self, text): self.text = text
    def to_data(self): return self.text

class Slow(Component):
    def render(self): time.sleep(60)

class Mine(Card):
    type = "mine"
    ALLOW_USER_COMPONENTS = True
    RUNTIME_UPDATABLE = True
    def render(self, task):
        seen = sorted(artifact.id for artifact in task)
        return f"{task.pathspec}@{task.current_attempt} {task.status} {seen} {self.options} {''.join(self.components)}"
    def render_runtime(self, task, data):
        return f"live {task.status} {data['user']} {''.join(self.components)}"

class Raises(Card):
    type = "raises"
    def render(self, task): raise ValueError("no <such> thing")

class Hangs(Card):
    type = "hangs"
    def render(self, task):
        while True:
            try:
                time.sleep(60)
            except Exception:
                pass

class Exits(Card):
    type = "exits"
    def render(self, task): sys.exit(3)

class Wrong(Card):
    type = "wrong"
    def render(self, task): return 5
"""


def cards(ran: Finished, step: str, task_id: str = "0", attempt: int | None = None) -> CardContainer:
    return get_cards(Task(f"{ran.pathspec}/{step}/{task_id}", attempt, root=str(ran.project.root)))


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


def test_a_card_that_cannot_be_made_says_why_and_the_task_goes_on(project: Project) -> None:
    source = (
        MINE
        + """
class BrokenFlow(FlowSpec):
    @card(type="raises", id="a")
    @card(type="hangs", id="b", timeout=0.2)
    @card(type="exits", id="c")
    @card(type="wrong", id="d")
    @card(type="raises", id="e", save_errors=False)
    @card(type="mine", id="f")
    @card(type="mine", id="g", timeout=0.2)
    @timeout(seconds=50)
    @step
    def start(self):
        current.card["g"].append(Slow())
        self.x = 1
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source).done()
    found = {card.id: card for card in cards(ran, "start")}
    assert sorted(map(str, found)) == ["a", "b", "c", "d", "f", "g"]
    assert [card.failed for card in found.values()] == [True, True, True, True, False, True]
    assert "no &lt;such&gt; thing" in found["a"].get()
    assert "was not done after 0.2 s" in found["b"].get()
    assert "SystemExit: 3" in found["c"].get()
    assert "returned a value of type int" in found["d"].get()
    log = ran.log("start")
    assert "The card 'raises' raised ValueError: no <such> thing. A card that says so is kept in its place." in log
    assert "raise its timeout" in log


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


def test_what_is_asked_of_no_card_or_of_one_that_takes_nothing_is_a_warning(project: Project) -> None:
    source = (
        MINE
        + """
class VagueFlow(FlowSpec):
    @card(type="mine", id="a")
    @card(type="mine", id="b")
    @card(type="raises", id="c")
    @step
    def start(self):
        current.card.append(Note("nowhere"))
        current.card["z"].append(Note("nowhere"))
        current.card["c"].append(Note("nowhere"))
        current.card["a"].append("no component")
        current.card["b"].append(Note("here"))
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source).done()
    log = ran.log("start")
    assert "current.card.append could mean 2 cards of this step, so it does nothing." in log
    assert "No card of this step has the id 'z'" in log
    assert "@card(id='c') takes no components: ALLOW_USER_COMPONENTS of Raises is False." in log
    assert "str is no component" in log
    a, b, _ = cards(ran, "start")
    assert a.get().endswith("{} ")
    assert b.get().endswith("{} <b>here</b>")


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


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('@card(type="nobody")', "There is no card of the type 'nobody'. Known: blank, default, error"),
        ('@card(id="a")\n    @card(type="blank", id="a")', "Step 'start' has two cards with the id 'a'"),
        ('@card(id="a b")', "the id 'a b' has other signs than letters"),
        ("@card(timeout=0)", "timeout leaves no time"),
        ("@card(refresh_interval=-1)", "refresh_interval cannot be negative"),
        ('@card(options={"f": print})', "options can only hold what JSON can"),
        ("@card(type=int)", "type takes a text"),
    ],
)
def test_a_card_that_cannot_be_is_refused_before_the_run(project: Project, source: str, said: str) -> None:
    flow = f"""
from headwater import card

class BadFlow(FlowSpec):
    {source}
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self): pass
"""
    assert said in project.run(flow).stderr
    assert project.run_ids() == frozenset()


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


def test_a_package_offers_types_and_one_that_cannot_be_imported_says_so_in_its_card(project: Project) -> None:
    package = project.folder / "shop_cards-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: shop_cards\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[headwater.card]\nshop = shop_cards:Shop\nbroken = shop_cards:Nobody\n")
    project.write(
        """
        from headwater.cards import Card

        class Shop(Card):
            type = "shop"

            def render(self, task):
                return "from the shop"
        """,
        "shop_cards.py",
    )
    source = """
from headwater import card

class ShoppingFlow(FlowSpec):
    @card(type="shop")
    @card(type="broken")
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self): pass
"""
    ran = project.run(source).done()
    shop, broken = cards(ran, "start")
    assert shop.get() == "from the shop"
    assert broken.failed
    assert "has no attribute" in broken.get()
    assert "The card 'broken' raised AttributeError" in ran.log("start")


@pytest.mark.parametrize("isolation", ["fork", "none"])
def test_who_interrupts_a_card_interrupts_its_task(project: Project, isolation: str) -> None:
    source = (
        MINE
        + """
class Begins(Card):
    type = "begins"
    def render(self, task):
        print("rendering", flush=True)
        time.sleep(60)

class SlowFlow(FlowSpec):
    @card(type="begins")
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    project.write(source)
    process = project.start("run", "--isolation", isolation)
    assert process.stdout is not None
    assert process.stdout.readline() == "rendering\n"
    process.send_signal(signal.SIGINT)
    ended = project.finished(process)
    assert ended.code == 130
    assert "was interrupted" in ended.stderr
    assert ended.tasks("start") == set()


def test_the_timeout_of_a_step_leaves_its_cards_their_own_time(project: Project) -> None:
    source = (
        MINE
        + """
class Sleeps(Card):
    type = "slow"
    def render(self, task):
        time.sleep(1.5)
        return f"done, {task.status}"

class QuickFlow(FlowSpec):
    @timeout(seconds=0.5)
    @card(type="slow")
    @step
    def start(self):
        self.next(self.late)

    @catch(var="why")
    @timeout(seconds=0.5)
    @card(type="slow")
    @step
    def late(self):
        time.sleep(60)
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source, "--grace-s", "0.2").done()
    assert cards(ran, "start")[0].get() == "done, succeeded"
    assert cards(ran, "late")[0].get() == "done, caught"

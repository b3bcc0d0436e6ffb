"""Cards that cannot be made, or take too long, or mean nothing: what is said, and what the task comes to."""

import signal

import pytest

from card_flows import MINE, cards
from flow_project import Project
from headwater.client.scope import namespace


@pytest.fixture(autouse=True)
def every_run() -> None:
    namespace(None)


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


def test_what_a_component_or_refresh_is_given_never_ends_the_task(project: Project) -> None:
    source = (
        MINE
        + """
from headwater.cards import Component

class Odd(Component):
    def render(self): return "<b>odd</b>"
    def to_data(self):
        around = ["a half \\ud800"]
        return [*around, around]

class OddFlow(FlowSpec):
    @card(type="mine")
    @step
    def start(self):
        odd = {"text": "\\ud800"}
        odd["itself"] = odd
        current.card.append(Odd(), id="odd")
        current.card.refresh(odd)
        self.next(self.end)

    @step
    def end(self): pass
"""
    )
    ran = project.run(source).done()
    (card,) = cards(ran, "start")
    data = card.get_data()
    assert data is not None
    assert data["components"]["odd"]["data"] == ["a half \\ud800", ["a half \\ud800"]]
    assert data["user"] == {"text": "\\ud800", "itself": "…"}


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


def test_a_type_of_a_package_that_is_not_installed_gives_a_card_that_says_so(project: Project) -> None:
    source = """
from headwater import card

class HtmlFlow(FlowSpec):
    @card(type="html")
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self): pass
"""
    ran = project.run(source).done()
    assert "gets a card that says so: There is no card of the type 'html'" in ran.stderr
    (page,) = cards(ran, "start")
    assert "There is no card of the type" in page.get()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('@card(type="blnk")', "There is no card of the type 'blnk'. Known: blank, default, error"),
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

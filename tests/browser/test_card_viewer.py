"""`card server` in a browser: cards in frames that reach nothing, and those of running tasks as they change."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flow_project import Project

MakeReader = Callable[..., Any]

FLOW = """
from headwater import card
from headwater.cards import Markdown, ProgressBar

class ViewedFlow(FlowSpec):
    @card(refresh_interval=0)
    @card(type="blank", id="notes")
    @step
    def start(self):
        bar = ProgressBar(max=3, label="Rounds")
        current.card.append(bar)
        for number in (1, 2):
            bar.update(number)
            current.card.refresh()
            print(f"round {number}", flush=True)
            while not os.path.exists(f"go-{number}"):
                time.sleep(0.02)
        current.card["notes"].append(Markdown("<script>parent.stolen = 1</script> **noted**"))
        self.next(self.end)

    @step
    def end(self): pass
"""


@contextmanager
def server(project: Project) -> Iterator[str]:
    words = ["flow.py", "card", "server", "--port", "0", "--poll-interval", "0.1", "--json"]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=project.folder, env=project.environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"]
    finally:
        process.kill()
        process.communicate()


def test_a_running_tasks_card_changes_in_place_and_becomes_the_one_that_is_kept(
    tmp_path: Any, reader: MakeReader
) -> None:
    project = Project(tmp_path)
    project.write(FLOW)
    run = project.start("run")
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "round 1\n"
        with server(project) as address:
            someone = reader()
            tab = someone.tab
            tab.goto(address)
            page = tab.frame_locator("#page")
            page.get_by_text("1 of 3").wait_for()
            assert tab.locator("nav .mark").inner_text() == "live"
            (project.folder / "go-1").touch()
            page.get_by_text("2 of 3").wait_for()
            page.locator("[data-log]").get_by_text("round 2").wait_for()
            (project.folder / "go-2").touch()
            assert run.wait(30) == 0
            page.get_by_text("succeeded", exact=False).first.wait_for()
            assert tab.locator("nav button").count() == 2
            tab.locator("nav button", has_text="notes").click()
            page.get_by_text("noted").wait_for()
            assert someone.tells("window.stolen === undefined")
            tab.get_by_role("status").get_by_text("succeeded").wait_for()
            assert "card=" in tab.url
        assert someone.complaints == []
        assert all(url.startswith((address, "data:")) for url in someone.requests)
    finally:
        run.kill()
        run.communicate()


def test_a_run_without_cards_says_how_to_get_one(tmp_path: Any, reader: MakeReader) -> None:
    project = Project(tmp_path)
    project.run(
        """
        class BareFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.end)

            @step
            def end(self): pass
        """
    ).done()
    with server(project) as address:
        someone = reader("dark", 400)
        someone.tab.goto(address)
        someone.tab.get_by_text("No card yet.").wait_for()
        assert someone.fits()
        assert someone.complaints == []

"""The viewer of cards, while a task runs: what changes is changed in the open page."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flow_project import Project
from processes import wait_for

FLOW = """
import pathlib
from headwater import card
from headwater.cards import Markdown, ProgressBar, VegaChart

def wait_for(name):
    while not pathlib.Path(name).exists():
        time.sleep(0.02)

class LiveFlow(FlowSpec):
    @card(refresh_interval=0)
    @step
    def start(self):
        bar = ProgressBar(max=10, label="Rounds", value=3)
        current.card.append(bar, id="bar")
        current.card.refresh()
        wait_for("second")
        bar.update(9)
        current.card.refresh()
        wait_for("third")
        current.card.append(VegaChart({"mark": "point", "data": {"values": [{}]}}))
        current.card.refresh()
        wait_for("last")
        self.next(self.end)

    @step
    def end(self):
        pass
"""
MakeReader = Callable[..., Any]


@contextmanager
def viewer(project: Project) -> Iterator[str]:
    """The address of a server of the project's cards."""
    words = ("card", "server", "--port", "0", "--poll-interval", "0.1", "--json")
    command = [sys.executable, "-m", "headwater", *words]
    with subprocess.Popen(
        command, cwd=project.folder, env=project.environ, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.send_signal(signal.SIGINT)


def test_an_open_card_follows_its_task_to_the_end(tmp_path: Path, reader: MakeReader) -> None:
    project = Project(tmp_path)
    project.write(FLOW)
    someone = reader()
    with project.start("run") as run:
        wait_for(lambda: list(project.root.glob("flows/*/*/cards/start/*/*.html")), run)
        with viewer(project) as address:
            someone.tab.goto(address)
            card = someone.tab.frame_locator("iframe")
            card.get_by_text("3 of 10").wait_for()
            card.locator("body").evaluate("window.mark = 'not loaded anew'")

            (tmp_path / "second").touch()
            card.get_by_text("9 of 10").wait_for()
            assert card.locator("body").evaluate("window.mark") == "not loaded anew"

            (tmp_path / "third").touch()
            card.locator(".chart svg").wait_for()

            (tmp_path / "last").touch()
            card.get_by_text("succeeded").wait_for()
            assert card.get_by_text("9 of 10").count() == 1
        assert run.wait(30) == 0
    assert someone.complaints == []

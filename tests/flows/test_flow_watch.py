"""`run --watch`: a run for every change, from the first step that it touches."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flow_project import Finished, Project
from processes import launch, wait_for

HELPER = "def grow(value):\n    return value + 1\n"
FLOW = """
from helper import grow

class Watched(FlowSpec):
    number = Parameter("number", default=3)

    @step
    def start(self):
        self.first = self.number
        self.next(self.middle)

    @step
    def middle(self):
        self.second = grow(self.first)
        self.next(self.end)

    @step
    def end(self):
        print("second is", self.second)
        while os.path.exists("hold"):
            time.sleep(0.01)
"""


class Watch:
    """A watch, and what it has said so far."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.said_in = project.folder / "said"
        with self.said_in.open("w") as said:
            words = ("run", "--number", "5", "--watch")
            self.process = launch(project, *words, stderr=said, stdout=subprocess.DEVNULL)

    @property
    def said(self) -> str:
        return self.said_in.read_text()

    def wait(self, text: str, times: int = 1) -> None:
        wait_for(lambda: self.said.count(text) >= times, self.process)

    def change(self, name: str, old: str, new: str) -> None:
        path = self.project.folder / name
        source = path.read_text()
        assert old in source
        temporary = path.with_name("temporary")
        temporary.write_text(source.replace(old, new))
        status = path.stat()
        os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
        temporary.replace(path)

    def newest(self) -> Finished:
        return Finished(self.project, 0, "", "", max(self.project.run_ids(), key=int))


@pytest.fixture
def watch(project: Project) -> Iterator[Watch]:
    project.write(HELPER, "helper.py")
    project.write(FLOW)
    made = Watch(project)
    yield made
    made.process.kill()
    made.process.wait()


WAITING = "Waiting for a change of flow.py (2 files); Ctrl-C ends."


def test_a_change_runs_what_it_touches_and_takes_over_the_rest(watch: Watch) -> None:
    watch.wait(WAITING)
    first = watch.newest()
    watch.change("helper.py", "value + 1", "value + 10")
    watch.wait(WAITING, 2)
    second = watch.newest()
    assert "helper.py changed: step middle." in watch.said
    assert second.run.origin_run_id == first.run_id
    assert second.taken == {"start": {first.run_id}}
    assert second.at("middle").second == 15


def test_comments_and_layout_run_nothing(watch: Watch) -> None:
    watch.wait(WAITING)
    watch.change(
        "flow.py", "        self.first = self.number", "        # a comment\n        self.first = (self.number)"
    )
    watch.wait("flow.py changed, but nothing that a step does.")
    assert len(watch.project.run_ids()) == 1


def test_another_default_of_a_parameter_runs_everything(watch: Watch) -> None:
    watch.wait(WAITING)
    watch.change("flow.py", "default=3", "default=4")
    watch.wait(WAITING, 2)
    assert "parameters or configs, so everything runs again" in watch.said
    assert watch.newest().run.origin_run_id is None


def test_source_that_cannot_be_read_is_told_and_waited_for(watch: Watch) -> None:
    watch.wait(WAITING)
    watch.change("flow.py", "def middle(self):", "def middle(self:")
    watch.wait("is not valid Python")
    watch.change("flow.py", "def middle(self:", "def middle(self, ):")
    watch.wait("nothing that a step does")
    watch.change("flow.py", "grow(self.first)", "grow(self.missing)")
    watch.wait("has no attribute 'missing'")
    watch.wait(WAITING, 2)
    watch.change("flow.py", "grow(self.missing)", "grow(self.first) + 1")
    watch.wait(WAITING, 3)
    assert watch.newest().at("middle").second == 7


def test_a_run_that_goes_on_is_ended_by_a_change_that_is_right_and_not_by_another(watch: Watch) -> None:
    watch.wait(WAITING)
    hold = watch.project.folder / "hold"
    hold.touch()
    watch.change("flow.py", 'print("second', 'print("held')
    watch.wait("resumes")
    watch.change("flow.py", "self.next(self.middle)", "self.next(self.nowhere)")
    watch.wait("nowhere")
    watch.change("flow.py", "self.next(self.nowhere)", "self.next(self.middle)")
    watch.change("flow.py", 'print("held', 'print("free')
    watch.wait("The source changed: this run is ended.")
    hold.unlink()
    watch.wait(WAITING, 2)
    assert watch.newest().tasks("end") == {"0"}


def test_a_module_that_is_missing_is_waited_for(watch: Watch) -> None:
    watch.wait(WAITING)
    (watch.project.folder / "helper.py").unlink()
    watch.wait("No module named 'helper'")
    watch.wait("Waiting for a change of flow.py (1 file); Ctrl-C ends.")
    watch.project.write(HELPER.replace("+ 1", "+ 10"), "helper.py")
    watch.wait(WAITING, 2)
    assert "helper.py changed: step middle." in watch.said
    assert watch.newest().at("middle").second == 15


def test_a_config_that_the_environment_names_is_looked_at(project: Project) -> None:
    project.write('{"depth": 1}', "night.json")
    project.write(HELPER, "helper.py")
    configured = FLOW.replace("    number =", '    config = Config("config", default_value={})\n    number =')
    project.write(f"from headwater import Config\n{configured}".replace("= self.number", "= self.config.depth"))
    project.environ["HEADWATER_FLOW_CONFIG"] = '{"config": "night.json"}'
    watch = Watch(project)
    try:
        watch.wait("(3 files)")
        watch.change("night.json", "1", "2")
        watch.wait("night.json changed: parameters or configs, so everything runs again.")
        watch.wait("(3 files)", 2)
        assert watch.newest().at("start").first == 2
    finally:
        watch.process.kill()
        watch.process.wait()


def test_another_content_of_an_included_file_runs_everything(project: Project) -> None:
    project.write("first", "words.txt")
    project.write(HELPER, "helper.py")
    included = FLOW.replace("    number =", '    words = IncludeFile("words", default="words.txt")\n    number =')
    project.write(f"from headwater import IncludeFile\n{included}".replace("= self.number", "= len(self.words)"))
    watch = Watch(project)
    try:
        watch.wait("(3 files)")
        watch.change("words.txt", "first", "second")
        watch.wait("words.txt changed: parameters or configs, so everything runs again.")
        watch.wait("(3 files)", 2)
        assert watch.newest().at("start").first == len("second")
    finally:
        watch.process.kill()
        watch.process.wait()


def test_ctrl_c_ends_the_watch(watch: Watch) -> None:
    watch.wait(WAITING)
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait() == 0


def test_a_program_that_reads_json_does_not_watch(project: Project) -> None:
    project.write(HELPER, "helper.py")
    project.write(FLOW)
    project.call("--json", "run", "--watch").failed("--watch is for a person", code=2)


def test_several_steps_can_be_resumed_from(project: Project) -> None:
    project.write(HELPER, "helper.py")
    first = project.run(FLOW).done()
    done = project.call("resume", "middle,end").done()
    assert done.taken == {"start": {first.run_id}}
    project.call("resume", "middle,nowhere").failed("has no step 'nowhere'")
    assert Path(project.folder / "helper.py").exists()

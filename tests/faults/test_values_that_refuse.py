"""Values that cannot be stored, or take much room: named by their artifact, at the step that set them."""

import pytest

from flow_project import Project
from headwater.records.task import FailureKind
from processes import headwater

SETTING = """
import threading

class Raises:
    def __reduce__(self):
        raise RuntimeError("I refuse")

class Secretive:
    def __repr__(self):
        raise RuntimeError("no repr")
    __str__ = __repr__

class Lies:
    def __reduce__(self):
        return (print, ())

class CannotLoad:
    def __setstate__(self, state):
        raise RuntimeError("I do not come back")
    def __init__(self):
        self.state = 1

class Setting(FlowSpec):
    @step
    def start(self):
        self.good = 1
        self.next(self.middle)

    @step
    def middle(self):
        if not os.path.exists("go"):
            self.thing = {value}
        self.next(self.end)

    @step
    def end(self):
        {read}
        print("ended", self.good)
"""

REFUSED = {
    "lock": ("threading.Lock()", "lock"),
    "generator": ("(number for number in range(3))", "generator"),
    "open file": ("open(__file__)", "TextIOWrapper"),
    "the flow": ("self", "self"),
    "a lock inside": ("{{'inside': [threading.Lock()]}}".replace("{{", "{").replace("}}", "}"), "lock"),
    "raises in __reduce__": ("Raises()", "I refuse"),
    "a frame": ("sys._getframe()", "frame"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_cannot_be_stored_fails_the_task_by_the_artifacts_name(project: Project, name: str) -> None:
    value, word = REFUSED[name]
    run = project.run(SETTING.format(value=value, read="pass"))

    run.failed("middle/0 failed", "'thing'", word, "resume")
    failure = run.record("middle", attempt=0).failure
    assert failure is not None
    assert failure.kind is FailureKind.ARTIFACT
    assert "Traceback" not in run.stderr
    (project.folder / "go").touch()
    assert "ended 1" in project.call("resume").done().stdout


def test_a_function_is_stored_or_left_out_with_a_warning(project: Project) -> None:
    run = project.run(SETTING.format(value="lambda number: number + 1", read="print('called', self.thing(1))")).done()
    assert "called 2" in run.stdout

    run = project.run(SETTING.format(value="(lambda lock: lambda: lock)(threading.Lock())", read="pass")).done()
    assert "self.thing" in run.stdout + run.stderr
    assert "cannot be stored" in run.stdout + run.stderr

    again = project.run(SETTING.format(value="(lambda lock: lambda: lock)(threading.Lock())", read="self.thing"))
    again.failed("end/0 failed", "thing", "middle")


def test_a_value_whose_repr_raises_is_stored_and_can_be_read(project: Project) -> None:
    run = project.run(SETTING.format(value="Secretive()", read="print(type(self.thing).__name__)")).done()

    assert "Secretive" in run.stdout
    shown = headwater(project, "show", f"{run.pathspec}/middle/0")
    assert shown.returncode == 0, shown.stderr
    assert "thing" in shown.stdout
    artifact = headwater(project, "show", f"{run.pathspec}/middle/0/thing")
    assert "Traceback" not in artifact.stderr


def test_a_value_that_cannot_be_loaded_is_named_where_it_is_read(project: Project) -> None:
    run = project.run(SETTING.format(value="CannotLoad()", read="self.thing"))
    run.failed("end/0 failed", "thing", "I do not come back")


def test_text_that_is_no_unicode_is_a_value_like_any_other(project: Project) -> None:
    value = "{'text': 'caf\\udce9', 'caf\\udce9': 1}"
    run = project.run(SETTING.format(value=value, read="print(ascii(self.thing), flush=True)")).done()
    assert "caf\\udce9" in run.stdout
    run = project.run(SETTING.format(value="'caf\\udce9'", read="print(ascii(self.thing), flush=True)")).done()
    assert "caf\\udce9" in run.stdout
    assert headwater(project, "show", f"{run.pathspec}/middle/0/thing").returncode == 0


def test_an_exception_whose_text_raises_fails_the_task_all_the_same(project: Project) -> None:
    source = """
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")
    __repr__ = __str__

class Raising(FlowSpec):
    @step
    def start(self):
        raise Mute()
        self.next(self.end)

    @step
    def end(self):
        pass
"""
    project.run(source).failed("start/0 failed", "Mute")


HUGE = """
import resource

class Huge(FlowSpec):
    @step
    def start(self):
        size = 600 << 20
        self.huge = bytes(size)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.before = before
        self.next(self.end)

    @step
    def end(self):
        print("size", len(self.huge), self.huge[-1])
"""


def test_a_huge_value_is_stored_without_a_second_copy_in_memory(project: Project) -> None:
    run = project.run(HUGE).done()

    assert f"size {600 << 20} 0" in run.stdout
    usage = run.record("start").usage
    assert usage is not None
    assert usage.peak_memory is not None
    assert usage.peak_memory < 900 << 20


def test_artifacts_with_names_in_any_script(project: Project) -> None:
    source = """
class Scripts(FlowSpec):
    @step
    def start(self):
        self.größe, self.数, self.имя, self.ﬁ = 1, 2, 3, 4
        setattr(self, "x" * 190, 5)
        self.next(self.end)

    @step
    def end(self):
        print("read", self.größe, self.数, self.имя, self.fi)
"""
    run = project.run(source).done()

    assert "read 1 2 3 4" in run.stdout
    for name, value in (("größe", 1), ("数", 2), ("имя", 3)):
        assert getattr(run.at("start"), name) == value
        shown = headwater(project, "show", f"{run.pathspec}/start/0/{name}")
        assert shown.returncode == 0, shown.stderr
        assert str(value) in shown.stdout


ODD_NAMES = """
NAMES = ["with space", "a/b", "..", "", "nul\\0", "x" * 300, "class", "1"]

class Odd(FlowSpec):
    @step
    def start(self):
        for number, name in enumerate(NAMES):
            setattr(self, name, number)
        self.next(self.middle)

    @step
    def middle(self):
        if not os.path.exists("go"):
            setattr(self, "\\udcff", 1)
        self.next(self.end)

    @step
    def end(self):
        print("read", [getattr(self, name) for name in NAMES])
"""


def test_any_text_can_name_an_artifact_and_what_is_no_text_is_refused(project: Project) -> None:
    run = project.run(ODD_NAMES).failed("middle/0 failed", "artifact name", "udcff", "Choose another")
    (project.folder / "go").touch()

    again = project.call("resume").done()

    assert f"read {list(range(8))}" in again.stdout
    assert getattr(run.at("start"), "a/b") == 1
    shown = headwater(project, "show", f"{run.pathspec}/start/0")
    assert shown.returncode == 0, shown.stderr
    assert headwater(project, "show", f"{run.pathspec}/start/0/..").returncode == 1

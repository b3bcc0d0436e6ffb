"""What a step is made of: which changes of the source touch it, and which do not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.flow.build import build_graph
from headwater.flow.fingerprints import Fingerprints, fingerprints
from headwater.flow.load import load_flow

FLOW = '''
import json
import random

import shapes
import tools.text as text
from headwater import FlowSpec, Parameter, retry, step
from tools import LIMIT
from tools.deep import dig

FACTOR = 3
names = []
names.append("first")


def double(value):
    """Twice."""
    return times(value, 2)


def times(value, factor):
    return value * factor


class Base(FlowSpec):
    SCALE = 10

    def scaled(self, value):
        return value * self.SCALE

    @step
    def end(self):
        """The last."""


class Made(Base):
    rate = Parameter("rate", default=0.5)
    LABEL = "made"

    @step
    def start(self):
        self.x = double(1)
        self.next(self.middle)

    @retry(times=2)
    @step
    def middle(self):
        self.y = self.scaled(self.x) + FACTOR + self.rate
        self.z = text.clean(self.LABEL)
        self.next(self.last)

    @step
    def last(self):
        # a comment
        self.area = shapes.area(1, 2)
        self.depth = dig(LIMIT)
        self.next(self.end)


if __name__ == "__main__":
    Made()
'''
SHAPES = """
def area(width, height):
    return width * height

def unused():
    return 1
"""
DEEP = """
from . import OTHER
from .text import clean

def dig(value):
    return clean(str(value + OTHER))
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Fingerprints]:
    """The fingerprints with some text replaced in some file."""
    (tmp_path / "tools").mkdir()
    files = {
        "flow.py": FLOW,
        "shapes.py": SHAPES,
        "tools/__init__.py": "LIMIT = 5\nOTHER = 6\n",
        "tools/text.py": "def clean(value):\n    return value.strip()\n",
        "tools/deep.py": DEEP,
    }

    def make(name: str = "", old: str = "", new: str = "") -> Fingerprints:
        for path, source in files.items():
            assert path != name or old in source
            (tmp_path / path).write_text(source.replace(old, new) if path == name else source)
        return fingerprints(tmp_path / "flow.py", "Made")

    return make


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("flow.py", "        # a comment\n", "", ()),
        ("flow.py", "self.x = double(1)", "self.x  =  double( 1 )", ()),
        ("flow.py", '"""Twice."""', '"""Two times."""', ()),
        ("flow.py", '"""The last."""', '"""The end."""', ()),
        ("flow.py", "retry(times=2)", "retry(times=5)", ()),
        ("flow.py", "if __name__", "if 1 and __name__", ()),
        ("shapes.py", "return 1", "return 2", ()),
        ("flow.py", "double(1)", "double(2)", ("start",)),
        ("flow.py", "value * factor", "value * factor + 0", ("start",)),
        ("flow.py", "FACTOR = 3", "FACTOR = 4", ("middle",)),
        ("flow.py", "SCALE = 10", "SCALE = 11", ("middle",)),
        ("flow.py", "value * self.SCALE", "self.SCALE * value", ("middle",)),
        ("flow.py", 'LABEL = "made"', 'LABEL = "mode"', ("middle",)),
        ("tools/text.py", "value.strip()", "value.lower()", ("last", "middle")),
        ("shapes.py", "width * height", "height * width", ("last",)),
        ("tools/__init__.py", "LIMIT = 5", "LIMIT = 6", ("last",)),
        ("tools/__init__.py", "OTHER = 6", "OTHER = 7", ("last",)),
        ("flow.py", 'names.append("first")', 'names.append("second")', ("end", "last", "middle", "start")),
        ("shapes.py", "def unused", "print('imported')\ndef unused", ("end", "last", "middle", "start")),
    ],
)
def test_a_change_touches_the_steps_that_use_it(
    made: Callable[..., Fingerprints], file: str, old: str, new: str, changed: tuple[str, ...]
) -> None:
    before, after = made(), made(file, old, new)
    assert tuple(sorted(before.changed_in(after))) == changed
    assert before.given == after.given


def test_parameters_and_what_stands_above_the_class_are_given(made: Callable[..., Fingerprints]) -> None:
    before = made()
    for old, new in (("default=0.5", "default=0.6"), ("class Made", "@print\nclass Made")):
        after = made("flow.py", old, new)
        assert before.given != after.given
        assert before.changed_in(after) == ()


def test_what_a_default_and_a_decorator_of_the_class_use_is_given(tmp_path: Path) -> None:
    file = tmp_path / "flow.py"
    source = """
from headwater import FlowSpec, FlowMutator, Parameter, step

def newest(context):
    return 1

class adds(FlowMutator):
    def pre_mutate(self, flow):
        flow.size = 2

@adds
class Made(FlowSpec):
    size = Parameter("size", default=newest)

    @step
    def start(self):
        self.x = self.size
"""

    def given(text: str) -> tuple[str, tuple[str, ...]]:
        file.write_text(text)
        found = fingerprints(file, "Made")
        return found.given, tuple(found.steps.values())

    before = given(source)
    for old, new in (("return 1", "return 3"), ("flow.size = 2", "flow.size = 4")):
        after = given(source.replace(old, new))
        assert after[0] != before[0]
        assert after[1] == before[1]


def test_the_files_are_those_in_which_something_was_found(made: Callable[..., Fingerprints]) -> None:
    names = [path.name for path in made().files]
    assert sorted(names) == ["__init__.py", "deep.py", "flow.py", "shapes.py", "text.py"]


def test_the_files_that_would_answer_an_import_are_awaited(tmp_path: Path) -> None:
    file = tmp_path / "flow.py"
    (tmp_path / "parts").mkdir()
    imports = "import os, json.tool, msgspec, soon\nfrom later.deep import x\nfrom parts.wheel import y\n"
    file.write_text(f"{imports}class Made:\n    pass\n")
    awaited = [str(path.relative_to(tmp_path)) for path in fingerprints(file, "Made").awaited]
    assert [path for path in awaited if path.endswith("__init__.py")] == [
        "later/__init__.py",
        "parts/wheel/__init__.py",
        "soon/__init__.py",
    ]
    assert [path for path in awaited if not path.endswith("__init__.py")] == ["later.py", "parts/wheel.py", "soon.py"]


def test_what_cannot_be_parsed_is_pythons_own_error(made: Callable[..., Fingerprints]) -> None:
    with pytest.raises(SyntaxError, match=r"shapes.py"):
        made("shapes.py", "def area(", "def area((")
    with pytest.raises(KeyError):
        made("flow.py", "class Made", "class Other")


def test_examples_of_our_own_have_a_fingerprint_for_each_step() -> None:
    folder = Path(__file__).parents[3] / "examples"
    for file in (folder / name for name in ("branches.py", "nested.py", "switch.py", "sweep.py")):
        flow = load_flow(file)
        assert set(fingerprints(file, flow.__name__).steps) == set(build_graph(flow).nodes)

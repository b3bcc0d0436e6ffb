"""Failures that were only found when the step was over, and the line that they are about."""

from pathlib import Path

import pytest

from headwater.errors import ArtifactError, InvalidNext
from headwater.records.graph import Node, NodeKind
from headwater.records.task import CodeFrame, Failure, FailureKind
from headwater.worker.places import with_place

SOURCE = """\
class F(FlowSpec):
    @step
    def start(self):
        self.log = None
        if self.log == 1:
            print(self.log)
        self.log, self.other = open("log.txt"), 1

        # more
        self.table["x"] = lambda: 0
        self.next(self.end)

    @step
    def end(self):
        self.late = 1
"""


@pytest.fixture
def node(tmp_path: Path) -> Node:
    file = tmp_path / "flow.py"
    file.write_text(SOURCE)
    return Node(name="start", kind=NodeKind.LINEAR, targets=("end",), file=str(file), line=3, next_line=11)


def failure(*frames: CodeFrame) -> Failure:
    return Failure(kind=FailureKind.ARTIFACT, message="It cannot be stored.", frames=frames)


@pytest.mark.parametrize(("name", "line"), [("log", 7), ("other", 7), ("table", 10)])
def test_a_value_that_cannot_be_stored_is_shown_where_it_is_set(node: Node, name: str, line: int) -> None:
    exc = ArtifactError("It cannot be stored.")
    exc.artifact_name = name
    (frame,) = with_place(failure(), exc, node).frames
    assert (frame.file, frame.line, frame.function, frame.author) == (node.file, line, "start", True)
    assert f"self.{name}" in frame.source


@pytest.mark.parametrize("name", ["late", "absent", "lo"])
def test_a_name_that_the_step_does_not_set_in_so_many_words_has_no_place(node: Node, name: str) -> None:
    exc = ArtifactError("It cannot be stored.")
    exc.artifact_name = name
    assert with_place(failure(), exc, node).frames == ()


def test_a_way_on_that_cannot_be_followed_is_shown_at_its_call(node: Node) -> None:
    (frame,) = with_place(failure(), InvalidNext("No items."), node).frames
    assert (frame.line, frame.source) == (11, "self.next(self.end)")


def test_a_place_that_is_known_stays(node: Node) -> None:
    known = CodeFrame(file="flow.py", line=1, function="start")
    assert with_place(failure(known), InvalidNext("No items."), node).frames == (known,)

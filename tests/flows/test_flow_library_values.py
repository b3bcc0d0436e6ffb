"""Frames, tables and images on their way through real runs: forks and fresh interpreters alike."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

FRAMES = """
import numpy as np
import polars as pl
import pyarrow as pa
from PIL import Image

ROWS = 300_000

class FramesFlow(FlowSpec):
    @step
    def start(self):
        self.table = pa.table({"i": np.arange(ROWS), "s": [str(i % 100) for i in range(ROWS)]})
        self.frame = pl.DataFrame({"i": range(ROWS), "s": [str(i % 100) for i in range(ROWS)]})
        self.image = Image.new("RGB", (30, 20), (1, 2, 3))
        self.items = [0, 1, 2]
        self.next(self.work, foreach="items")

    @step
    def work(self):
        self.total = self.frame["i"].sum() + int(np.sum(self.table["i"].to_numpy()))
        self.grouped = self.frame.group_by("s").len().sort("s")
        self.frame = self.frame.with_columns(part=pl.lit(self.input))
        self.table = self.table.slice(self.input, 2)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.totals = [one.total for one in inputs]
        self.parts = [one.frame["part"][0] for one in inputs]
        self.pieces = pa.concat_tables([one.table for one in inputs]).to_pydict()
        self.groups = [one.grouped.height for one in inputs]
        self.merge_artifacts(inputs, include=["image"])
        self.next(self.end)

    @step
    def end(self):
        self.pixel = self.image.getpixel((0, 0))
"""


@pytest.fixture(scope="module", params=["fork", "spawn"])
def frames(request: pytest.FixtureRequest, new_project: Callable[[], Project]) -> Finished:
    return new_project().run(FRAMES, "--isolation", request.param).done()


def test_frames_and_tables_reach_the_steps_that_follow(frames: Finished) -> None:
    join = frames.at("join")
    assert join.totals == [2 * sum(range(300_000))] * 3
    assert join.parts == [0, 1, 2]
    assert join.pieces == {"i": [0, 1, 1, 2, 2, 3], "s": ["0", "1", "1", "2", "2", "3"]}
    assert join.groups == [100, 100, 100]
    assert frames.at("end").pixel == (1, 2, 3)


def test_columns_that_a_step_did_not_change_are_stored_once(frames: Finished) -> None:
    before = {blob.hash for blob in frames.record("start").artifacts["frame"].blobs[1:]}
    assert len(before) >= 2
    for task_id in ("0", "1", "2"):
        after = {blob.hash for blob in frames.record("work", task_id).artifacts["frame"].blobs[1:]}
        assert before < after


def test_values_that_were_only_read_are_handed_on_as_they_are(frames: Finished) -> None:
    assert "image" not in frames.record("work", "0").artifacts
    assert "table" in frames.record("work", "0").artifacts

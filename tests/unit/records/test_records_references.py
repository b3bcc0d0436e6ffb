"""Every blob that a document can name is found in it."""

import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest

from headwater.records.artifact import ArtifactRef, BlobRef, SplitItems
from headwater.records.base import Document
from headwater.records.references import blobs_of
from headwater.records.run import Code, Interpreter, RunRecord
from headwater.records.task import Outcome, TaskRecord


def documents() -> list[type[Document]]:
    """Those of the product; another test may have made one of its own."""
    ours = [kind for kind in Document.__subclasses__() if kind.__module__.startswith("headwater.")]
    return sorted(ours, key=lambda kind: kind.__name__)


class _Maker:
    """Values of any record type in which every field that can hold a blob holds one of its own."""

    def __init__(self) -> None:
        self.made: list[BlobRef] = []

    def value(self, kind: Any) -> Any:
        origin, arguments = get_origin(kind), get_args(kind)
        if kind is BlobRef:
            self.made.append(BlobRef(hash=f"{len(self.made):064x}", size=1))
            return self.made[-1]
        if origin in (Union, types.UnionType):
            return self.value(max(arguments, key=self._holds))
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"key": self.value(arguments[1])}
        if origin in (tuple, list):
            return origin([self.value(arguments[0])])
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            holding = [one for one in msgspec.structs.fields(kind) if self._holds(one.type)]
            fields = {one.name: self.value(one.type) for one in holding}
            required = [one for one in msgspec.structs.fields(kind) if one.required and one.name not in fields]
            return kind(**fields, **{one.name: None for one in required})
        return None

    def _holds(self, kind: Any) -> bool:
        """Whether a blob can be named anywhere in a value of a type."""
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind is BlobRef or any(self._holds(field.type) for field in msgspec.structs.fields(kind))
        return any(self._holds(argument) for argument in get_args(kind))


@pytest.mark.parametrize("kind", documents(), ids=lambda kind: kind.__name__)
def test_every_field_that_can_hold_a_blob_is_followed(kind: type[Document]) -> None:
    maker = _Maker()
    document = maker.value(kind)
    assert blobs_of(document) == maker.made


def test_runs_and_tasks_are_known_to_name_blobs() -> None:
    named = {kind for kind in documents() if _Maker()._holds(kind)}
    assert named == {RunRecord, TaskRecord}


def test_the_blobs_of_a_run_and_of_a_task_are_found() -> None:
    one, two, three, four, five = (BlobRef(hash=str(digit) * 64, size=digit) for digit in range(5))
    ref = ArtifactRef(type="numpy.ndarray", serializer="pickle", size=9, hash="9" * 64, blobs=(three, four))
    run = RunRecord(
        flow="F",
        run_id="1",
        user="ann",
        created_at=0.0,
        parameters={"p": ref},
        constants={"c": msgspec.structs.replace(ref, blobs=(five,))},
        code=Code(manifest=one),
        interpreter=Interpreter(distributions=two),
    )
    assert blobs_of(run) == [three, four, five, one, two]
    task = TaskRecord(
        flow="F",
        run_id="1",
        step="start",
        task_id="0",
        attempt=0,
        outcome=Outcome.FAILED,
        started_at=0.0,
        ended_at=0.0,
        artifacts={"x": ref, "small": ArtifactRef(type="int", serializer="json", size=1, hash="8" * 64, data=b"1")},
        items=SplitItems(count=2, blob=one, buffers=(two, five)),
    )
    assert blobs_of(task) == [three, four, one, two, five]

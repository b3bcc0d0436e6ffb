"""Documents of every version stay readable: the golden ones were written once and are never written again."""

import json
from pathlib import Path

import msgspec
import pytest

from headwater.errors import RecordError, UnknownVersion
from headwater.records.base import Document, decode, encode
from headwater.records.card import AddedCard
from headwater.records.imports import ImportRecord
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.records.step import StepSpec
from headwater.records.tags import TagsRecord
from headwater.records.task import TaskRecord, TaskSpec

GOLDEN = Path(__file__).parents[2] / "golden"
KINDS: dict[str, type[Document]] = {
    "run/1": RunRecord,
    "step-spec/1": StepSpec,
    "task-spec/1": TaskSpec,
    "task/1": TaskRecord,
    "end/1": RunEnd,
    "origin/1": OriginRecord,
    "tags/1": TagsRecord,
    "import/1": ImportRecord,
    "card/1": AddedCard,
}
#: Documents with fields that were added to a version after its first golden document was written.
FURTHER: dict[str, type[Document]] = {
    "step-spec-1-with-secrets": StepSpec,
    "run-1-imported": RunRecord,
    "task-1-imported": TaskRecord,
    "task-1-failure-told": TaskRecord,
    "task-1-with-cards": TaskRecord,
    "run-1-in-a-project": RunRecord,
    "run-1-with-configs": RunRecord,
}
every_kind = pytest.mark.parametrize("tag", sorted(KINDS))


def _golden(tag: str) -> bytes:
    return (GOLDEN / f"{tag.replace('/', '-')}.json").read_bytes().rstrip(b"\n")


@every_kind
def test_a_golden_document_is_read_and_written_as_it_was(tag: str) -> None:
    assert encode(decode(KINDS[tag], _golden(tag), "golden")) == _golden(tag)


@pytest.mark.parametrize("name", sorted(FURTHER))
def test_so_is_one_with_what_was_added_later(name: str) -> None:
    assert encode(decode(FURTHER[name], _golden(name), "golden")) == _golden(name)


@every_kind
def test_a_golden_document_fills_every_field_of_its_kind(tag: str) -> None:
    further = {field for name, kind in FURTHER.items() if kind is KINDS[tag] for field in json.loads(_golden(name))}
    missing = set(KINDS[tag].__struct_fields__) - set(json.loads(_golden(tag))) - further
    left_at_default = {"join"} if tag == "step-spec/1" else set()
    assert missing <= left_at_default, "a new field needs a value in a new golden document"


@every_kind
def test_a_field_that_a_newer_headwater_added_is_ignored(tag: str) -> None:
    newer = {**json.loads(_golden(tag)), "a_field_of_tomorrow": {"deep": [1]}}
    assert encode(decode(KINDS[tag], json.dumps(newer).encode(), "newer")) == _golden(tag)


@every_kind
def test_a_document_of_an_unknown_major_version_is_refused_by_name(tag: str) -> None:
    kind, _, version = tag.partition("/")
    later = f"{kind}/{int(version) + 1}"
    document = json.dumps({**json.loads(_golden(tag)), "document": later}).encode()
    with pytest.raises(UnknownVersion, match=f"some/key.*{later}.*{tag}"):
        decode(KINDS[tag], document, "some/key")


@every_kind
def test_a_document_that_was_cut_off_is_damaged_not_empty(tag: str) -> None:
    whole = _golden(tag)
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        with pytest.raises(RecordError, match=r"some/key is damaged or cut off"):
            decode(KINDS[tag], whole[:length], "some/key")


@every_kind
def test_a_field_of_the_wrong_type_is_named(tag: str) -> None:
    fields = json.loads(_golden(tag))
    name = next(field for field, value in fields.items() if field != "document" and isinstance(value, str))
    with pytest.raises(RecordError, match=name):
        decode(KINDS[tag], json.dumps({**fields, name: []}).encode(), "some/key")


def test_there_is_a_golden_document_of_every_kind_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {tag.replace("/", "-") for tag in KINDS} | set(FURTHER)
    known = {
        kind.__struct_config__.tag for kind in _all_documents(Document) if kind.__module__.startswith("headwater.")
    }
    assert known == set(KINDS)


def _all_documents(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    found = [kind] if kind is not Document and kind.__struct_config__.tag else []
    return found + [deeper for child in kind.__subclasses__() for deeper in _all_documents(child)]

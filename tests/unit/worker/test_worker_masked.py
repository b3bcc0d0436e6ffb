"""Records of attempts that had secrets: masked in what they tell, whole in what they are."""

import pytest
from msgspec.structs import replace

from headwater.artifacts.summaries import summarise
from headwater.records.artifact import ArtifactRef
from headwater.records.task import (
    Cause,
    CodeFrame,
    Failure,
    FailureKind,
    Outcome,
    SeenInput,
    TaskRecord,
    Transition,
)
from headwater.vault import hidden
from headwater.worker.masked import masked_record

FRAME = CodeFrame(file="/home/ada/head.py", line=3, function="start", source='f("hunter2")', column=1, end_column=9)
RECORD = TaskRecord(
    flow="F",
    run_id="1",
    step="start",
    task_id="0",
    attempt=0,
    outcome=Outcome.FAILED,
    started_at=1.0,
    ended_at=2.0,
    transition=Transition(steps=("end",), case="'hunter2'"),
    artifacts={
        "x": ArtifactRef(
            type="T", serializer="text", size=1, hash="h", summary={"head": "hunter2", "in": {"hunter2": 1}}
        ),
        "y": ArtifactRef(type="T", serializer="json", size=1, hash="h", summary={"value": 3}),
    },
    failure=Failure(
        kind=FailureKind.EXCEPTION,
        message="raised hunter2",
        remedy="not hunter2",
        traceback="... hunter2 ...",
        notes=("hunter2",),
        frames=(FRAME,),
        causes=(Cause(relation="cause", message="hunter2", notes=("hunter2",), frames=(FRAME,)),),
        inputs=(SeenInput(name="input", type="builtins.str", summary={"head": "hunter2"}),),
    ),
)


def test_a_record_of_an_attempt_without_secrets_is_itself() -> None:
    assert masked_record(RECORD) is RECORD


def test_a_record_is_masked_in_every_text_that_it_tells(capsys: pytest.CaptureFixture[str]) -> None:
    with hidden.scope():
        hidden.hide(["hunter2"])
        masked = masked_record(RECORD)
    assert "hunter2" in repr(RECORD)
    assert "hunter2" not in repr(masked)
    assert masked.failure is not None
    assert masked.failure.frames[0].source == 'f("***")'
    assert (masked.failure.frames[0].column, masked.failure.frames[0].end_column) == (0, 0)
    assert masked.artifacts["y"] == RECORD.artifacts["y"]
    assert capsys.readouterr().err.startswith("Warning: self.x of step 'start' holds a secret")


def test_names_of_ours_are_no_secrets() -> None:
    with hidden.scope():
        hidden.hide(["head", "exception", "start"])
        masked = masked_record(RECORD)
    assert masked.step == "start"
    assert masked.failure is not None
    assert masked.failure.kind is FailureKind.EXCEPTION
    assert masked.artifacts["x"].summary == RECORD.artifacts["x"].summary


def test_a_summary_has_no_beginning_of_a_secret_that_it_cut(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "ghpZq8w7e6r5t4y3u2i1o0pLkJ"
    values = {"of_a_mapping": {"auth": secret}, "of_a_list": [secret], "of_a_text": "x" * 60 + secret}
    artifacts = {
        name: ArtifactRef(type="T", serializer="json", size=1, hash="h", summary=summarise(value))
        for name, value in values.items()
    }
    with hidden.scope():
        hidden.hide([secret])
        masked = masked_record(replace(RECORD, artifacts=artifacts))
    assert "ghp" not in repr(masked.artifacts)
    assert "self.of_a_mapping, self.of_a_list, self.of_a_text" in capsys.readouterr().err

"""What cannot be stored or loaded says so, by the artifact's name, with what to do."""

import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ArtifactError
from headwater.flow.spec import FlowSpec


class Stubborn:
    """Raises something of its own when it is pickled."""

    def __reduce__(self) -> Any:
        raise ValueError("not today")


class Fragile:
    """Can be stored, and raises when it is loaded."""

    def __setstate__(self, state: object) -> None:
        raise RuntimeError("broken on arrival")

    def __getstate__(self) -> dict[str, int]:
        return {"a": 1}


def _generator() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("make", "type_name", "remedy"),
    [
        (_generator, "builtins.generator", r"list\(\.\.\.\)"),
        (threading.Lock, "_thread.lock", "local variable"),
        (lambda: [threading.Lock()], "builtins.list", "Store plain data"),
        (Stubborn, "Stubborn", "not today"),
    ],
)
def test_a_value_that_nothing_can_store_is_named(
    store: ArtifactStore, make: Callable[[], Any], type_name: str, remedy: str
) -> None:
    with pytest.raises(
        ArtifactError, match=rf"(?s)Artifact 'model' of type .*{type_name} cannot be stored: .*{remedy}"
    ):
        store.save("model", make(), InlineBudget())


def test_an_open_file_is_refused_with_what_to_do(store: ArtifactStore, tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file, pytest.raises(ArtifactError, match="the file's path"):
        store.save("out", file, InlineBudget())


class OwnFlow(FlowSpec):
    """A flow that is only stored, never run."""


def test_the_flow_itself_is_refused_wherever_it_stands(store: ArtifactStore) -> None:
    flow = OwnFlow(use_cli=False)
    for value in (flow, [flow], [lambda: flow]):
        with pytest.raises(ArtifactError, match=r"'me' of type .* cannot be stored: .*OwnFlow.*not `self`"):
            store.save("me", value, InlineBudget())
    ref = store.save("me", lambda: flow, InlineBudget())
    assert ref.serializer == "unstorable"
    assert "OwnFlow" in ref.summary["reason"]


def test_what_is_nested_too_deeply_is_refused(store: ArtifactStore) -> None:
    value: tuple[Any, ...] = ()
    for _ in range(100_000):
        value = (value,)
    with pytest.raises(ArtifactError, match=r"'deep' .*nested too deeply"):
        store.save("deep", value, InlineBudget())


def test_a_function_that_cannot_be_stored_is_left_out_and_says_why_when_it_is_read(store: ArtifactStore) -> None:
    lock = threading.Lock()
    ref = store.save("callback", lambda: lock, InlineBudget())
    assert ref.serializer == "unstorable"
    assert "lock" in ref.summary["reason"]
    assert ref.summary["set_at"].startswith(__file__)
    with pytest.raises(ArtifactError, match=rf"'callback' of Flow/1/start/0 .*lock.*{Path(__file__).name}:\d+"):
        store.load(ref, "callback", "Flow/1/start/0")


def test_a_value_of_another_python_is_refused_before_it_is_unpickled(store: ArtifactStore) -> None:
    ref = msgspec.structs.replace(store.save("f", lambda: 1, InlineBudget()), python="3.9", data=b"\x80 not a pickle")
    with pytest.raises(ArtifactError, match=r"'f' of Flow/1/start/0 .*under Python 3\.9.*Read it with Python 3\.9"):
        store.load(ref, "f", "Flow/1/start/0")


def test_a_missing_module_is_named(store: ArtifactStore) -> None:
    ref = store.save("x", (1,), InlineBudget())
    ref = msgspec.structs.replace(ref, data=b"cno_such_module\nThing\n.")
    with pytest.raises(ArtifactError, match=r"'x' of F/1/a/0 cannot be loaded: .*no_such_module.*importable"):
        store.load(ref, "x", "F/1/a/0")


def test_an_object_that_raises_on_arrival_is_named(store: ArtifactStore) -> None:
    ref = store.save("x", Fragile(), InlineBudget())
    with pytest.raises(ArtifactError, match=r"'x' of F/1/a/0 cannot be loaded: RuntimeError: broken on arrival"):
        store.load(ref, "x", "F/1/a/0")


def test_an_unknown_serializer_is_named(store: ArtifactStore) -> None:
    ref = msgspec.structs.replace(store.save("x", 1, InlineBudget()), serializer="arrow")
    with pytest.raises(ArtifactError, match=r"serializer 'arrow'.*Upgrade"):
        store.load(ref, "x", "F/1/a/0")


def test_a_ref_without_content_is_no_crash(store: ArtifactStore) -> None:
    ref = msgspec.structs.replace(store.save("x", 1, InlineBudget()), data=None)
    with pytest.raises(ArtifactError, match="no content"):
        store.load(ref, "x", "F/1/a/0")


def test_a_damaged_inline_pickle_is_an_artifact_error(store: ArtifactStore) -> None:
    ref = msgspec.structs.replace(store.save("x", (1, 2), InlineBudget()), data=pickle.dumps((1, 2))[:-3])
    with pytest.raises(ArtifactError, match=r"'x' of F/1/a/0"):
        store.load(ref, "x", "F/1/a/0")

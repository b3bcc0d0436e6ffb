"""The code package: what is in it, and what an unchanged tree costs."""

import os
from pathlib import Path

import msgspec
import pytest

from headwater.artifacts.store import ArtifactStore
from headwater.environments import tree
from headwater.environments.code import capture_code, read_manifest
from headwater.environments.interpreter import capture_interpreter, list_distributions
from headwater.records.run import Code
from headwater.storage import layout
from headwater.storage.base import Bytes, Storage
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage

LONG_AGO_NS = 1_000_000_000_000_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder / "flow.py", "import helper\n")
    write(folder / "helper.py", "x = 1\n")
    write(folder / "package" / "inner.py", "")
    return folder


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Storage:
    return MemoryStorage(request.node.nodeid)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))


def files(code: Code, storage: Storage) -> dict[str, str]:
    assert code.manifest is not None
    store = ArtifactStore(storage)
    manifest = read_manifest(store.load_blob(code.manifest, "the code"))
    return {relative: store.load_blob(blob, relative).decode() for relative, blob in manifest}


def test_the_flows_folder_is_kept_file_by_file(project: Path, storage: Storage) -> None:
    code = capture_code(project / "flow.py", storage)
    assert code.script == "flow.py"
    assert files(code, storage) == {"flow.py": "import helper\n", "helper.py": "x = 1\n", "package/inner.py": ""}


def test_what_is_no_code_is_left_out(project: Path, storage: Storage) -> None:
    for relative in (
        ".hidden.py",
        ".git/hook.py",
        "__pycache__/flow.py",
        "node_modules/tool.py",
        "venv/pyvenv.cfg",
        "venv/lib/module.py",
        "data.csv",
        "secrets.toml",
        "model.json",
    ):
        write(project / relative, "x")
    write(project / "settings.toml", "a = 1\n")
    write(project / "large.py", "#" * (tree.MAX_SOURCE_BYTES + 1))
    assert set(files(capture_code(project / "flow.py", storage), storage)) == {
        "flow.py",
        "helper.py",
        "package/inner.py",
        "settings.toml",
    }


def test_the_flows_own_file_is_kept_whatever_it_is_called(project: Path, storage: Storage) -> None:
    write(project / "script", "pass\n")
    assert files(capture_code(project / "script", storage), storage)["script"] == "pass\n"


def test_the_datastore_is_no_part_of_the_code(project: Path) -> None:
    write(project / "store" / "old.py", "")
    storage = LocalStorage(project / "store")
    assert "store/old.py" not in files(capture_code(project / "flow.py", storage), storage)


def test_links_that_lead_in_a_circle_end(project: Path, storage: Storage) -> None:
    (project / "package" / "again").symlink_to(project)
    (project / "nowhere.py").symlink_to(project / "gone.py")
    assert set(files(capture_code(project / "flow.py", storage), storage)) == {
        "flow.py",
        "helper.py",
        "package/inner.py",
    }


def test_a_folder_that_is_too_large_is_kept_at_its_top(
    project: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 2)
    said: list[str] = []
    code = capture_code(project / "flow.py", storage, warn=said.append)
    assert set(files(code, storage)) == {"flow.py", "helper.py"}
    assert len(said) == 1
    assert "too large" in said[0]


def test_equal_code_has_one_manifest(project: Path, storage: Storage, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for relative in ("flow.py", "helper.py", "package/inner.py"):
        write(copy / relative, (project / relative).read_text(encoding="utf-8"))
    assert capture_code(project / "flow.py", storage) == capture_code(copy / "flow.py", storage)


class Counting(MemoryStorage):
    """Notes what is asked of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.writes: list[str] = []
        self.looks: list[str] = []

    def overwrite(self, key: str, *parts: Bytes) -> None:
        self.writes.append(key)
        super().overwrite(key, *parts)

    def size(self, key: str) -> int | None:
        self.looks.append(key)
        return super().size(key)


def test_an_unchanged_tree_is_neither_read_nor_looked_for(project: Path, tmp_path: Path) -> None:
    storage = Counting("an-unchanged-tree")
    first = capture_code(project / "flow.py", storage, tmp_path / "code.json")
    storage.writes.clear()
    storage.looks.clear()
    assert first.manifest is not None
    # Another content under the same size, time and inode: it shows when the file is read.
    write(project / "helper.py", "x = 2\n")
    assert capture_code(project / "flow.py", storage, tmp_path / "code.json") == first
    assert storage.writes == []
    assert set(storage.looks) == {layout.blob(first.manifest.hash)}


def test_a_changed_file_is_stored_anew(project: Path, storage: Storage, tmp_path: Path) -> None:
    first = capture_code(project / "flow.py", storage, tmp_path / "code.json")
    write(project / "helper.py", "x = 22\n")
    second = capture_code(project / "flow.py", storage, tmp_path / "code.json")
    assert second.manifest != first.manifest
    assert files(second, storage)["helper.py"] == "x = 22\n"
    assert files(first, storage)["helper.py"] == "x = 1\n"


def test_blobs_that_were_removed_are_stored_again(project: Path, storage: Storage, tmp_path: Path) -> None:
    capture_code(project / "flow.py", storage, tmp_path / "code.json")
    for entry in list(storage.list("blobs")):
        storage.delete(entry.key)
    code = capture_code(project / "flow.py", storage, tmp_path / "code.json")
    assert files(code, storage)["helper.py"] == "x = 1\n"


def test_a_file_changed_just_now_is_not_believed_unchanged(project: Path, storage: Storage, tmp_path: Path) -> None:
    (project / "helper.py").write_text("x = 3\n", encoding="utf-8")
    capture_code(project / "flow.py", storage, tmp_path / "code.json")
    cached = msgspec.json.decode((tmp_path / "code.json").read_bytes())
    assert set(cached[str(project)]) == {"flow.py", "package/inner.py"}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_cache_is_no_harm(project: Path, storage: Storage, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "code.json").write_bytes(content)
    assert "flow.py" in files(capture_code(project / "flow.py", storage, tmp_path / "code.json"), storage)


def test_distributions_are_read_from_the_names_of_folders(tmp_path: Path) -> None:
    for name in ("numpy-2.1.0.dist-info", "old-1.0.egg-info", "numpy", "single.py"):
        (tmp_path / name).mkdir()
    assert list_distributions([str(tmp_path), str(tmp_path / "none")]) == ["numpy-2.1.0", "old-1.0"]


def test_an_interpreter_is_described(storage: Storage) -> None:
    interpreter = capture_interpreter(storage)
    assert interpreter.python.startswith("3.")
    assert interpreter.headwater
    assert interpreter.distributions is not None
    names = msgspec.json.decode(ArtifactStore(storage).load_blob(interpreter.distributions, "distributions"))
    assert any(name.startswith("msgspec-") for name in names)


def test_configuration_that_is_called_as_if_it_held_secrets_is_left_out_and_named(
    project: Path, storage: Storage
) -> None:
    for name in ("db_secrets.toml", "conf/Credentials.yaml", "secrets.py", "tokenizer.yaml", "key.pem"):
        write(project / name, "x = 1")
    said: list[str] = []
    kept = files(capture_code(project / "flow.py", storage, warn=said.append), storage)
    assert said == [
        "Not kept as code of the flow, since the name speaks of secrets: conf/Credentials.yaml, db_secrets.toml."
    ]
    assert {"secrets.py", "tokenizer.yaml"} < set(kept)
    assert not {"db_secrets.toml", "conf/Credentials.yaml", "key.pem"} & set(kept)

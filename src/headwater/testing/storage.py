"""What every storage promises. Subclass `StorageSuite` in a test module and give the fixture `open_root`:

    class TestMyStorage(StorageSuite):
        @pytest.fixture
        def open_root(self, tmp_path: Path) -> Callable[[], Storage]:
            return lambda: MyStorage(tmp_path / "root")

Every call of what the fixture returns opens the same root, which is empty when a test begins. Beside the suite stands a
model: `TestMyModel = storage_model(open_fresh_root).TestCase` compares a storage with a dictionary, step by step.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.errors import InvalidName
from headwater.storage.base import Entry, Storage

OpenRoot = Callable[[], Storage]

BAD_KEYS = ("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a\0b")
GOOD_KEYS = (
    "a",
    "flows/Flow/1/run.json",
    "flows/Flow/1/tasks/train/17.3~2@1.json",
    "blobs/ab/b3-ab.zst",
    "with space/ü/..c/d../...",
    "percent%2F/plus+/hash#/question?",
)

_RACER = """
import sys
from headwater.storage.open import open_storage
url, name, rounds = sys.argv[1:]
with open_storage(url) as storage:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(rounds)):
        if storage.create(f"race/{number}", name.encode() * 1000):
            print(number)
"""


class StorageSuite:
    """The contract of `headwater.storage.base.Storage`, claim by claim."""

    #: False: other processes do not see the root, so only threads race.
    shared: ClassVar[bool] = True

    @pytest.fixture
    def open_root(self) -> OpenRoot:
        raise NotImplementedError("a suite's subclass gives the fixture `open_root`")

    @pytest.fixture
    def storage(self, open_root: OpenRoot) -> Iterator[Storage]:
        with open_root() as storage:
            yield storage

    @pytest.mark.parametrize("key", GOOD_KEYS)
    def test_what_was_created_is_read(self, storage: Storage, key: str) -> None:
        assert storage.create(key, b"value")
        assert storage.read(key) == b"value"
        assert storage.size(key) == 5
        assert storage.exists(key)

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_any_bytes_can_be_written(self, storage: Storage, kind: Callable[[bytes], Any]) -> None:
        storage.create("created", kind(b"value"))
        storage.overwrite("written", kind(b"val"), kind(b"ue"))
        assert storage.read("created") == storage.read("written") == b"value"

    def test_a_second_create_changes_nothing(self, storage: Storage) -> None:
        assert storage.create("key", b"first")
        assert not storage.create("key", b"second")
        assert storage.read("key") == b"first"

    def test_an_empty_value_is_a_value(self, storage: Storage) -> None:
        assert storage.create("empty", b"")
        assert not storage.create("empty", b"")
        assert storage.read("empty") == b""
        assert storage.size("empty") == 0
        assert storage.exists("empty")

    def test_overwrite_replaces_whatever_was_there(self, storage: Storage) -> None:
        storage.create("key", b"a longer value than the next")
        storage.overwrite("key", b"next")
        assert storage.read("key") == b"next"
        storage.overwrite("key", b"last")
        assert storage.read("key") == b"last"

    def test_overwrite_joins_its_parts(self, storage: Storage) -> None:
        storage.overwrite("parts", *(b"%d," % number for number in range(3000)), b"", b"end")
        assert storage.read("parts") == b"".join(b"%d," % number for number in range(3000)) + b"end"
        storage.overwrite("none")
        assert storage.read("none") == b""

    def test_a_large_value_comes_back_whole(self, storage: Storage) -> None:
        value = os.urandom(1 << 20) * 12
        storage.overwrite("large", value)
        assert storage.read("large") == value
        assert storage.create("large-created", value)
        assert storage.read_range("large-created", 11 << 20, 2 << 20) == value[11 << 20 :]

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, 3, b"012"),
            (4, 2, b"45"),
            (8, 100, b"89"),
            (0, 10, b"0123456789"),
            (10, 5, b""),
            (50, 5, b""),
            (3, 0, b""),
        ],
    )
    def test_a_range_is_cut_at_the_end(self, storage: Storage, start: int, length: int, expected: bytes) -> None:
        storage.create("digits", b"0123456789")
        assert storage.read_range("digits", start, length) == expected

    def test_an_absent_key_is_a_key_error(self, storage: Storage) -> None:
        for read in (
            storage.read,
            lambda key: storage.read_range(key, 0, 1),
            lambda key: storage.read_range(key, 0, 0),
        ):
            with pytest.raises(KeyError):
                read("absent/key")
        assert storage.size("absent/key") is None
        assert not storage.exists("absent/key")

    def test_a_folder_is_no_value(self, storage: Storage) -> None:
        storage.create("folder/key", b"value")
        assert storage.size("folder") is None
        with pytest.raises(KeyError):
            storage.read("folder")

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_key_that_could_leave_the_root_is_refused(self, storage: Storage, key: str) -> None:
        deeds: list[Callable[[str], object]] = [
            storage.read,
            storage.size,
            storage.delete,
            storage.overwrite,
            lambda key: storage.create(key, b""),
            lambda key: storage.read_range(key, 0, 1),
        ]
        for deed in deeds:
            with pytest.raises(InvalidName):
                deed(key)
        if key:
            with pytest.raises(InvalidName):
                list(storage.list(key))
            with pytest.raises(InvalidName):
                storage.list_names(key)

    def test_list_finds_everything_below_a_folder(self, storage: Storage) -> None:
        for key in ("a/b/1", "a/b/2", "a/b2/3", "a/c", "ab/4"):
            storage.create(key, key.encode())
        assert set(storage.list("a")) == {Entry(key, len(key)) for key in ("a/b/1", "a/b/2", "a/b2/3", "a/c")}
        assert {entry.key for entry in storage.list("a/b")} == {"a/b/1", "a/b/2"}
        assert {entry.key for entry in storage.list("")} == {"a/b/1", "a/b/2", "a/b2/3", "a/c", "ab/4"}
        assert list(storage.list("absent")) == []

    def test_list_names_gives_the_next_component_once_and_sorted(self, storage: Storage) -> None:
        for key in ("f/z/1", "f/z/2", "f/a/x/y", "f/m", "g"):
            storage.create(key, b"")
        assert storage.list_names("f") == ["a", "m", "z"]
        assert storage.list_names("f/z") == ["1", "2"]
        assert storage.list_names("") == ["f", "g"]
        assert storage.list_names("absent") == []

    def test_an_empty_root_lists_nothing(self, storage: Storage) -> None:
        assert list(storage.list("")) == []
        assert storage.list_names("") == []

    def test_a_deleted_key_is_absent_and_can_be_created(self, storage: Storage) -> None:
        storage.create("folder/key", b"old")
        storage.delete("folder/key")
        storage.delete("folder/key")
        assert not storage.exists("folder/key")
        assert storage.create("folder/key", b"new")
        assert storage.read("folder/key") == b"new"

    def test_a_blob_can_be_deleted(self, storage: Storage) -> None:
        storage.overwrite("blob", b"content")
        storage.delete("blob")
        assert storage.size("blob") is None

    def test_another_instance_sees_what_was_written(self, open_root: OpenRoot) -> None:
        with open_root() as one, open_root() as other:
            assert one.url == other.url
            one.create("key", b"value")
            assert other.read("key") == b"value"
            assert not other.create("key", b"other")

    def test_exactly_one_of_racing_threads_creates(self, open_root: OpenRoot) -> None:
        rounds, racers = 20, 4
        barrier = Barrier(racers)

        def race(name: str) -> list[int]:
            with open_root() as storage:
                barrier.wait()
                return [number for number in range(rounds) if storage.create(f"race/{number}", name.encode() * 1000)]

        with ThreadPoolExecutor(racers) as pool:
            won = dict(zip("abcd", pool.map(race, "abcd"), strict=True))
        _check_winners(open_root, rounds, won)

    def test_exactly_one_of_racing_processes_creates(self, open_root: OpenRoot) -> None:
        if not self.shared:
            pytest.skip("this root is seen by one process only")
        rounds = 20
        with open_root() as storage:
            url = storage.url
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        racers = {name: _start_racer(url, name, rounds, environ) for name in "abcd"}
        for racer in racers.values():
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        won = {name: racer.communicate()[0] for name, racer in racers.items()}
        assert [racer.returncode for racer in racers.values()] == [0] * len(racers)
        _check_winners(open_root, rounds, {name: list(map(int, text.split())) for name, text in won.items()})


def _start_racer(url: str, name: str, rounds: int, environ: dict[str, str]) -> "subprocess.Popen[str]":
    """A process that has opened the root and waits for a line."""
    racer = subprocess.Popen(
        [sys.executable, "-c", _RACER, url, name, str(rounds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
    )
    assert racer.stdout is not None
    assert racer.stdout.readline() == "ready\n"
    return racer


def _check_winners(open_root: OpenRoot, rounds: int, won: dict[str, list[int]]) -> None:
    assert sorted(number for numbers in won.values() for number in numbers) == list(range(rounds))
    with open_root() as storage:
        for name, numbers in won.items():
            for number in numbers:
                assert storage.read(f"race/{number}") == name.encode() * 1000


_PARTS = st.sampled_from(["a", "b", "ab", "a b", "ü", "a.json", "a~1@2", "..a"])
_KEYS = st.builds("{}/{}/{}".format, _PARTS, _PARTS, _PARTS)
_VALUES = st.binary(max_size=100)


def storage_model(open_fresh_root: OpenRoot, examples: int = 30) -> type[RuleBasedStateMachine]:
    """A state machine that does the same to a storage and to a dictionary; every example opens a root of its own."""

    class StorageModel(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.storage = open_fresh_root()
            self.expected: dict[str, bytes] = {}

        def teardown(self) -> None:
            self.storage.close()

        @rule(key=_KEYS, value=_VALUES)
        def create(self, key: str, value: bytes) -> None:
            assert self.storage.create(key, value) == (key not in self.expected)
            self.expected.setdefault(key, value)

        @rule(key=_KEYS, parts=st.lists(_VALUES, max_size=3))
        def overwrite(self, key: str, parts: list[bytes]) -> None:
            self.storage.overwrite(key, *parts)
            self.expected[key] = b"".join(parts)

        @rule(key=_KEYS)
        def delete(self, key: str) -> None:
            self.storage.delete(key)
            self.expected.pop(key, None)

        @rule(key=_KEYS, start=st.integers(0, 120), length=st.integers(0, 120))
        def read(self, key: str, start: int, length: int) -> None:
            value = self.expected.get(key)
            assert self.storage.size(key) == (None if value is None else len(value))
            if value is None:
                with pytest.raises(KeyError):
                    self.storage.read(key)
            else:
                assert self.storage.read(key) == value
                assert self.storage.read_range(key, start, length) == value[start : start + length]

        @rule(folder=st.one_of(_PARTS, st.builds("{}/{}".format, _PARTS, _PARTS)))
        def list_folder(self, folder: str) -> None:
            below = {key for key in self.expected if key.startswith(folder + "/")}
            assert {entry.key for entry in self.storage.list(folder)} == below
            names = {key[len(folder) + 1 :].partition("/")[0] for key in below}
            assert names <= set(self.storage.list_names(folder))  # a folder that became empty may still be named

        @invariant()
        def holds_what_the_model_holds(self) -> None:
            assert dict(self.storage.list("")) == {key: len(value) for key, value in self.expected.items()}

    StorageModel.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    return StorageModel


def fresh_names(prefix: str) -> Callable[[], str]:
    """Names that this process has not used yet: "prefix-0", "prefix-1", ..."""
    numbers = count()
    return lambda: f"{prefix}-{os.getpid()}-{next(numbers)}"

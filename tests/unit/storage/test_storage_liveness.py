"""The lock on a run lasts as long as any process that has it."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from headwater.errors import RunBusy
from headwater.storage import layout
from headwater.storage.liveness import find_holders, hold, is_alive
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage


def test_a_run_is_alive_while_it_is_held(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "root")
    assert not is_alive(storage, "Flow", "1")
    with hold(storage, "Flow", "1"):
        assert is_alive(storage, "Flow", "1")
        assert not is_alive(storage, "Flow", "2")
    assert not is_alive(storage, "Flow", "1")


def test_asking_makes_nothing(tmp_path: Path) -> None:
    assert not is_alive(LocalStorage(tmp_path / "root"), "Flow", "1")
    assert not (tmp_path / "root").exists()


def test_a_run_can_be_held_again_after_its_holder_closed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    for _ in range(3):
        lock = hold(storage, "Flow", "1")
        lock.close()
        lock.close()
        assert lock.fd is None


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_keeps_the_run_alive_after_its_parent_let_go(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    lock = hold(storage, "Flow", "1")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(writing)
            os.read(reading, 1)
        finally:
            os._exit(0)
    os.close(reading)
    lock.close()
    try:
        assert is_alive(storage, "Flow", "1")
        with pytest.raises(RunBusy, match=rf"Flow/1 are still alive: {child}\. .*kill {child}") as caught:
            hold(storage, "Flow", "1")
        assert str(os.getpid()) not in str(caught.value).split()
    finally:
        os.close(writing)
        os.waitpid(child, 0)
    assert not is_alive(storage, "Flow", "1")
    hold(storage, "Flow", "1").close()


def test_a_process_that_is_given_the_descriptor_keeps_the_run_alive(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    lock = hold(storage, "Flow", "1")
    assert lock.fd is not None
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=[lock.fd]
    )
    lock.close()
    assert is_alive(storage, "Flow", "1")
    process.communicate()
    assert not is_alive(storage, "Flow", "1")


def test_a_process_that_is_not_given_it_does_not(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    lock = hold(storage, "Flow", "1")
    process = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    lock.close()
    assert not is_alive(storage, "Flow", "1")
    process.communicate()


def test_hold_waits_for_the_holder(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    timer = Timer(0.1, hold(storage, "Flow", "1").close)
    timer.start()
    with hold(storage, "Flow", "1", wait_s=60):
        assert is_alive(storage, "Flow", "1")
    timer.join()


def test_holders_are_found_by_the_file_they_have_open(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    path = str(storage.path(layout.alive("Flow", "1")))
    assert find_holders(path) == ()
    with hold(storage, "Flow", "1"):
        assert find_holders(path) == (os.getpid(),)


def test_a_root_without_locks_holds_nothing_and_takes_no_run_for_lost() -> None:
    storage = MemoryStorage("liveness")
    with hold(storage, "Flow", "1") as lock, hold(storage, "Flow", "1"):
        assert lock.fd is None
    assert is_alive(storage, "Flow", "1")

"""What a process hides in what it writes itself."""

import io
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater.vault import hidden


@pytest.fixture
def stdout(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.TextIOWrapper]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    with hidden.scope():
        hidden.hide(["tok-0123456789"])
        hidden.guard_output()
        yield stream


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def test_who_holds_the_stream_already_is_guarded_too(stdout: io.TextIOWrapper) -> None:
    handler = logging.StreamHandler(stdout)
    handler.emit(logging.makeLogRecord({"msg": "logged tok-0123456789"}))
    print("tok-", end="", file=stdout)
    print("0123456789", "ä", file=stdout)
    stdout.writelines(["tok-0123456789", "\n"])
    assert _written(stdout) == "logged ***\n*** ä\n***\n"


def test_what_is_hidden_later_is_hidden_from_there_on(stdout: io.TextIOWrapper) -> None:
    print("later tok", end="", file=stdout)
    hidden.hide(["later-word"])
    print("-0123456789 later-word", file=stdout)
    assert _written(stdout) == "later *** ***\n"


def test_threads_may_write_beside_each_other(stdout: io.TextIOWrapper) -> None:
    def write(number: int) -> None:
        for _ in range(200):
            stdout.write(f"<{number} tok-0123456789>")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert sorted(_written(stdout).replace("><", ">|<").split("|")) == sorted(
        f"<{number} ***>" for number in range(8) for _ in range(200)
    )


def test_a_stream_is_as_it_was_after_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    with hidden.scope():
        hidden.hide(["tok-0123456789"])
        hidden.guard_output()
        print("unfinished tok", end="")
    print(" tok-0123456789")
    assert _written(stream) == "unfinished tok tok-0123456789\n"


def test_what_is_no_text_is_refused_as_the_stream_refuses_it(stdout: io.TextIOWrapper) -> None:
    with pytest.raises(TypeError, match="must be str"):
        stdout.write(b"bytes")  # type: ignore[arg-type]  # a mistake, as an author makes it

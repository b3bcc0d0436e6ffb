"""What attempts print is kept: exactly, in order, with its stream."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import StorageFull
from headwater.executors import logs
from headwater.executors.logs import LONGEST_LINE, LogWriter
from headwater.records.log import LogLine, LogText, Stream, parse_log
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage
from headwater.testing.local_bench import BenchMaker

KINDS = pytest.mark.parametrize("kind", ["fork", "spawn"])
KEY = "flows/F/1/logs/f/0@0.log"


def writer(folder: Path, max_bytes: int = 1 << 30) -> LogWriter:
    return LogWriter(LocalStorage(folder), KEY, max_bytes)


def read(folder: Path) -> LogText:
    return parse_log((folder / KEY).read_bytes())


@KINDS
def test_a_task_that_printed_nothing_has_no_log(bench: BenchMaker, kind: str) -> None:
    b = bench("def f(spec): pass", kind)
    b.run("f")
    assert not b.has_log("f")


@KINDS
def test_both_streams_are_kept_exactly(bench: BenchMaker, kind: str) -> None:
    code = r"""
    def f(spec):
        print("out", 1)
        print("err", 2, file=sys.stderr)
        sys.stdout.buffer.write(b"\xff\x00 binary\r\n\n")
        sys.stdout.flush()
        os.write(2, b"no newline")
    """
    b = bench(code, kind)
    b.run("f")
    log = b.log("f")
    assert log.complete
    assert log.stream(Stream.STDOUT) == b"out 1\n\xff\x00 binary\r\n\n"
    assert log.stream(Stream.STDERR) == b"err 2\nno newline"


@KINDS
def test_what_is_printed_last_arrives(bench: BenchMaker, kind: str) -> None:
    code = """
    def f(spec):
        sys.stdout.write("never flushed")
        sys.stderr.write("neither")
    """
    b = bench(code, kind)
    b.run("f")
    assert b.log("f").stream(Stream.STDOUT) == b"never flushed"
    assert b.log("f").stream(Stream.STDERR) == b"neither"


def test_a_character_that_cannot_be_encoded_does_not_fail_the_task(bench: BenchMaker) -> None:
    b = bench(r"def f(spec): print('\ud800 ä')")
    (ending,) = b.run("f")
    assert ending.exit_code == 0
    assert b.log("f").stream(Stream.STDOUT) == "\\ud800 ä\n".encode()


def test_lines_come_while_the_task_runs(bench: BenchMaker) -> None:
    b = bench("def f(spec):\n    print('now')\n    signal.pause()")
    b.submit("f")
    assert b.printed() == ["now"]
    b.executor.cancel(5, "enough")
    b.finish()


def test_many_tasks_that_print_much_lose_nothing_and_keep_their_order(bench: BenchMaker) -> None:
    code = """
    def f(spec):
        for number in range(500):
            print(spec.task_id, number)
            print(spec.task_id, number, file=sys.stderr)
    """
    b = bench(code)
    ids = [str(number) for number in range(16)]
    b.run("f", *ids)
    for task_id in ids:
        expected = "".join(f"{task_id} {number}\n" for number in range(500)).encode()
        log = b.log("f", task_id)
        assert log.complete
        assert log.stream(Stream.STDOUT) == log.stream(Stream.STDERR) == expected
    assert len(b.lines) == 16 * 1000


def test_an_unfinished_line_is_told_while_the_task_runs_and_the_log_has_it_whole(bench: BenchMaker) -> None:
    code = """
    def f(spec):
        sys.stdout.write("Continue? ")
        sys.stdout.flush()
        while not os.path.exists(os.path.dirname(__file__) + "/answer"): time.sleep(0.01)
        print("yes")
    """
    b = bench(code)
    b.submit("f")
    assert b.printed() == ["Continue? "]
    (b.folder / "answer").touch()
    b.finish()
    assert [(line.text, line.complete) for _, line in b.lines] == [("Continue? ", False), ("yes", True)]
    assert [line.text for line in b.log("f").lines] == ["Continue? yes"]


def test_what_was_told_of_a_line_is_not_told_again(tmp_path: Path) -> None:
    log = writer(tmp_path)
    assert log.feed(Stream.STDOUT, b"10%") == []
    assert [(line.payload, line.complete) for line in log.peek()] == [(b"10%", False)]
    assert not log.has_unfinished
    assert log.peek() == []
    log.feed(Stream.STDOUT, b"\r20%")
    assert [line.payload for line in log.peek()] == [b"\r20%"]
    assert [(line.payload, line.complete) for line in log.feed(Stream.STDOUT, b"\nnext\n")] == [
        (b"", True),
        (b"next", True),
    ]
    assert [line.payload for line in read(tmp_path).lines] == [b"10%\r20%", b"next"]


def test_no_character_is_told_by_halves(tmp_path: Path) -> None:
    log = writer(tmp_path)
    told = ""
    for byte in "aä€🎈z".encode():
        log.feed(Stream.STDERR, bytes([byte]))
        told += "".join(line.text for line in log.peek())
    assert told == "aä€🎈z"


@given(
    st.lists(st.sampled_from([b"a", b"bc\n", b"\n", b"\xc3", b"x" * (LONGEST_LINE - 1), "peek", "note"]), max_size=12)
)
def test_who_peeks_gets_each_byte_once(deeds: list[bytes | str]) -> None:
    storage = MemoryStorage("memory://peeking")
    log = LogWriter(storage, KEY, 1 << 30)
    told: list[LogLine] = []
    for deed in deeds:
        if isinstance(deed, bytes):
            told += log.feed(Stream.STDOUT, deed)
        else:
            told += log.peek() if deed == "peek" else log.note("said")
    told += log.close()
    printed = b"".join(deed for deed in deeds if isinstance(deed, bytes))
    assert LogText(tuple(told), True).stream(Stream.STDOUT) == printed
    if told:
        assert parse_log(storage.read(KEY)).stream(Stream.STDOUT) == printed
        storage.delete(KEY)


def test_a_log_continues_after_a_fresh_start_of_its_attempt(tmp_path: Path) -> None:
    log = writer(tmp_path)
    log.feed(Stream.STDOUT, b"half")
    log.note("Starts again.\nIn a fresh interpreter.")
    log.feed(Stream.STDOUT, b"whole\n")
    log.close()
    found = read(tmp_path)
    assert [(line.stream, line.payload, line.complete) for line in found.lines] == [
        (Stream.STDOUT, b"half", False),
        (Stream.NOTE, b"Starts again.", True),
        (Stream.NOTE, b"In a fresh interpreter.", True),
        (Stream.STDOUT, b"whole", True),
    ]
    assert found.complete


@pytest.mark.parametrize("size", [1, 7, 4096, 65536])
def test_a_huge_line_comes_in_pieces_and_whole_again(tmp_path: Path, size: int) -> None:
    text = b"x" * (3 * LONGEST_LINE + 5) + b"\nshort\n" + b"y" * LONGEST_LINE
    step = max(size, len(text) // 5000)
    log = writer(tmp_path)
    for start in range(0, len(text), step):
        log.feed(Stream.STDOUT, text[start : start + step])
    log.close()
    found = read(tmp_path)
    assert found.complete
    assert found.stream(Stream.STDOUT) == text
    assert max(len(line.payload) for line in found.lines) <= LONGEST_LINE


def test_a_log_beyond_its_limit_keeps_head_and_tail_and_says_what_is_missing(tmp_path: Path) -> None:
    log = writer(tmp_path, max_bytes=200_000)
    lines = [b"%06d " % number + b"x" * 93 for number in range(10_000)]
    for line in lines:
        log.feed(Stream.STDOUT, line + b"\n")
    log.close()
    found = read(tmp_path)
    assert found.complete
    printed = [line.payload for line in found.lines if line.stream is Stream.STDOUT]
    (note,) = [line.text for line in found.lines if line.stream is Stream.NOTE]
    missing = len(lines) - len(printed)
    assert printed[0] == lines[0]
    assert printed[-1] == lines[-1]
    assert f"{missing} lines ({missing * 100} bytes) are left out" in note
    assert (tmp_path / KEY).stat().st_size < 201_000


def test_a_log_just_below_its_limit_is_whole(tmp_path: Path) -> None:
    log = writer(tmp_path, max_bytes=logs.TAIL + 100)
    log.feed(Stream.STDOUT, b"a\n" * 1000)
    log.close()
    assert read(tmp_path).stream(Stream.STDOUT) == b"a\n" * 1000


def test_a_storage_without_files_gets_the_log_as_one_object() -> None:
    storage = MemoryStorage("memory://logs-in-one-object")
    log = LogWriter(storage, KEY, 1 << 30)
    log.feed(Stream.STDOUT, b"one\ntwo")
    log.close()
    assert parse_log(storage.read(KEY)).stream(Stream.STDOUT) == b"one\ntwo"


def test_a_log_that_cannot_be_written_is_told_once_and_ends_nothing(tmp_path: Path) -> None:
    class FullStorage(LocalStorage):
        def prepare(self, key: str) -> Path:
            raise StorageFull("No space is left.")

    told: list[str] = []
    log = LogWriter(FullStorage(tmp_path), KEY, 1 << 30, told.append)
    assert len(log.feed(Stream.STDOUT, b"a\nb\n")) == 2
    log.feed(Stream.STDOUT, b"c\n")
    log.close()
    assert told == ["No space is left."]

"""A log is followed row by row until its attempt is over."""

from headwater.client.logs import follow_log, read_log
from headwater.records.log import Stream, format_row
from headwater.storage.memory import MemoryStorage


def test_a_growing_log_is_given_out_once_and_in_whole_rows() -> None:
    storage = MemoryStorage("a-growing-log")
    rows = [format_row(Stream.STDOUT, 1.0, b"row %d" % number) for number in range(3)]
    whole = b"".join(rows)
    written = [b"", rows[0] + rows[1][:7], whole]

    def write_more(pause_s: float) -> None:
        storage.overwrite("log", written.pop(0))

    lines = list(follow_log(storage, "log", is_over=lambda: not written, wait=write_more))
    assert [line.text for line in lines] == ["row 0", "row 1", "row 2"]


def test_a_row_longer_than_a_piece_is_given_out_whole() -> None:
    storage = MemoryStorage("a-long-row")
    long = b"x" * 3_000_000
    storage.overwrite("log", format_row(Stream.STDOUT, 1.0, b"a"), format_row(Stream.STDOUT, 1.0, long))
    lines = list(follow_log(storage, "log", is_over=lambda: True))
    assert [len(line.payload) for line in lines] == [1, 3_000_000]


def test_an_attempt_that_printed_nothing_has_an_empty_whole_log() -> None:
    log = read_log(MemoryStorage("no-log"), "log")
    assert (log.lines, log.complete) == ((), True)

"""What is written to a log is what is read from it."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.records.log import LogLine, Stream, format_row, format_trailer, iterate_rows, parse_log

payloads = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" "))
micros = st.integers(min_value=0, max_value=4 * 10**15)
printed = st.lists(st.tuples(st.sampled_from([Stream.STDOUT, Stream.STDERR]), payloads, st.booleans()), max_size=20)


def _write(rows: list[tuple[Stream, bytes, bool]]) -> bytes:
    body = b"".join(format_row(stream, 1.5, payload, complete) for stream, payload, complete in rows)
    return body + format_trailer(2.0, len(rows), sum(len(payload) for _, payload, _ in rows))


@given(printed)
def test_the_bytes_of_each_stream_come_back_in_order(rows: list[tuple[Stream, bytes, bool]]) -> None:
    log = parse_log(_write(rows))
    assert log.complete
    for stream in (Stream.STDOUT, Stream.STDERR):
        expected = b"".join(payload + (b"\n" if whole else b"") for of, payload, whole in rows if of is stream)
        assert log.stream(stream) == expected


@given(printed, st.data())
def test_a_log_that_was_cut_off_says_so_and_keeps_its_whole_rows(
    rows: list[tuple[Stream, bytes, bool]], data: st.DataObject
) -> None:
    whole = _write(rows)
    cut = parse_log(whole[: data.draw(st.integers(min_value=0, max_value=len(whole) - 1))])
    assert not cut.complete
    assert cut.lines == parse_log(whole).lines[: len(cut.lines)]


@given(micros, payloads)
def test_a_row_keeps_its_time_to_the_microsecond(time: int, payload: bytes) -> None:
    (line,) = iterate_rows(format_row(Stream.STDOUT, time / 1_000_000, payload))
    assert abs(line.time - time / 1_000_000) <= 2e-6
    assert line.payload == payload


def test_notes_are_read_but_not_counted() -> None:
    log = parse_log(format_row(Stream.NOTE, 1.0, b"ended") + format_trailer(2.0, 0, 0))
    assert log.complete
    assert log.lines == (LogLine(Stream.NOTE, 1.0, b"ended"),)


def test_text_that_is_not_utf8_is_shown_rather_than_refused() -> None:
    assert LogLine(Stream.STDOUT, 0.0, b"\xff ok").text == "\\xff ok"


def test_a_task_that_prints_something_like_a_trailer_does_not_end_its_log() -> None:
    log = parse_log(format_row(Stream.STDOUT, 1.0, b"= 1 0 0") + format_trailer(2.0, 1, 7))
    assert log.complete
    assert log.stream(Stream.STDOUT) == b"= 1 0 0\n"

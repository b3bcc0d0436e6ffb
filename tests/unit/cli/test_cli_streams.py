import os

from headwater.cli.streams import Sink


def test_a_reader_that_has_gone_does_not_stop_the_writer() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        sink = Sink(stream)
        sink.write(b"nobody reads this")
        sink.write(b"nor this")


def test_no_stream_is_a_stream_that_takes_everything() -> None:
    sink = Sink(None)
    sink.line("x")
    assert not sink.is_terminal

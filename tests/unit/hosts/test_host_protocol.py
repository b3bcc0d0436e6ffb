"""Frames and descriptors over the socket."""

import os
import socket

from headwater.hosts.protocol import Channel, Kill, Message, OpenRun, Reaped, Start


def pair() -> tuple[Channel, Channel]:
    ours, theirs = socket.socketpair()
    return Channel(ours), Channel(theirs)


def test_messages_and_descriptors_arrive_in_order() -> None:
    ours, theirs = pair()
    pipes = [os.pipe() for _ in range(2)]
    ours.send(OpenRun(b"run", "/root", True), (pipes[0][0],))
    ours.send(Kill(1, 9))
    ours.send(Start(2, b"spec"), pipes[1])
    found: list[Message] = []
    while len(found) < 3:
        found += theirs.receive()
    assert found == [OpenRun(b"run", "/root", True), Kill(1, 9), Start(2, b"spec")]
    assert len(theirs.fds) == 3
    inodes = [os.fstat(fd).st_ino for fd in (pipes[0][0], *pipes[1])]
    assert [os.fstat(fd).st_ino for fd in theirs.fds] == inodes
    assert not any(os.get_inheritable(fd) for fd in theirs.fds)
    for fd in (*theirs.fds, *(end for pipe in pipes for end in pipe)):
        os.close(fd)
    ours.shut()
    theirs.shut()


def test_a_message_that_comes_in_pieces_is_put_together() -> None:
    left, right = socket.socketpair()
    sender, receiver = pair()
    sender.send(Reaped(1, 2, 3, 4.0, 5.0, 6.0))
    raw = receiver._sock.recv(1000)
    channel = Channel(right)
    for byte in raw[:-1]:
        left.send(bytes([byte]))
        assert channel.receive() == []
    left.send(raw[-1:])
    assert channel.receive() == [Reaped(1, 2, 3, 4.0, 5.0, 6.0)]
    for one in (sender, receiver, channel):
        one.shut()
    left.close()


def test_the_end_of_the_other_side_is_seen() -> None:
    ours, theirs = pair()
    ours.shut()
    assert theirs.receive() == []
    assert theirs.closed
    theirs.shut()


def test_asking_without_waiting_finds_nothing() -> None:
    ours, theirs = pair()
    assert theirs.receive(wait=False) == []
    assert not theirs.closed
    ours.shut()
    theirs.shut()

import struct
from pathlib import Path

from headwater import FlowSpec, Folder, step
from headwater.flow.inputs import Inputs


def crc(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """One record of an event file: length, its checksum, data, its checksum."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", crc(length)) + data + struct.pack("<I", crc(data))


def scalar(tag: str, at: int, value: float) -> bytes:
    """An Event message with the value of one tag, in the wire format of protocol buffers."""
    tagged = b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(tagged)]) + tagged
    return b"\x09" + struct.pack("<d", 1.0) + b"\x10" + bytes([at]) + b"\x2a" + bytes([len(summary)]) + summary


class Events(FlowSpec):
    @step
    def start(self) -> None:
        self.rates = [1, 2]
        self.next(self.train, foreach="rates")

    @step
    def train(self) -> None:
        version = b"\x09" + struct.pack("<d", 1.0) + b"\x1a\x0dbrain.Event:2"
        events = b"".join(map(record, [version, *(scalar("loss", at, self.input / (at + 1)) for at in range(5))]))
        folder = Path(f"writer-{self.input}")
        folder.mkdir(exist_ok=True)
        (folder / "events.out.tfevents.1").write_bytes(events)
        (folder / "notes.txt").write_text("not of interest")
        if self.input == 1:
            self.events = Folder(folder)
        else:
            self.as_dict = {"events.out.tfevents.2": events, "other": b""}
        self.next(self.join)

    @step
    def join(self, inputs: Inputs) -> None:
        self.merge_artifacts(inputs)
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


if __name__ == "__main__":
    Events()

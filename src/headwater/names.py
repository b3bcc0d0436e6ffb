"""Names: pathspecs, run ids and positions; parsed, formatted and validated here and nowhere else.

A task's id is its position in the graph:

    0          outside any foreach
    17         the 18th item of a foreach
    17.3       the 4th item of a foreach inside it
    17~2       the 3rd run, for item 17, of a step that loops to itself
    0~2        the same outside any foreach

A gang (`num_parallel`) is a foreach level. How many indices an id has follows from its step, so `0` needs its depth
to be parsed.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from headwater.errors import InvalidName

_INDEX = r"(?:0|[1-9][0-9]*)"
_POSITION = re.compile(rf"({_INDEX}(?:\.{_INDEX})*)(?:~([1-9][0-9]*))?", re.ASCII)
_GANG_NODE = re.compile(r"[0-9]{1,18}(?:_node_|-)[0-9]{1,18}", re.ASCII)
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*", re.ASCII)
_STEP = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
_MAX_NAME = 200

LATEST = "latest"
LATEST_SUCCESS = "latest-success"
RESERVED_STEPS = frozenset({"name", "next", "input", "index", "cmd"})


class Position(NamedTuple):
    """A task's place in the graph: split indices from the outermost in, and the turn of a loop (0 for the first)."""

    indices: tuple[int, ...] = ()
    iteration: int = 0

    @classmethod
    def parse(cls, text: str, depth: int | None = None) -> "Position":
        """Read a task id; `depth` is the number of foreach levels around its step.

        Without a depth, `0` is taken as the position outside any foreach.
        """
        match = _POSITION.fullmatch(text)
        if match is None:
            raise InvalidName("task id", text, "it is split indices joined by '.', then '~' and the turn of a loop")
        indices = tuple(int(part) for part in match[1].split("."))
        if depth == 0 or (depth is None and indices == (0,)):
            if indices != (0,):
                raise InvalidName("task id", text, "a step outside any foreach has the id 0")
            indices = ()
        elif depth is not None and len(indices) != depth:
            raise InvalidName("task id", text, f"its step stands in {depth} nested foreach levels")
        return cls(indices, int(match[2] or 0))

    def __str__(self) -> str:
        text = ".".join(map(str, self.indices)) if self.indices else "0"
        return f"{text}~{self.iteration}" if self.iteration else text

    @property
    def depth(self) -> int:
        return len(self.indices)

    def child(self, index: int) -> "Position":
        return Position((*self.indices, index))

    def parent(self) -> "Position":
        return Position(self.indices[:-1])

    def base(self) -> "Position":
        """The same place without the turn of a loop."""
        return Position(self.indices)

    def at_turn(self, iteration: int) -> "Position":
        return Position(self.indices, iteration)


def position_range(first: str, count: int) -> Iterator[str]:
    """The task ids of `count` neighbours: `first` and those after it by the last index."""
    if count == 1:
        yield first
        return
    prefix, dot, last = first.rpartition(".")
    if not last.isdigit():
        raise InvalidName("first of a range", first, "only a task id without a turn can be counted from")
    start = int(last)
    for index in range(start, start + count):
        yield f"{prefix}{dot}{index}"


class Pathspec(NamedTuple):
    """The universal address `Flow/run/step/task/artifact`, to any depth."""

    flow: str
    run: str | None = None
    step: str | None = None
    task: str | None = None
    artifact: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Pathspec":
        parts = text.split("/")
        if not 1 <= len(parts) <= 5:
            raise InvalidName("pathspec", text, "it has the form Flow/run/step/task/artifact")
        if parts[0].isdigit():
            raise InvalidName("pathspec", text, f"it begins with the name of the flow, as in MyFlow/{text}")
        checks = (validate_flow, validate_run_id, validate_step, validate_task_id, validate_artifact)
        return cls(*(check(part) for check, part in zip(checks, parts, strict=False)))

    def __str__(self) -> str:
        return "/".join(part for part in self if part is not None)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in self if part is not None)


def validate_flow(text: str) -> str:
    """The same text, as all of these return it; `InvalidName` when it cannot be one."""
    return _identifier("flow name", text)


def validate_artifact(text: str) -> str:
    return _identifier("artifact name", text)


def validate_step(text: str) -> str:
    if not _STEP.fullmatch(text) or len(text) > _MAX_NAME:
        raise InvalidName(
            "step name", text, "it has only lower-case letters, digits and '_', and does not start with '_'"
        )
    return text


def validate_run_id(text: str) -> str:
    if not _RUN_ID.fullmatch(text) or len(text) > _MAX_NAME:
        raise InvalidName("run id", text, "it has only letters, digits, '-', '_' and single '.'")
    return text


def validate_task_id(text: str) -> str:
    """A position, or the id of an imported task that no position is: a node of a gang (`3_node_1`, `3-1`)."""
    if not _GANG_NODE.fullmatch(text):
        Position.parse(text)
    return text


def _identifier(kind: str, text: str) -> str:
    if not text.isidentifier() or len(text.encode()) > _MAX_NAME:
        raise InvalidName(kind, text, "it must be a Python identifier")
    return text

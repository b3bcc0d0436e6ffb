"""Where the members of a gang meet on one machine."""

import socket

from msgspec.structs import replace

from headwater.executors.base import Launch
from headwater.records.task import TaskSpec


def give_address(launch: Launch) -> Launch:
    """The members of a gang meet at a port that is free now; other launches stay as they are."""
    if launch.specs[0].gang is None:
        return launch
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return launch._replace(specs=tuple(_with_port(spec, port) for spec in launch.specs))


def _with_port(spec: TaskSpec, port: int) -> TaskSpec:
    assert spec.gang is not None
    return replace(spec, gang=replace(spec.gang, main_address="127.0.0.1", port=port))

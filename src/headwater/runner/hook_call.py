"""What a process is told that calls a function of `@exit_hook`."""

import msgspec


class Call(msgspec.Struct, frozen=True):
    """What the process is told on its command line."""

    file: str
    class_name: str
    module: str  # the name under which the flow's file is imported
    function: str  # "module:name"
    run: str  # pathspec
    root: str
    driver: int  # pid of the process that waits
    path: tuple[str, ...] = ()  # where the driver looks for modules; none: beside the author's file

"""The process that calls one function of `@exit_hook`; see `runner.hooks`.

python -m headwater.runner.hook '{"file": "/path/flow.py", "function": "flow:tell", "run": "Flow/12", ...}'
"""

import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from headwater import plugins
from headwater.errors import HeadwaterError, NotFound
from headwater.flow.load import load_flow
from headwater.hosts.process import die_with_parent
from headwater.hosts.spawn import set_path
from headwater.runner.hook_call import Call


def main() -> int:
    """Import the flow's file and call the function; the exit code."""
    call = msgspec.json.decode(sys.argv[1], type=Call)
    die_with_parent(call.driver)
    set_path(str(Path(call.file).parent), call.path)
    try:
        load_flow(Path(call.file), call.class_name, call.module)
        function = _find(call.function)
    except HeadwaterError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    try:
        function(**_arguments(function, call))
    except Exception as exc:  # noqa: BLE001  the author's function may raise anything
        author = exc.__traceback__.tb_next if exc.__traceback__ else None
        traceback.print_exception(type(exc), exc, author)
        return 1
    return 0


def _find(name: str) -> Callable[..., Any]:
    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module)
    try:
        for part in path.split("."):
            found = getattr(found, part)
    except AttributeError as exc:
        raise NotFound(
            f"The function {path!r} of @exit_hook is not in the module {module!r} once its file is imported. "
            "Define it at the top level of a file, under the name that it is given."
        ) from exc
    function: Callable[..., Any] = found
    return function


def _arguments(function: Callable[..., Any], call: Call) -> dict[str, Any]:
    """The run, for a function that takes it."""
    try:
        takes_run = "run" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some that are written in C do not tell
        return {}
    return {"run": plugins.load("face", "run")(call.run, call.root)} if takes_run else {}


if __name__ == "__main__":
    sys.exit(main())

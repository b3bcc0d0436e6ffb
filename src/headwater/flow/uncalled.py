"""Says so when a script that is run as a flow's (`python train.py run`) defines a flow and ends without calling it.

Without a word such a script would do nothing, and end as if all were well.
"""

import atexit
import sys

#: What a script is told that is meant to be a flow's. Others may define flows and do something else.
_COMMANDS = frozenset({"run", "resume", "check", "show"})
_defined: list[str] = []


def defined(cls: type) -> None:
    """A flow class was made."""
    if cls.__module__ == "__main__" and sys.argv[1:2] and sys.argv[1] in _COMMANDS:
        if not _defined:
            atexit.register(_tell)
        _defined.append(cls.__name__)


def called() -> None:
    """A flow of the script is run, so nothing was forgotten."""
    _defined.clear()
    atexit.unregister(_tell)


def _tell() -> None:
    if _defined and getattr(sys, "last_value", None) is None:  # else Python has told why the script ended
        name = _defined[-1]
        sys.stderr.write(
            f"{sys.argv[0]} defines the flow {name} and never calls it, so nothing ran. Put this at its end:\n"
            f'\nif __name__ == "__main__":\n    {name}()\n'
        )

"""An exception on its way to another process: what it is, what it says, and what it knows as far as that can travel."""

import pickle
from typing import Any, NamedTuple


class Raised(NamedTuple):
    """There is no result, for a reason that the caller is to know."""

    kind: type[BaseException]
    message: str
    state: dict[str, Any]

    @classmethod
    def of(cls, exc: BaseException) -> "Raised":
        return cls(type(exc), str(exc), _state(exc))

    def error(self) -> BaseException:
        made = self.kind.__new__(self.kind)
        made.args = (self.message,)
        made.__dict__.update(self.state)
        return made


def _state(exc: BaseException) -> dict[str, Any]:
    """What the error knows, as far as it can travel."""
    found = {}
    for name, value in vars(exc).items():
        try:
            pickle.dumps(value)
        except Exception:  # noqa: BLE001  values of others; what cannot travel stays behind
            continue
        found[name] = value
    return found

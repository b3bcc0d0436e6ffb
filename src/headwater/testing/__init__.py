"""For tests: steps and flows of yours called as functions; and the suites that every back end passes.

from headwater.testing import replay, run_flow, run_step
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headwater.testing.again import replay as replay
    from headwater.testing.flow import run_flow as run_flow
    from headwater.testing.step import run_step as run_step
    from headwater.testing.step_result import StepResult as StepResult

_HOMES = {"replay": "again", "run_flow": "flow", "run_step": "step", "StepResult": "step_result"}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'headwater.testing' has no attribute {name!r}")
    return getattr(import_module(f"headwater.testing.{home}"), name)

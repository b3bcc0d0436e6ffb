"""What `--trigger RUN` names: runs that are said to start this one, to try out what a deployment does."""

from collections.abc import Iterable, Mapping
from typing import Any

from headwater.errors import InvalidName, UsageError
from headwater.names import Pathspec
from headwater.records.flow_decorators import AnyFlowDecorator, TriggerOnFinish


def read_triggers(decorators: Iterable[AnyFlowDecorator], options: Mapping[str, Any]) -> tuple[Pathspec, ...]:
    """Which runs were named; UsageError for what is no run, and for a flow that waits for none."""
    given = options.get("trigger") or ()
    runs = [given] if isinstance(given, str) or hasattr(given, "pathspec") else list(given)
    if runs and not any(isinstance(one, TriggerOnFinish) for one in decorators):
        raise UsageError(
            "The option trigger names runs that start this one, and the flow waits for none. "
            "Put @trigger_on_finish(flow=...) above its class, or leave the option out."
        )
    return tuple(_pathspec(str(getattr(run, "pathspec", run))) for run in runs)


def _pathspec(text: str) -> Pathspec:
    try:
        found = Pathspec.parse(text)
    except InvalidName as exc:
        raise UsageError(f"The trigger {exc}") from exc
    if found.run is None or found.step is not None:
        raise UsageError(f"The trigger {text!r} is no run. Give Flow/run, as in Stations/latest-success.")
    return found

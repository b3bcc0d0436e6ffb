"""Names of events, which a project's branches keep apart."""

from typing import Any

from headwater.flow.current import current
from headwater.records.flow_decorators import ProjectBranch

_FIRST = "mfns"


class EventName:
    """An event's name whose namespace is known when the flow's project and branch are.

    As text, and called, it is the name as it is here: within a run of a project, that of its branch.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def within(self, project: ProjectBranch | None) -> str:
        """The whole name, for the runs of a project's branch."""
        parts = (_FIRST, project.name, project.branch, self.name) if project else (_FIRST, self.name)
        return ".".join(parts)

    def __str__(self) -> str:
        return self.within(current.project)

    def __call__(self, context: Any = None) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"namespaced_event_name({self.name!r})"


def namespaced_event_name(name: str) -> EventName:
    """The name of an event that only flows of the same project and branch send and hear.

    For `@trigger(event=namespaced_event_name("data_updated"))`, and for whoever sends it. `str()` of it is
    `mfns.<project>.<branch>.data_updated` in a run of a project, `mfns.data_updated` elsewhere.
    """
    return EventName(name)

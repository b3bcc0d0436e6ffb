"""The tags of a run that begins: those of the system, and those that it was given."""

import sys
from collections.abc import Iterable

from headwater.metadata.tag_rules import first_tags
from headwater.records.flow_decorators import ProjectBranch
from headwater.version import __version__


def system_tags(user: str, project: ProjectBranch | None = None) -> tuple[str, ...]:
    """What Headwater says of every run; sorted."""
    return (
        f"headwater_version:{__version__}",
        *(project.tags if project else ()),
        f"python_version:{sys.version.split()[0]}",
        "runtime:dev",
        f"user:{user}",
    )


def user_tags(given: Iterable[str], user: str, project: ProjectBranch | None = None) -> tuple[str, ...]:
    """The tags of `--tag`, sorted, each once; `TagError` when a run cannot have them."""
    return first_tags(given, system_tags(user, project))

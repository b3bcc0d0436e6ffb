"""Where in its project a run is: one branch, made of what `@project`, options and the environment say.

production and a branch ─► prod.BRANCH      a branch ─► test.BRANCH
production              ─► prod             nothing  ─► user.NAME
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from headwater.errors import UsageError
from headwater.flow.flow_decorators import NAME_RULE, is_project_name
from headwater.records.flow_decorators import AnyFlowDecorator, Project, ProjectBranch
from headwater.settings import PROJECT_VARIABLES, yes_no

_BRANCH, _PRODUCTION = "branch", "production"


class Standing(NamedTuple):
    """A run's place, and whether anybody named it."""

    project: ProjectBranch
    said: bool

    def resuming(self, origin: ProjectBranch | None) -> ProjectBranch:
        """The place of a run that resumes another: the same, unless it was said anew."""
        if self.said or origin is None or origin.name != self.project.name:
            return self.project
        return origin


def find_standing(
    decorators: Iterable[AnyFlowDecorator], options: Mapping[str, Any], environ: Mapping[str, str], user: str
) -> Standing | None:
    """The place of a run of a flow; None for a flow of no project. UsageError for options that cannot be so."""
    written = next((one for one in decorators if isinstance(one, Project)), None)
    if written is None:
        given = next((name for name in (_BRANCH, _PRODUCTION) if options.get(name) is not None), None)
        if given is not None:
            raise UsageError(
                f"The option {given} is about a project, and the flow belongs to none. "
                "Put @project(name=...) above its class, or leave the option out."
            )
        return None
    branch = _branch(written, options.get(_BRANCH) or environ.get(PROJECT_VARIABLES[_BRANCH]) or None)
    production = _production(written, options, environ)
    name = f"{'prod' if production else 'test'}.{branch}" if branch else "prod" if production else f"user.{user}"
    project = ProjectBranch(name=written.name, branch=name, production=production)
    return Standing(project, said=branch is not None or production)


def _branch(written: Project, given: str | None) -> str | None:
    if given is None:
        return written.branch
    if not is_project_name(given):
        raise UsageError(f"{given!r} cannot be a branch of a project: its name is {NAME_RULE}.")
    if written.branch not in (None, given):
        raise UsageError(
            f"The branch {given!r} was asked for, and @project of the flow says {written.branch!r}. "
            "Leave one of them out."
        )
    return given


def _production(written: Project, options: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    given = options.get(_PRODUCTION)
    if given is None and environ.get(PROJECT_VARIABLES[_PRODUCTION]):
        variable = PROJECT_VARIABLES[_PRODUCTION]
        try:
            given = yes_no(environ[variable])
        except ValueError as exc:
            raise UsageError(f"{variable}={environ[variable]!r} cannot be used: {exc}.") from None
    if given is False and written.production:
        raise UsageError("production=False was asked for, and @project of the flow says True. Leave one of them out.")
    return written.production or bool(given)

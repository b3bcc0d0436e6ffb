"""Where in its project a run is: decorator, options and environment as one branch."""

from typing import Any

import pytest

from headwater.errors import UsageError
from headwater.records.flow_decorators import Project, ProjectBranch, TriggerOnFinish
from headwater.runner.project import Standing, find_standing
from headwater.runner.triggers import read_triggers


def standing(
    project: Project | None = None, options: dict[str, Any] | None = None, environ: dict[str, str] | None = None
) -> Standing:
    found = find_standing([project or Project(name="weather")], options or {}, environ or {}, "ada")
    assert found is not None
    return found


def test_a_flow_of_no_project_is_nowhere() -> None:
    assert find_standing([], {}, {"HEADWATER_BRANCH": "x", "HEADWATER_PRODUCTION": "1"}, "ada") is None


@pytest.mark.parametrize(
    ("options", "branch", "production"),
    [
        ({}, "user.ada", False),
        ({"branch": "storms"}, "test.storms", False),
        ({"production": True}, "prod", True),
        ({"branch": "storms", "production": True}, "prod.storms", True),
        ({"production": False}, "user.ada", False),
    ],
)
@pytest.mark.parametrize("said_in", ["options", "decorator", "environment"])
def test_branches_are_named_alike_wherever_they_are_said(
    options: dict[str, Any], branch: str, production: bool, said_in: str
) -> None:
    if said_in == "options":
        found = standing(options=options)
    elif said_in == "decorator":
        found = standing(Project(name="weather", **options))
    else:
        found = standing(environ={f"HEADWATER_{name.upper()}": str(value) for name, value in options.items()})
    assert found.project == ProjectBranch(name="weather", branch=branch, production=production)
    assert found.project.is_user_branch == (branch == "user.ada")
    assert found.project.tags == ("project:weather", f"project_branch:{branch}")


def test_an_option_wins_over_the_environment() -> None:
    assert standing(options={"branch": "a"}, environ={"HEADWATER_BRANCH": "b"}).project.branch == "test.a"


def test_the_same_branch_may_be_said_twice() -> None:
    written = Project(name="weather", branch="a", production=True)
    assert standing(written, {"branch": "a", "production": True}).project.branch == "prod.a"


@pytest.mark.parametrize(
    ("options", "environ", "words"),
    [
        ({"branch": "b"}, {}, "The branch 'b' was asked for, and @project of the flow says 'a'"),
        ({}, {"HEADWATER_BRANCH": "b"}, "The branch 'b' was asked for"),
        ({"production": False}, {}, "production=False was asked for, and @project of the flow says True"),
        ({"branch": "A B"}, {}, "'A B' cannot be a branch of a project"),
        ({}, {"HEADWATER_PRODUCTION": "perhaps"}, "HEADWATER_PRODUCTION='perhaps' cannot be used"),
    ],
)
def test_what_contradicts_the_decorator_is_a_usage_error(
    options: dict[str, Any], environ: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        standing(Project(name="weather", branch="a", production="production" in options), options, environ)
    assert words in str(caught.value)


@pytest.mark.parametrize("option", ["branch", "production"])
def test_an_option_without_its_project_names_the_remedy(option: str) -> None:
    with pytest.raises(UsageError, match=rf"The option {option} is about a project.*@project\(name="):
        find_standing([], {option: "x"}, {}, "ada")


def test_a_resumed_run_stays_in_its_branch_unless_another_is_said() -> None:
    origin = ProjectBranch(name="weather", branch="prod.a", production=True)
    assert standing().resuming(origin) == origin
    assert standing(options={"branch": "b"}).resuming(origin).branch == "test.b"
    assert standing().resuming(None).branch == "user.ada"
    assert standing(Project(name="other")).resuming(origin) == ProjectBranch(name="other", branch="user.ada")


AWAITING = [TriggerOnFinish(flows=())]


def test_triggers_are_runs() -> None:
    (found,) = read_triggers(AWAITING, {"trigger": "Stations/latest"})
    assert str(found) == "Stations/latest"
    assert len(read_triggers(AWAITING, {"trigger": ("A/1", "B/2")})) == 2
    assert read_triggers([], {}) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("Stations", "is no run. Give Flow/run"), ("Stations/1/end", "is no run"), ("12/x", "is not a valid pathspec")],
)
def test_what_is_no_run_cannot_be_a_trigger(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_triggers(AWAITING, {"trigger": [text]})
    assert words in str(caught.value)


def test_a_trigger_needs_a_flow_that_waits() -> None:
    with pytest.raises(UsageError, match=r"@trigger_on_finish\(flow=\.\.\.\)"):
        read_triggers([], {"trigger": ["A/1"]})

"""`@project`: runs in branches, from every face, and how they are found again."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import headwater
from flow_project import Finished, Project
from headwater import FlowSpec, Parameter, current, namespaced_event_name, project, step
from headwater.errors import ParameterError, UsageError
from headwater.testing import run_step

FORECAST = """
from headwater import namespaced_event_name, project

@project(name="weather")
class Forecast(FlowSpec):
    where = Parameter("where", default=lambda context: current.project_flow_name)
    fails = Parameter("fails", default=False)

    @step
    def start(self):
        self.seen = (current.project_name, current.branch_name, current.is_user_branch, current.is_production)
        self.flow_name = current.project_flow_name
        self.event = str(namespaced_event_name("read"))
        self.got = current.get("branch_name"), "project_name" in current
        if self.fails and current.origin_run_id is None:
            raise ValueError("told to")
        self.next(self.end)

    @step
    def end(self):
        self.branch = current.branch_name
"""


@pytest.mark.parametrize(
    ("before", "branch", "production"),
    [
        ((), "user.tester", False),
        (("--branch", "storms"), "test.storms", False),
        (("--production",), "prod", True),
        (("--production", "--branch", "storms"), "prod.storms", True),
    ],
)
@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_run_knows_its_project_and_branch(
    project: Project, isolation: str, before: tuple[str, ...], branch: str, production: bool
) -> None:
    run = project.run(FORECAST, before=("--isolation", isolation, *before)).done()
    assert f"Forecast/{run.run_id} begins in weather.{branch}." in run.stderr
    start = run.at("start")
    assert start.seen == ("weather", branch, branch == "user.tester", production)
    assert start.flow_name == f"weather.{branch}.Forecast"
    assert start.event == f"mfns.weather.{branch}.read"
    assert start.got == (branch, True)
    assert {"project:weather", f"project_branch:{branch}"} <= set(run.run.system_tags)
    assert run.run.project is not None
    assert run.run.project.branch == branch


def test_tags_of_the_system_tell_who_what_and_where(project: Project) -> None:
    tags = project.run(FORECAST).done().run.system_tags
    kinds = {"headwater_version", "project", "project_branch", "python_version", "runtime", "user"}
    assert {tag.partition(":")[0] for tag in tags} == kinds
    assert {"runtime:dev", "user:tester"} <= set(tags)


def test_functions_that_make_a_parameter_s_value_know_the_branch(project: Project) -> None:
    run = project.run(FORECAST, before=("--branch", "storms")).done()
    shown = project.start("dump", run.run_id)
    assert "weather.test.storms.Forecast" in shown.communicate(timeout=60)[0] + str(run.run.parameters)


def test_options_of_a_project_stand_before_and_after_run_and_in_the_environment(project: Project) -> None:
    project.write(FORECAST)
    assert project.call("run", "--branch", "late").done().at("end").branch == "test.late"
    assert project.call("run", environ={"HEADWATER_BRANCH": "env"}).done().at("end").branch == "test.env"
    assert project.call("run", environ={"HEADWATER_PRODUCTION": "1"}).done().at("end").branch == "prod"


def test_a_resumed_run_stays_in_the_branch_of_its_origin_unless_another_is_said(project: Project) -> None:
    project.run(FORECAST, "--fails", "True", before=("--branch", "storms")).failed("told to")
    assert project.call("resume").done().at("end").branch == "test.storms"
    assert project.call("--branch", "other", "resume", "end").done().at("end").branch == "test.other"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--branch", "No-Good", "run"), "'No-Good' cannot be a branch of a project"),
        (("run", "--branch", "No-Good"), "'No-Good' cannot be a branch of a project"),
    ],
)
def test_a_wrong_branch_is_a_usage_error_before_anything_runs(
    project: Project, words: tuple[str, ...], said: str
) -> None:
    project.write(FORECAST)
    project.call(*words).failed(said, code=2)
    assert project.run_ids() == frozenset()


PLAIN = """
class Plain(FlowSpec):
    branch = Parameter("branch", default="mine")

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        self.seen = self.branch
        self.no = current.get("project_name", "none"), hasattr(current, "branch_name")
        current.is_production
"""


def test_a_flow_without_a_project_has_the_names_for_itself(project: Project) -> None:
    run = project.run(PLAIN, "--branch", "parameter").failed(
        "current.is_production is only there in a run of a flow that bears @project"
    )
    assert run.at("end", attempt=0).seen == "parameter"
    assert run.at("end", attempt=0).no == ("none", False)
    project.call("--branch", "x", "run").failed("The option branch is about a project", "@project(name=", code=2)
    assert "--production" not in project.start("--help").communicate(timeout=60)[0]


@pytest.fixture(scope="module")
def weather(new_project: Callable[[], Project]) -> tuple[Project, Finished, Finished]:
    project = new_project()
    mine = project.run(FORECAST).done()
    return project, mine, project.call("--production", "run").done()


def _headwater(project: Project, *words: str) -> str:
    command = [sys.executable, "-m", "headwater", *words]
    return subprocess.run(
        command, cwd=project.folder, env=project.environ, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_runs_are_chosen_and_shown_by_project_and_branch(weather: tuple[Project, Finished, Finished]) -> None:
    project, mine, production = weather
    lines = _headwater(project, "runs", "--json", "--project", "weather").splitlines()
    assert [json.loads(line)["branch"] for line in lines] == ["prod", "user.tester"]
    (line,) = _headwater(project, "runs", "--json", "--branch", "prod").splitlines()
    assert (json.loads(line)["run_id"], json.loads(line)["project"]) == (production.run_id, "weather")
    assert "weather.user.tester" in _headwater(project, "runs")
    told = _headwater(project, "diff", mine.pathspec, production.pathspec)
    assert "weather.user.tester" in told
    assert "weather.prod" in told
    told = _headwater(project, "show", mine.pathspec)
    assert "weather, branch user.tester" in told
    assert "@project(name='weather')" in told
    assert json.loads(_headwater(project, "show", mine.pathspec, "--json"))["flow_decorators"] == [
        "@project(name='weather')"
    ]


def test_a_project_is_a_namespace(weather: tuple[Project, Finished, Finished]) -> None:
    project, _, production = weather
    code = (
        "import headwater; headwater.namespace('project_branch:prod');"
        "print([run.id for run in headwater.Flow('Forecast')]);"
        "headwater.namespace('project:weather'); print(len(list(headwater.Flow('Forecast'))));"
        "print(headwater.Run('Forecast/latest')._repr_html_())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=project.environ, capture_output=True, text=True, check=True, timeout=60
    )
    first, second, page = done.stdout.split("\n", 2)
    assert (first, second) == (f"['{production.run_id}']", "2")
    assert "project weather, branch prod" in page


@project(name="from_python")
class HereFlow(FlowSpec):
    """A flow of a project, in this file."""

    @step
    def start(self) -> None:
        self.event = str(namespaced_event_name("read"))
        self.next(self.end)

    @step
    def end(self) -> None:
        self.branch = current.branch_name


class OwnFlow(FlowSpec):
    """A flow of no project, whose parameter is called like an option of one."""

    branch = Parameter("branch", default="mine")

    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        self.seen = self.branch


def _value(run: headwater.Run, name: str) -> object:
    assert run.data is not None
    return getattr(run.data, name)


def test_a_branch_is_a_keyword_of_headwater_run(tmp_path: Path) -> None:
    root = str(tmp_path / "root")
    run = headwater.run(HereFlow, branch="storms", production=True, datastore_root=root, quiet=True)
    assert _value(run, "branch") == "prod.storms"
    resumed = headwater.resume(HereFlow, "end", branch="other", datastore_root=root, quiet=True)
    assert _value(resumed, "branch") == "test.other"
    with pytest.raises(UsageError, match="cannot be a branch"):
        headwater.run(HereFlow, branch="Not Good", datastore_root=root)


def test_a_parameter_of_a_flow_without_a_project_keeps_its_name(tmp_path: Path) -> None:
    root = str(tmp_path / "root")
    assert _value(headwater.run(OwnFlow, branch="theirs", datastore_root=root, quiet=True), "seen") == "theirs"
    with pytest.raises(UsageError, match="The option production is about a project"):
        headwater.run(OwnFlow, production=True, datastore_root=root)


def test_where_a_parameter_and_an_option_have_one_name_each_is_told_its_way(tmp_path: Path) -> None:
    class Clash(FlowSpec):
        branch = Parameter("branch", default="mine")

    with pytest.raises(ParameterError, match=r"parameters=\{'branch': \.\.\.\}"):
        headwater.run(project(name="clash")(Clash), branch="x", datastore_root=str(tmp_path))


CONFIGURED = """
from headwater import Config, FlowMutator, config_expr, exit_hook, project

def tell(run):
    print("told", run.record.project.branch)

class AddProject(FlowMutator):
    def pre_mutate(self, flow):
        flow.add_decorator("project", deco_kwargs={"name": "mutated"})
        flow.add_decorator(exit_hook, deco_kwargs={"on_success": [tell]})

class Steps(FlowSpec):
    @step
    def start(self):
        self.flow_name = current.project_flow_name
        self.next(self.end)

    @step
    def end(self):
        pass

@project(name=config_expr("config.project"))
@exit_hook(on_success=[tell])
class Configured(Steps):
    config = Config("config", default_value={"project": "told"})

@AddProject
class Mutated(Steps):
    pass

class Chosen(Mutated if os.environ.get("MUTATED") else Configured):
    pass
"""


def test_a_project_may_come_from_a_config(project: Project) -> None:
    run = project.run(CONFIGURED, before=("--branch", "b")).done()
    assert run.at("start").flow_name == "told.test.b.Chosen"
    assert "told test.b" in run.stdout
    value = ("--config-value", "config", '{"project": "other"}')
    assert (
        project.call(*value, "--isolation", "spawn", "run").done().at("start").flow_name == "other.user.tester.Chosen"
    )
    project.call("--config-value", "config", '{"project": "No Good"}', "run").failed("a project's name is at most 128")


def test_a_project_may_come_from_a_mutator_and_still_has_its_options(project: Project) -> None:
    project.write(CONFIGURED)
    run = project.call("--branch", "b", "run", environ={"MUTATED": "1"}).done()
    assert run.at("start").flow_name == "mutated.test.b.Chosen"
    assert "told test.b" in run.stdout


TELLING = """
from headwater import project

@project(name="weather")
class Telling(FlowSpec):
    @step
    def start(self):
        print("in", current.branch_name)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_spin_stays_in_the_branch_of_its_run_unless_another_is_said(project: Project) -> None:
    project.run(TELLING, before=("--branch", "storms")).done()
    assert "in test.storms" in project.call("spin", "start").stdout
    assert "in test.other" in project.call("--branch", "other", "spin", "start").stdout


def test_a_step_that_is_called_in_a_test_is_in_the_tester_s_branch() -> None:
    assert run_step(HereFlow, "end").branch.startswith("user.")

"""`--trigger`: a run of a flow that waits for another, tried out by hand."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import headwater
from flow_project import Project
from headwater import FlowSpec, current, step, trigger_on_finish
from headwater.errors import UsageError
from headwater.records.flow_decorators import AwaitedEvent, Schedule, Trigger

AWAITING = """
from headwater import trigger_on_finish

@trigger_on_finish(flows=["Stations", "Maps"])
class Forecast(FlowSpec):
    fails = Parameter("fails", default=False)

    @step
    def start(self):
        started = current.trigger
        self.none = started is None
        if started is not None:
            self.first = (started.event.name, started.event.id, started.event.type, started.run.pathspec)
            self.count = (len(started.events), len(started.runs), len(list(started)))
            self.by_name = ("Stations" in started, "Other" in started, started["Stations"].data.read)
            self.stamp = started.event.timestamp
        if self.fails and current.origin_run_id is None:
            raise ValueError("told to")
        self.next(self.end)

    @step
    def end(self):
        pass
"""
STATIONS = """
from headwater import FlowSpec, step

class Stations(FlowSpec):
    @step
    def start(self):
        self.next(self.finish)

    @step(end=True)
    def finish(self):
        self.read = 7

if __name__ == "__main__":
    Stations()
"""


def _stations(project: Project, *words: str) -> None:
    project.write(STATIONS, "stations.py")
    command = [sys.executable, "stations.py", "run", *words]
    subprocess.run(command, cwd=project.folder, env=project.environ, check=True, timeout=60, capture_output=True)


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_run_knows_the_runs_that_started_it(project: Project, isolation: str) -> None:
    _stations(project)
    (before,) = project.run_ids()
    run = project.run(AWAITING, before=("--isolation", isolation, "--trigger", "Stations/latest")).done()
    start = run.at("start")
    end = f"Stations/{before}/finish/0"
    assert start.first == ("headwater.Stations.finish", end, "run", f"Stations/{before}")
    assert start.count == (1, 1, 1)
    assert start.by_name == (True, False, 7)
    assert start.stamp.year >= 2026
    assert [event.id for event in run.run.triggers] == [end]


def test_of_several_the_newest_run_comes_first_and_each_counts(project: Project) -> None:
    for _ in range(2):
        _stations(project)
    older, newer = sorted(project.run_ids())
    run = project.run(AWAITING, before=("--trigger", f"Stations/{older}", "--trigger", f"Stations/{newer}")).done()
    assert run.at("start").first[3] == f"Stations/{newer}"
    assert run.at("start").count == (2, 2, 2)


def test_a_run_that_nothing_but_a_person_started_has_no_trigger(project: Project) -> None:
    run = project.run(AWAITING).done()
    assert run.at("start").none is True
    assert run.run.triggers == ()


def test_a_resumed_run_was_started_by_what_started_its_origin(project: Project) -> None:
    _stations(project)
    project.run(AWAITING, "--fails", "True", before=("--trigger", "Stations/latest")).failed("told to")
    assert project.call("resume").done().at("start").by_name == (True, False, 7)


def test_what_cannot_have_started_a_run_is_refused_before_it_begins(project: Project) -> None:
    project.write(AWAITING)
    project.call("--trigger", "Stations/17", "run").failed("There is no run Stations/17", "headwater runs")
    project.call("--trigger", "Stations", "run").failed("'Stations' is no run. Give Flow/run", code=2)
    project.call("--trigger", "Stations/latest", "run").failed("no such run of Stations as latest")
    failed = project.run(AWAITING, "--fails", "True").failed("told to")
    project.call("--trigger", failed.pathspec, "run").failed("only a run that succeeded starts another", code=2)
    assert project.run_ids() == {failed.run_id}


class Source(FlowSpec):
    """What is waited for."""

    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        self.value = 3


@trigger_on_finish(flow="Source")
class Sink(FlowSpec):
    """What waits."""

    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        self.value = current.trigger.run.data.value


def test_a_trigger_is_a_keyword_of_headwater_run_and_the_client_tells_of_it(tmp_path: Path) -> None:
    root = str(tmp_path / "root")
    source = headwater.run(Source, datastore_root=root, quiet=True)
    assert source.trigger is None
    run = headwater.run(Sink, trigger=source, datastore_root=root, quiet=True)
    assert run.data is not None
    assert run.data.value == 3
    assert run.trigger is not None
    assert run.trigger.run is not None
    assert run.trigger.run.pathspec == source.pathspec
    assert "Source" in run.trigger
    assert str(run.trigger["Source"]) == str(source)
    assert repr(run.trigger) == f"<Trigger: {source.pathspec}/end/0>"
    with pytest.raises(KeyError, match=r"'Other' did not start the run\. These did: Source"):
        run.trigger["Other"]
    with pytest.raises(UsageError, match="the flow waits for none"):
        headwater.run(Source, trigger=source, datastore_root=root)


DEPLOYED = """
from headwater import schedule, trigger

@schedule(cron="0 6 * * MON", timezone="Europe/Berlin")
@trigger(event={"name": "read", "parameters": {"day": "date"}})
class Timed(FlowSpec):
    day = Parameter("day", default="")

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module")
def timed(new_project: Callable[[], Project]) -> Project:
    project = new_project()
    project.write(DEPLOYED)
    return project


def test_what_acts_in_a_deployment_is_kept_and_check_says_so(timed: Project) -> None:
    checked = timed.call("check")
    assert "Note: @schedule, @trigger act once the flow is deployed; `run` begins at once." in checked.stderr
    run = timed.call("run").done()
    assert run.run.flow_decorators == (
        Schedule(cron="0 6 * * MON", timezone="Europe/Berlin"),
        Trigger(events=(AwaitedEvent(name="read", parameters={"day": "date"}),)),
    )


def test_the_graph_s_commands_tell_of_flow_decorators(timed: Project) -> None:
    assert (
        "@schedule(cron='0 6 * * MON', timezone='Europe/Berlin')\n    @trigger(events=['read'])"
        in timed.call("show").stdout
    )
    assert '"decorator":"schedule","cron":"0 6 * * MON"' in timed.call("--json", "output-raw").stdout
    assert "@schedule\n    cron = '0 6 * * MON'" in timed.call("output-raw").stdout
    assert '"notes":["@schedule, @trigger act once' in timed.call("--json", "check").stdout

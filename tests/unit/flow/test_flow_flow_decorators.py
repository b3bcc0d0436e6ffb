"""Flow decorators: where they stand, what they take, and what is said about a wrong one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from headwater import FlowSpec, card, step
from headwater.errors import DecoratorError, LintError
from headwater.flow.build import build_graph
from headwater.flow.cron import cron_problem
from headwater.flow.decorators import pypi
from headwater.flow.delayed import Delayed
from headwater.flow.event_name import EventName, namespaced_event_name
from headwater.flow.flow_decorators import (
    conda_base,
    exit_hook,
    flow_decorators_of,
    make_flow_decorator,
    project,
    pypi_base,
    schedule,
    trigger,
    trigger_on_finish,
)
from headwater.flow.resolve import resolve_flow
from headwater.records.flow_decorators import (
    AirflowExternalTaskSensor,
    AirflowS3KeySensor,
    AwaitedEvent,
    AwaitedFlow,
    ExitHook,
    Project,
    ProjectBranch,
    Schedule,
    Trigger,
    TriggerOnFinish,
)
from headwater.records.platforms import Conda, Pypi


class Plain(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None: ...


def tell(run: Any) -> None: ...


def alarm() -> None: ...


def test_both_forms_of_a_flow_decorator_work() -> None:
    @schedule
    class Bare(Plain): ...

    @schedule(hourly=True)
    class Called(Plain): ...

    assert flow_decorators_of(Bare) == (Schedule(),)
    assert flow_decorators_of(Called) == (Schedule(hourly=True),)


def test_flow_decorators_are_inherited_those_of_the_class_first() -> None:
    @project(name="weather")
    @exit_hook(on_success=[tell])
    class Base(Plain): ...

    @exit_hook(on_error=[alarm])
    class Child(Base): ...

    me = __name__
    assert flow_decorators_of(Child) == (
        ExitHook(on_error=(f"{me}:alarm",)),
        Project(name="weather"),
        ExitHook(on_success=(f"{me}:tell",)),
    )


def test_the_author_s_class_is_as_it_was_for_flows_beside_it() -> None:
    @project(name="weather")
    class One(Plain): ...

    assert flow_decorators_of(Plain) == ()
    assert flow_decorators_of(One) == (Project(name="weather"),)


def test_a_flow_decorator_may_stand_once_on_a_class() -> None:
    with pytest.raises(DecoratorError, match=r"@schedule stands twice on Twice\. Keep one"):

        @schedule
        @schedule(weekly=True)
        class Twice(Plain): ...


def test_a_flow_decorator_on_a_flow_and_on_its_base_is_a_problem_that_names_both_places() -> None:
    @project(name="one")
    class Base(Plain): ...

    @project(name="other")
    class Child(Base): ...

    with pytest.raises(LintError, match=r"@project stands on Child and on its base Base \(.*\.py:\d+\)\. Keep one"):
        build_graph(Child)


def test_a_flow_decorator_needs_a_flow_below_it() -> None:
    with pytest.raises(DecoratorError, match=r"@project stands on .*NoFlow, which is no flow\. Put it above the class"):

        @project(name="x")
        class NoFlow: ...

    with pytest.raises(DecoratorError, match="which is no flow"):
        schedule(tell)  # type: ignore[call-overload]  # what an author does by mistake


class _Config(Delayed):
    def settle(self, configs: Mapping[str, Any]) -> Any:
        return "from_config"


def test_options_that_wait_for_configs_are_settled_when_the_flow_is_resolved() -> None:
    @project(name=_Config())
    class Waiting(Plain): ...

    assert flow_decorators_of(Waiting) == ()
    assert flow_decorators_of(resolve_flow(Waiting)) == (Project(name="from_config"),)
    assert flow_decorators_of(Waiting) == ()


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("project", {}, "name has to be said"),
        ("project", {"name": "Bad-Name"}, "at most 128 lower-case letters, digits and _"),
        ("project", {"name": "x" * 129}, "at most 128"),
        ("project", {"name": "x", "branch": "a.b"}, "a branch's name is"),
        ("project", {"name": "x", "production": "perhaps"}, "production takes True or False"),
        ("project", {"nam": "x"}, "no option 'nam'. It takes name, branch, production"),
        ("schedule", {"cron": "61 * * * *"}, "'61' is no minute: write 0 to 59"),
        ("schedule", {"cron": "daily"}, "cron takes 5 fields"),
        ("schedule", {"daily": False}, "it says no time"),
        ("schedule", {"timezone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
        ("trigger", {}, "@trigger waits for nothing. Give event= or events=."),
        ("trigger", {"evnt": "a"}, "no option 'evnt'. It takes event, events, options"),
        ("trigger", {"event": "a", "events": ["b"]}, "both event and events"),
        ("trigger", {"event": 3}, "3, which is no event"),
        ("trigger", {"event": {"nam": "a"}}, "which is no event"),
        ("trigger", {"event": {"name": "a", "fields": {}}}, "an event has no 'fields'"),
        ("trigger", {"event": {"name": "a", "parameters": {"p": 1}}}, "a list of names and of pairs"),
        ("trigger", {"events": 7}, "it takes a list. For one alone use event="),
        ("trigger", {"events": ["a", "a"]}, "names 'a' twice"),
        ("trigger_on_finish", {}, "waits for nothing"),
        ("trigger_on_finish", {"flow": "p.Flow"}, "project.branch.Flow, as in p.prod.Flow"),
        ("trigger_on_finish", {"flow": {"name": "F", "branch": "x"}}, "a flow has no 'branch'"),
        ("exit_hook", {}, "it calls nothing"),
        ("exit_hook", {"on_success": ["tell"]}, "Give a list of functions: on_success="),
        ("exit_hook", {"on_error": [lambda: None]}, "Define it with def at the top level"),
        ("airflow_s3_key_sensor", {}, "bucket_key has to be said"),
        ("airflow_s3_key_sensor", {"bucket_key": "k", "mode": "nap"}, "mode can be 'poke', 'reschedule'"),
        ("airflow_s3_key_sensor", {"bucket_key": "k", "timeout": 0}, "numbers of seconds above 0"),
        ("airflow_external_task_sensor", {}, "external_dag_id has to be said"),
        ("pypi_base", {"packages": {"numpy": 2.4}}, "each value in packages has to be a text"),
        ("shedule", {}, "There is no decorator 'shedule'. Known: project, schedule"),
    ],
)
def test_what_is_wrong_with_a_flow_decorator_is_said_in_its_words(
    name: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(DecoratorError) as caught:
        make_flow_decorator(name, options)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("said", "expression"),
    [
        ({}, "0 0 * * ? *"),
        ({"hourly": True}, "0 * * * ? *"),
        ({"weekly": True, "hourly": True}, "0 0 ? * SUN *"),
        ({"weekly": True, "cron": "5 4 * * *"}, "5 4 * * *"),
    ],
)
def test_of_several_ways_to_say_a_schedule_cron_counts_then_weekly_hourly_daily(
    said: dict[str, Any], expression: str
) -> None:
    record = make_flow_decorator("schedule", said)
    assert isinstance(record, Schedule)
    assert record.expression == expression


@pytest.mark.parametrize(
    "text",
    ["* * * * *", "*/5 0-6 1,15 JAN-MAR MON-FRI", "0 10 ? * SUN *", "0 10 L * 6#3 2024", "0 0 1W * ?", "@daily"],
)
def test_cron_expressions_of_every_dialect_are_accepted(text: str) -> None:
    assert cron_problem(text) == ""


@pytest.mark.parametrize(
    "text", ["0 24 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * FUN", "*/0 * * * *", "1- * * * *", "@noon"]
)
def test_what_is_no_cron_expression_is_told_by_its_field(text: str) -> None:
    assert cron_problem(text)


def whichever(context: Any) -> str:
    return "late"


def test_an_event_is_a_name_a_dict_a_function_or_a_name_of_the_namespace() -> None:
    found = make_flow_decorator(
        "trigger",
        {
            "events": [
                "plain",
                {"name": "mapped", "parameters": {"day": "date"}},
                {"name": "listed", "parameters": ["day", ("hour", "time")]},
                namespaced_event_name("own"),
                {"name": namespaced_event_name("mine"), "parameters": whichever},
                whichever,
            ]
        },
    )
    told = f"{__name__}:whichever"
    assert found == Trigger(
        events=(
            AwaitedEvent(name="plain"),
            AwaitedEvent(name="mapped", parameters={"day": "date"}),
            AwaitedEvent(name="listed", parameters={"day": "day", "hour": "time"}),
            AwaitedEvent(name="own", namespaced=True),
            AwaitedEvent(name="mine", namespaced=True, told_by=(told,)),
            AwaitedEvent(told_by=(told,)),
        )
    )


def test_a_flow_that_is_waited_for_is_a_name_alone_or_within_a_project() -> None:
    flows = ["A", "p.prod.B", "p.test.storms.C", {"name": "D", "project": "q", "project_branch": "prod"}, whichever]
    assert make_flow_decorator("trigger_on_finish", {"flows": flows}) == TriggerOnFinish(
        flows=(
            AwaitedFlow(flow="A"),
            AwaitedFlow(flow="B", project="p", project_branch="prod"),
            AwaitedFlow(flow="C", project="p", project_branch="test.storms"),
            AwaitedFlow(flow="D", project="q", project_branch="prod"),
            AwaitedFlow(told_by=(f"{__name__}:whichever",)),
        )
    )


def test_triggers_stand_on_flows_and_are_kept_in_the_words_of_the_author() -> None:
    @trigger(event="stations_read")
    @trigger_on_finish(flow="Stations")
    class Awaiting(Plain): ...

    assert flow_decorators_of(Awaiting) == (
        Trigger(events=(AwaitedEvent(name="stations_read"),)),
        TriggerOnFinish(flows=(AwaitedFlow(flow="Stations"),)),
    )


def test_a_namespaced_event_has_the_project_and_branch_in_its_name() -> None:
    name = namespaced_event_name("read")
    assert isinstance(name, EventName)
    assert name.within(ProjectBranch(name="weather", branch="test.storms")) == "mfns.weather.test.storms.read"
    assert str(name) == name() == "mfns.read"


def test_sensors_of_airflow_are_kept_with_their_defaults() -> None:
    assert make_flow_decorator("airflow_s3_key_sensor", {"bucket_key": "s3://b/k"}) == AirflowS3KeySensor(
        bucket_key="s3://b/k",
        timeout=3600,
        poke_interval=60,
        mode="reschedule",
        exponential_backoff=True,
        wildcard_match=False,
        soft_fail=False,
    )
    found = make_flow_decorator(
        "airflow_external_task_sensor", {"external_dag_id": "d", "execution_delta": timedelta(hours=1)}
    )
    assert found == AirflowExternalTaskSensor(
        external_dag_id="d", execution_delta=3600.0, allowed_states=("success",), check_existence=True
    )


def test_packages_of_the_flow_are_on_every_step_below_what_the_step_says() -> None:
    @conda_base(libraries={"old": "1"}, python="3.11")
    @pypi_base(packages={"numpy": "1", "pandas": "2"}, python="3.11")
    class Packed(FlowSpec):
        @card
        @step
        def start(self) -> None:
            self.next(self.end)

        @pypi(packages={"numpy": "3"}, disabled=True)
        @step
        def end(self) -> None: ...

    nodes = build_graph(Packed).nodes
    conda = Conda(libraries={"old": "1"}, python="3.11")
    assert nodes["start"].decorators[1:] == (conda, Pypi(packages={"numpy": "1", "pandas": "2"}, python="3.11"))
    assert nodes["end"].decorators == (
        Pypi(packages={"numpy": "3", "pandas": "2"}, python="3.11", disabled=True),
        conda,
    )

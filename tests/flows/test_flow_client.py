"""What the client shows of runs that the command line made."""

from collections.abc import Callable, Iterator

import pytest

import headwater
from flow_project import Finished, Project
from headwater import Flow, Run, Task, namespace
from headwater.errors import NamespaceMismatch

FLOW = """
class ShownFlow(FlowSpec):
    alpha = Parameter("alpha", default=4)

    @step
    def start(self):
        self.nothing = None
        self.xs = ["a", "b", "c"]
        self.seen = current.run.pathspec, current.task.pathspec, current.task.index
        self.next(self.work, foreach="xs")

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        self.tries = current.retry_count
        print("try", current.retry_count)
        if self.input == "b" and not current.retry_count:
            raise ValueError("once")
        self.here = current.task.pathspec, current.task.index, current.run.tags
        self.next(self.join)

    @step
    def join(self, inputs):
        self.mode = "x"
        self.next(self.choose)

    @step
    def choose(self):
        self.next({"x": self.taken, "y": self.untaken}, condition="mode")

    @step
    def taken(self):
        self.next(self.finish)

    @step
    def untaken(self):
        self.next(self.finish)

    @step(end=True)
    def finish(self):
        self.fail = os.path.exists("fail")
        self._private = 1
        if self.fail:
            raise ValueError("told to")
        self.tags = current.tags, current.namespace, current.username, current.flow_name, current.step_name
        self.where = current.pathspec, current.origin_run_id, current.is_running_flow
"""


@pytest.fixture(scope="module")
def shown(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(FLOW, "--tag", "blue", "--tag", "sea:deep").done()


@pytest.fixture(scope="module")
def broken(shown: Finished) -> Finished:
    (shown.project.folder / "fail").touch()
    return shown.project.call("run").failed("told to")


@pytest.fixture(autouse=True)
def everything() -> Iterator[None]:
    namespace(None)
    yield
    namespace(None)


def run_of(ran: Finished) -> Run:
    return Run(ran.pathspec, root=str(ran.project.root))


def first_of(ran: Finished, step: str) -> Task:
    task = run_of(ran)[step].task
    assert task is not None
    return task


def test_b11_whether_an_artifact_is_there_is_asked_with_in(shown: Finished) -> None:
    task = first_of(shown, "start")
    assert "nothing" in task
    assert "missing" not in task
    assert task["nothing"].data is None


def test_a_always_true_are_runs_tasks_and_artifacts(shown: Finished) -> None:
    run = run_of(shown)
    assert all(map(bool, (run, run["start"], run["start"].task, first_of(shown, "start")["nothing"])))


def test_b12_a_missing_artifact_is_an_attribute_error_or_a_key_error(shown: Finished) -> None:
    task = first_of(shown, "start")
    with pytest.raises(AttributeError, match="missing"):
        _ = task.data.missing
    with pytest.raises(KeyError, match="missing"):
        task["missing"]


def test_b13_artifacts_are_fields_and_have_a_size_in_bytes(shown: Finished) -> None:
    task = first_of(shown, "start")
    assert task.artifacts.xs.data == ["a", "b", "c"]
    assert set(task.artifacts._fields) >= {"nothing", "xs", "seen"}
    assert task["xs"].size == len(b'["a","b","c"]')


def test_b1_private_artifacts_are_not_listed_and_can_be_had(shown: Finished) -> None:
    task = run_of(shown).end_task
    assert task is not None
    assert "_private" in task
    assert task["_private"].data == 1
    assert "_private" not in [artifact.id for artifact in task]


def test_b26_a_task_tells_its_index(shown: Finished) -> None:
    assert [task.index for task in run_of(shown)["work"]] == [0, 1, 2]
    assert first_of(shown, "start").index is None


def test_b38_a_step_that_was_not_taken_is_no_key_of_its_run(shown: Finished) -> None:
    run = run_of(shown)
    with pytest.raises(KeyError):
        run["untaken"]
    assert "untaken" not in run
    assert [step.id for step in run] == ["start", "work", "join", "choose", "taken", "finish"]


def test_b48_the_latest_attempt_is_shown_and_others_by_number(shown: Finished) -> None:
    latest = run_of(shown)["work"]["1"]
    assert latest.data.tries == 1
    first = Task(latest.pathspec, attempt=0, root=str(shown.project.root))
    assert first.data.tries == 0
    assert not first.successful
    assert first.exception is not None
    assert "once" in first.exception.exception


def test_b49_logs_are_those_of_an_attempt(shown: Finished) -> None:
    latest = run_of(shown)["work"]["1"]
    assert latest.stdout == "try 1\n"
    assert latest.attempts[0].stdout == "try 0\n"


def test_b64_ids_are_digits_that_grow_and_positions(shown: Finished, broken: Finished) -> None:
    assert shown.run_id.isdigit()
    assert int(shown.run_id) < int(broken.run_id)
    assert [task.id for task in run_of(shown)["work"]] == ["0", "1", "2"]


def test_a_ids_are_made_unique_when_two_runs_begin_at_once(project: Project) -> None:
    project.write(FLOW)
    processes = [project.start("run") for _ in range(3)]
    assert [project.finished(process).code for process in processes] == [0, 0, 0]
    assert len(project.run_ids()) == 3


def test_b65_namespaces_hide_runs_and_current_does_not_look_at_them(shown: Finished) -> None:
    root = str(shown.project.root)
    namespace("user:somebody")
    with pytest.raises(NamespaceMismatch):
        Run(shown.pathspec, root=root)
    namespace("user:tester")
    assert Run(shown.pathspec, root=root).successful
    namespace("blue")
    assert [run.id for run in Flow("ShownFlow", root=root)] == [shown.run_id]
    namespace(None)
    inside = first_of(shown, "start").data.seen
    assert inside == (shown.pathspec, f"{shown.pathspec}/start/0", None)


LOOKING = """
import headwater
headwater.namespace(None)

class LookingFlow(FlowSpec):
    @step
    def start(self):
        self.before = headwater.get_namespace()
        self.user = current.namespace
        headwater.namespace("mine")
        self.after = headwater.get_namespace()
        self.next(self.end)

    @step
    def end(self):
        self.seen = headwater.get_namespace()
"""


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_b65_a_namespace_chosen_in_the_file_holds_in_steps_unless_the_run_was_given_one(
    project: Project, isolation: str
) -> None:
    how = ("--isolation", isolation)
    chosen = project.run(LOOKING, *how).done()
    assert (chosen.at("start").before, chosen.at("start").after) == (None, "mine")
    assert chosen.at("end").seen == ("mine" if isolation == "none" else None)
    given = project.run(LOOKING, "--namespace", "team", *how).done()
    assert (given.at("start").before, given.at("start").after) == ("team", "mine")
    assert given.at("start").user == "user:tester"


def test_b65_a_run_that_was_given_the_empty_namespace_sees_all(project: Project) -> None:
    project.write(LOOKING.replace("headwater.namespace(None)", "headwater.namespace('mine')"))
    assert project.call("run", "--namespace", "").done().at("start").before is None


def test_b65_steps_look_where_the_settings_say(project: Project) -> None:
    project.write(LOOKING.replace("headwater.namespace(None)", ""))
    ran = project.call("run", environ={"HEADWATER_NAMESPACE": "team"}).done()
    assert ran.at("start").before == "team"


def test_a_current_in_task_answers_for_the_running_task_and_run(shown: Finished) -> None:
    pathspec, index, tags = run_of(shown)["work"]["2"].data.here
    assert (pathspec, index) == (f"{shown.pathspec}/work/2", 2)
    assert {"blue", "sea:deep"} <= set(tags)


def test_b66_runs_come_newest_first_and_a_flow_object_gives_its_steps(shown: Finished, broken: Finished) -> None:
    runs = [run.id for run in Flow("ShownFlow", root=str(shown.project.root))]
    assert runs[:2] == [broken.run_id, shown.run_id]

    class Letters(headwater.FlowSpec):
        @headwater.step
        def start(self) -> None:
            self.next(self.end)

        @headwater.step
        def end(self) -> None:
            pass

    assert list(Letters(use_cli=False)) == ["end", "start"]


def test_a_order_of_children_is_by_position_and_step_task_is_the_first(shown: Finished) -> None:
    step = run_of(shown)["work"]
    assert [task.id for task in step.tasks()] == ["0", "1", "2"]
    assert first_of(shown, "work").id == "0"


def test_b67_finished_tells_of_the_end_and_successful_of_success(shown: Finished, broken: Finished) -> None:
    good, bad = run_of(shown), run_of(broken)
    assert (good.finished, good.successful) == (True, True)
    assert (bad.finished, bad.successful) == (False, False)
    assert good.finished_at is not None
    assert bad.status == "failed"


def test_b68_data_is_the_last_step_s_and_code_the_code_that_ran(shown: Finished) -> None:
    run = run_of(shown)
    assert run.data is not None
    assert run.data.fail is False
    assert run.code is not None
    assert "class ShownFlow" in run.code.flowspec


def test_b72_current_tags_are_those_given_and_the_namespace_is_the_user_s(shown: Finished) -> None:
    tags, space, user, flow, step = shown.at("finish").tags
    assert (set(tags), space, user) == ({"blue", "sea:deep"}, "user:tester", "tester")
    assert (flow, step) == ("ShownFlow", "finish")
    assert shown.at("finish").where == (f"{shown.pathspec}/finish/0", None, True)


def test_b72_current_tags_stay_those_given_when_the_run_gets_others(project: Project) -> None:
    ran = project.run(
        """
        class TaggingFlow(FlowSpec):
            @step
            def start(self):
                current.run.add_tag("late")
                self.next(self.end)

            @step
            def end(self):
                self.seen = sorted(current.tags), sorted(current.run.user_tags)
        """,
        "--tag",
        "early",
        "--tag",
        "user:tester",
    ).done()
    assert ran.at("end").seen == (["early"], ["early", "late"])
    assert run_of(ran).user_tags == {"early", "late"}


def test_b9_a_failed_task_shows_its_exception_and_what_it_had_set(broken: Finished) -> None:
    task = first_of(broken, "finish")
    assert not task.successful
    assert task.data.fail is True
    assert task.exception is not None
    assert "told to" in task.exception.exception


def test_b59_origins_are_none_until_something_was_taken_over(shown: Finished, broken: Finished) -> None:
    assert run_of(shown).origin_pathspec is None
    (shown.project.folder / "fail").unlink(missing_ok=True)
    again = shown.project.call("resume", "--origin-run-id", broken.run_id).done()
    resumed = run_of(again)
    assert resumed.origin_pathspec == broken.pathspec
    assert resumed.successful
    assert resumed["work"]["1"].stdout == "try 1\n"
    assert resumed["work"]["1"].origin_pathspec == f"{broken.pathspec}/work/1"
    assert first_of(again, "finish").origin_pathspec is None


def test_a_root_user_runs_flows_under_the_name_it_is_given(shown: Finished) -> None:
    assert shown.run.user == "tester"
    assert "user:tester" in run_of(shown).system_tags


def test_a_step_sees_the_tasks_of_its_own_run_that_ended_before_it(project: Project) -> None:
    ran = project.run(
        """
        from headwater import Task

        class LooksBackFlow(FlowSpec):
            @step
            def start(self):
                self.x = 3
                self.items = list(range(20))
                self.next(self.each, foreach="items")

            @step
            def each(self):
                self.seen = Task(f"LooksBackFlow/{current.run_id}/start/0").data.x + self.input
                self.next(self.join)

            @step
            def join(self, inputs):
                self.seen = [task.data.seen for task in current.run["each"]]
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("join").seen == list(range(3, 23))


def test_a_task_that_runs_finds_itself_by_its_pathspec(project: Project) -> None:
    ran = project.run(
        """
        from headwater import Task

        class SelfFlow(FlowSpec):
            @step
            def start(self):
                task = Task(current.pathspec)
                self.seen = task.pathspec == current.pathspec, task.status, task.finished, task.id in task.parent
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("start").seen == (True, "running", False, True)

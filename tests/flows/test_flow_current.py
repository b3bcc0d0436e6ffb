"""`current`: each thing that a step can ask about itself, in every isolation."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

ASKING = '''
class Asking(FlowSpec):
    """Asks about itself."""

    first = Parameter("the-first", default=1)
    second = Parameter("second", default=2)

    @retry(times=1, minutes_between_retries=0)
    @step
    def start(self):
        """Begins."""
        if current.retry_count == 0:
            raise ValueError("once more")
        self.names = current.is_running_flow, current.flow_name, current.run_id, current.step_name, current.task_id
        self.attempt = current.retry_count
        self.whole = current.pathspec, current.task.pathspec, current.run.pathspec
        self.who = current.username, current.namespace, set(current.tags)
        self.origin = current.origin_run_id
        self.folder = current.tempdir
        self.parameters = current.parameter_names
        self.got = current.get("flow_name"), current.get("nothing", "default"), "run_id" in current, "no" in current
        self.gang = current.is_parallel, hasattr(current, "parallel")
        node = current.graph["steps"]["start"]
        self.node = node["type"], node["next"], node["doc"], node["decorators"], current.graph == current.graph_info
        self.next(self.end)

    @step
    def end(self):
        self.resumed_from = current.origin_run_id
'''


@pytest.fixture(scope="module", params=["fork", "spawn", "none"])
def asked(request: pytest.FixtureRequest, new_project: Callable[[], Project]) -> Finished:
    return new_project().run(ASKING, "--tag", "blue", before=("--isolation", request.param)).done()


def test_the_parts_of_the_task_s_name(asked: Finished) -> None:
    start = asked.at("start")
    assert start.names == (True, "Asking", asked.run_id, "start", "0")
    task = f"Asking/{asked.run_id}/start/0"
    assert start.whole == (task, task, f"Asking/{asked.run_id}")


def test_the_attempt_is_counted_from_0(asked: Finished) -> None:
    assert asked.at("start").attempt == 1


def test_who_runs_it_and_with_which_tags(asked: Finished) -> None:
    assert asked.at("start").who == ("tester", "user:tester", {"blue"})


def test_parameters_are_told_by_their_names_in_python(asked: Finished) -> None:
    assert asked.at("start").parameters == ["first", "second"]


def test_a_temporary_folder_is_named(asked: Finished) -> None:
    assert asked.at("start").folder == "."


def test_get_and_in_answer_for_names_that_there_are_and_are_not(asked: Finished) -> None:
    assert asked.at("start").got == ("Asking", "default", True, False)


def test_the_graph_is_plain_data(asked: Finished) -> None:
    assert asked.at("start").node == ("linear", ["end"], "Begins.", ["retry"], True)


def test_outside_a_gang_there_is_no_place_in_one(asked: Finished) -> None:
    assert asked.at("start").gang == (False, False)


def test_the_origin_is_known_in_a_resumed_run_alone(asked: Finished) -> None:
    assert asked.at("start").origin is None
    resumed = asked.project.call("resume", "end", "--origin-run-id", asked.run_id).done()
    assert resumed.at("end").resumed_from == asked.run_id

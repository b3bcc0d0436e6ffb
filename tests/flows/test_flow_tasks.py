"""What surrounds a step: the shape of the smallest flows, its environment, random state, machine and place."""

import itertools

import pytest

from flow_project import Project

ISOLATIONS = ("fork", "spawn")


@pytest.mark.parametrize("isolation", [*ISOLATIONS, "none"])
def test_one_step_is_a_flow(project: Project, isolation: str) -> None:
    ran = project.run(
        """
        class OneFlow(FlowSpec):
            @step
            def only(self):
                self.x = 1
        """,
        before=("--isolation", isolation),
    ).done()
    assert ran.at("only").x == 1
    assert (ran.run.start, ran.run.end) == ("only", "only")


CORE = """
class CoreFlow(FlowSpec):
    n = Parameter("n", default=2)

    @step(start=True)
    def first(self):
        self.x = self.n
        self.next(self.a, self.b)

    @step
    def a(self):
        self.y = self.x + 1
        self.next(self.join)

    @step
    def b(self):
        self.xs = range(self.n)
        self.next(self.work, foreach="xs")

    @retry(times=1, minutes_between_retries=0)
    @catch(var="why")
    @step
    def work(self):
        self.z = self.input
        if self.input == 0 and current.retry_count == 0:
            os._exit(3)
        if self.input == 1:
            raise ValueError("for good")
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.zs = [each.z for each in inputs]
        self.whys = [each.why and each.why.exception for each in inputs]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs)
        self.again = self.y < 10
        self.next(self.turn)

    @step
    def turn(self):
        self.y += 4
        self.again = self.y < 10
        self.next({True: self.turn, False: self.last}, condition="again")

    @step(end=True)
    def last(self):
        self.result = self.x, self.y, self.zs, self.whys
"""


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_every_shape_gives_the_same_in_forks_and_fresh_interpreters(project: Project, isolation: str) -> None:
    ran = project.run(CORE, before=("--isolation", isolation)).done()
    assert ran.at("last").result == (2, 11, [0, 1], [None, "for good"])
    assert ran.record("work", "0").attempt == 1


def test_flows_without_died_processes_runs_in_the_foreground_too(project: Project) -> None:
    source = CORE.replace("os._exit(3)", "raise LookupError('first')")
    ran = project.run(source, before=("--isolation", "none")).done()
    assert ran.at("last").result == (2, 11, [0, 1], [None, "for good"])


RANDOM = """
import random
import numpy as np
{seed}

class RandomFlow(FlowSpec):
    @step
    def start(self):
        self.xs = range(3)
        self.next(self.draw, foreach="xs")

    @step
    def draw(self):
        self.drawn = random.random(), float(np.random.rand())
        self.next(self.join)

    @step
    def join(self, inputs):
        self.drawn = [each.drawn for each in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize("isolation", ["fork", "none"])
def test_a_random_state_is_new_for_every_attempt(project: Project, isolation: str) -> None:
    drawn = project.run(RANDOM.format(seed=""), before=("--isolation", isolation)).done().at("end").drawn
    assert len({python for python, _ in drawn}) == 3
    assert len({numpy for _, numpy in drawn}) == 3


def test_a_random_state_is_the_one_seeded_at_import(project: Project) -> None:
    seeded = project.run(RANDOM.format(seed="random.seed(7); np.random.seed(7)")).done()
    assert len(set(seeded.at("end").drawn)) == 1
    again = project.call("--isolation", "none", "run").done()
    assert again.at("end").drawn == seeded.at("end").drawn


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_environment_is_there_before_the_file_is_imported(project: Project, isolation: str) -> None:
    ran = project.run(
        """
        AT_IMPORT = os.environ.get("COLOUR")

        class EnvironmentFlow(FlowSpec):
            @environment(vars={"COLOUR": "blue", "NUMBER": 3})
            @step
            def start(self):
                self.inside = AT_IMPORT, os.environ["COLOUR"], os.environ["NUMBER"]
                self.next(self.end)

            @step
            def end(self):
                self.outside = AT_IMPORT, os.environ.get("COLOUR")
        """,
        before=("--isolation", isolation),
    ).done()
    assert ran.at("end").inside == ("blue", "blue", "3")
    assert ran.at("end").outside == (None, None)


RESOURCES = """
class ResourcesFlow(FlowSpec):
    @step
    def start(self):
        self.xs = range(3)
        self.next(self.work, foreach="xs")

    @resources(cpu={cpu})
    @step
    def work(self):
        self.began = time.time()
        time.sleep(0.1)
        self.ended = time.time()
        self.threads = os.environ.get("OMP_NUM_THREADS")
        self.next(self.join)

    @step
    def join(self, inputs):
        self.times = sorted((each.began, each.ended) for each in inputs)
        self.threads = [each.threads for each in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_resources_at_home_above_the_machine_run_alone_with_one_warning(project: Project) -> None:
    ran = project.run(RESOURCES.format(cpu=1000)).done()
    times = ran.at("join").times
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(times))
    assert ran.stderr.count("1000") == 1


def test_resources_without_a_claim_may_run_at_once(project: Project) -> None:
    ran = project.run(RESOURCES.format(cpu=0)).done()
    assert len(ran.at("join").times) == 3


def test_gangs_know_their_place(project: Project) -> None:
    ran = project.run(
        """
        class GangFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.node, num_parallel=2)

            @parallel
            @step
            def node(self):
                place = current.parallel
                self.place = place.num_nodes, place.node_index, place.control_task_id, current.is_parallel
                self.given = self.index, self.input
                open(str(place.node_index), "w").close()
                while not os.path.exists(str(1 - place.node_index)):
                    time.sleep(0.01)
                self.next(self.join)

            @step
            def join(self, inputs):
                self.places = [each.place for each in inputs]
                self.given = [each.given for each in inputs]
                self.alone = current.is_parallel
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("join").places == [(2, 0, "0", True), (2, 1, "0", True)]
    assert ran.at("join").given == [(0, 0), (1, 1)]
    assert ran.at("join").alone is False
    assert ran.tasks("node") == {"0", "1"}


def test_a_where_a_flow_lives_may_be_a_file_that_another_imports_from(project: Project) -> None:
    project.write("def double(x):\n    return x * 2\n", "helpers.py")
    ran = project.run(
        """
        from dataclasses import dataclass
        from helpers import double

        @dataclass
        class Point:
            x: int

        class HereFlow(FlowSpec):
            @step
            def start(self):
                self.point = Point(double(21))
                self.next(self.end)

            @step
            def end(self):
                assert isinstance(self.point, Point), type(self.point)
                self.x = self.point.x
                self.module = type(self.point).__module__
        """
    ).done()
    assert ran.at("end").x == 42
    assert ran.at("end").module == "flow"


GRAPH = """
class GraphFlow(FlowSpec):
    @step
    def start(self):
        self.graph = current.graph
        self.next(self.end)

    @step
    def end(self):
        {what}
"""


def test_current_tells_the_graph_and_knows_no_other_words(project: Project) -> None:
    ran = project.run(GRAPH.format(what="self.missing = current.get('nonsense', 5), 'step_name' in current")).done()
    assert ran.at("start").graph["steps"]["start"]["next"] == ["end"]
    assert ran.at("end").missing == (5, True)


def test_long_lines_reach_the_log_and_the_command_whole(project: Project) -> None:
    ran = project.run(GRAPH.format(what="print('x' * 100_000)")).done()
    assert ran.stdout == "x" * 100_000 + "\n"
    assert project.call("logs", f"{ran.pathspec}/end").done().stdout.endswith(ran.stdout)

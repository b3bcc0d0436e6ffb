"""Decorators about packages and machines: they are kept, and what does not act yet is said once."""

import pytest

from flow_project import Project
from headwater.records.platforms import Batch, Conda, Kubernetes, Pypi

FLOW = """
from headwater import batch, conda, kubernetes, pypi, pypi_base

@pypi_base(packages={"numpy": "2.4.6"})
class Away(FlowSpec):
    @kubernetes(cpu=1, memory=500, image="python:3.11")
    @step
    def start(self):
        self.next(self.middle)

    @batch(queue="night")
    @conda(packages={"pandas": "2"}, disabled=True)
    @step
    def middle(self):
        self.next(self.end)

    @step
    def end(self):
        self.decorators = current.graph["steps"]["start"]["decorators"]
"""


def test_what_does_not_act_yet_is_said_once_by_step(project: Project) -> None:
    run = project.run(FLOW).done()
    said = (
        "Every step runs on this machine, in this interpreter with its packages: "
        "@kubernetes (start), @pypi (every step) and @batch (middle) do not act yet."
    )
    assert run.stderr.count("do not act yet") == 1
    assert said in run.stderr
    assert f"Note: {said}" in project.call("check").stderr
    start, middle, end = (spec.decorators for spec in run.run.steps)
    pypi = Pypi(packages={"numpy": "2.4.6"})
    assert start == (Kubernetes(cpu=1, memory=500, image="python:3.11"), pypi)
    assert middle == (Batch(queue="night"), Conda(packages={"pandas": "2"}, disabled=True), pypi)
    assert end == (pypi,)
    assert run.at("end").decorators == ["kubernetes", "pypi"]


PLAIN = """
class Plain(FlowSpec):
    @resources(cpu=1)
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize("spec", ["kubernetes:cpu=1,memory=100", "batch", "conda", "pypi:python=3.11"])
def test_with_puts_each_of_them_on_every_step(project: Project, spec: str) -> None:
    run = project.run(PLAIN, "--with", spec.replace("python=3.11", 'python="3.11"')).done()
    assert f"@{spec.partition(':')[0]} (every step) does not act yet." in run.stderr


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("environment", ["conda", "pypi", "uv"])
def test_another_environment_is_taken_and_said_not_to_act(project: Project, environment: str, before: bool) -> None:
    project.write(PLAIN)
    option = ("--environment", environment)
    run = project.call(*option, "run") if before else project.call("run", *option)
    assert f"--environment {environment} does not act yet." in run.done().stderr
    assert run.run.options["environment"] == environment


def test_the_local_environment_needs_no_word_and_an_unknown_one_is_a_usage_error(project: Project) -> None:
    project.write(PLAIN)
    assert "does not act" not in project.call("--environment", "local", "run").done().stderr
    project.call("--environment", "docker", "run").failed("'docker' is not one of", code=2)


GANG = """
from headwater import pytorch_parallel

class Torch(FlowSpec):
    @step
    def start(self):
        self.next(self.train, num_parallel=2)

    @pytorch_parallel{options}
    @step
    def train(self):
        names = ("MASTER_ADDR", "NODE_RANK", "NUM_NODES", "WORLD_SIZE", "PL_TORCH_DISTRIBUTED_BACKEND")
        self.told = [os.environ[name] for name in names]
        self.port = int(os.environ["MASTER_PORT"])
        self.gang = current.is_parallel, current.parallel.num_nodes, current.parallel.node_index
        self.next(self.join)

    @step
    def join(self, inputs):
        self.left = [name for name in os.environ if name.startswith(("MASTER_", "NODE_RANK"))]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_torch_finds_its_gang_by_environment_variables(project: Project, isolation: str) -> None:
    run = project.run(GANG.format(options=""), before=("--isolation", isolation)).done()
    assert run.values("told", "train") == [["127.0.0.1", str(index), "2", "2", "gloo"] for index in range(2)]
    first, second = run.values("port", "train")
    assert first == second > 0
    assert run.values("gang", "train") == [(True, 2, 0), (True, 2, 1)]
    assert run.at("join").left == []


def test_the_port_of_a_torch_gang_can_be_chosen(project: Project) -> None:
    run = project.run(GANG.format(options="(master_port=51234)")).done()
    assert run.values("port", "train") == [51234, 51234]

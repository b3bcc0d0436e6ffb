"""Tensors and modules on their way through real runs: forks and fresh interpreters alike."""

from pathlib import Path

import pytest

from flow_project import Project

TRAIN = """
import torch

torch.manual_seed(0)

class TrainFlow(FlowSpec):
    @step
    def start(self):
        self.features = torch.rand(400, 1000)
        self.model = torch.nn.Sequential(torch.nn.Linear(1000, 500), torch.nn.ReLU(), torch.nn.Linear(500, 1))
        self.rates = [0.1, 0.01]
        self.next(self.train, foreach="rates")

    @resources(cpu=2)
    @step
    def train(self):
        for parameter in self.model[0].parameters():
            parameter.requires_grad_(False)
        optimiser = torch.optim.SGD([p for p in self.model.parameters() if p.requires_grad], lr=self.input)
        before = self.model[2].weight.detach().clone()
        self.model(self.features).square().mean().backward()
        optimiser.step()
        self.moved = float((self.model[2].weight - before).abs().sum())
        self.state = self.model.state_dict()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.moved = [one.moved for one in inputs]
        self.same = all(torch.equal(one.state["0.weight"], inputs[0].model[0].weight) for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_models_are_trained_and_frozen_layers_are_stored_once(tmp_path: Path, isolation: str) -> None:
    ran = Project(tmp_path).run(TRAIN, "--isolation", isolation).done()
    first, second = ran.at("join").moved
    assert first > second > 0
    assert ran.at("join").same
    frozen = ran.record("start").artifacts["model"].blobs[1].hash
    for task_id in ("0", "1"):
        written = ran.record("train", task_id).artifacts
        assert frozen in {blob.hash for blob in written["model"].blobs}
        assert frozen in {blob.hash for blob in written["state"].blobs}
        assert "features" not in written


POOLED = """
import torch

SUM = torch.rand(4000, 400).sum()  # starts torch's threads, which a fork has not

class PooledFlow(FlowSpec):
    @resources(cpu=2)
    @step
    def start(self):
        model = torch.nn.Linear(400, 400)
        model(torch.rand(4000, 400)).sum().backward()
        self.total = float(torch.rand(4000, 400).sum())
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_fork_that_waits_for_threads_it_has_not_starts_again_in_a_fresh_interpreter(tmp_path: Path) -> None:
    ran = Project(tmp_path).run(POOLED, "--isolation", "fork", "--deadlock-s", "0.3").done()
    assert ran.at("start").total > 0

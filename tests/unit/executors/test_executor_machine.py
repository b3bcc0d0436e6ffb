"""What a machine has and what is claimed of it."""

import os

from headwater.executors.machine import Claim, Ledger, Machine, claim_of, detect_machine, find_lack
from headwater.records.decorators import AnyDecorator, Resources
from headwater.records.step import StepSpec


def step(*decorators: AnyDecorator) -> StepSpec:
    return StepSpec(flow="F", step="f", file="f.py", module="f", decorators=decorators)


def test_a_step_without_resources_claims_one_cpu() -> None:
    assert claim_of(step()) == Claim(1.0, 0, 0)


def test_only_written_values_count() -> None:
    assert claim_of(step(Resources(memory=500))) == Claim(1, 500, 0)
    assert claim_of(step(Resources(cpu=0, gpu=1))) == Claim(0, 0, 1)


def test_a_gang_claims_the_sum_of_its_members() -> None:
    assert claim_of(step(Resources(cpu=2, gpu=1)), members=3) == Claim(6, 0, 3)


def test_what_is_taken_is_not_given_again() -> None:
    ledger = Ledger(Machine(4, 1000, ("a", "b")))
    assert ledger.take(Claim(2, 600, 1)) == ("a",)
    assert not ledger.fits(Claim(1, 600, 0))
    assert not ledger.fits(Claim(3, 0, 0))
    assert ledger.take(Claim(2, 400, 1)) == ("b",)
    assert not ledger.fits(Claim(0, 0, 1))
    ledger.give_back(Claim(2, 600, 1), ("a",))
    assert ledger.take(Claim(1, 0, 1)) == ("a",)


def test_a_demand_above_the_machine_fits_only_when_nothing_runs() -> None:
    ledger = Ledger(Machine(2, 1000))
    large, small = Claim(8, 0, 0), Claim(1, 0, 0)
    assert ledger.fits(large)
    ledger.take(large)
    assert not ledger.fits(small)
    ledger.give_back(large, ())
    ledger.take(small)
    assert not ledger.fits(large)
    assert ledger.fits(small)


def test_what_a_machine_lacks_is_named() -> None:
    lack = find_lack(Machine(2, 1000), Claim(4, 2000, 1))
    assert lack == (
        "4 CPUs (this machine has 2), 2000 MB of memory (this machine has 1000), 1 GPUs (this machine has 0)"
    )
    assert find_lack(Machine(2, 1000), Claim(2, 1000, 0)) == ""


def test_this_machine_has_something() -> None:
    machine = detect_machine(os.environ)
    assert machine.cpus >= 1
    assert machine.memory_mb > 100


def test_visible_gpus_are_what_the_environment_says() -> None:
    assert detect_machine({"CUDA_VISIBLE_DEVICES": "2, GPU-abc"}).gpus == ("2", "GPU-abc")
    assert detect_machine({"CUDA_VISIBLE_DEVICES": ""}).gpus == ()
    assert detect_machine({"CUDA_VISIBLE_DEVICES": "-1"}).gpus == ()

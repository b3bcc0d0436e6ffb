"""Decorators about packages and machines: every option, its default, and what is said about a wrong one."""

from typing import Any

import pytest

from headwater.errors import DecoratorError
from headwater.executors.machine import Claim, claim_of
from headwater.flow.decorators import make_decorator
from headwater.flow.withs import parse_with
from headwater.records.decorators import AnyDecorator, Resources
from headwater.records.platforms import Batch, Conda, Kubernetes, Pypi, PytorchParallel
from headwater.records.step import StepSpec

_KUBERNETES = (
    "cpu memory disk image image_pull_policy image_pull_secrets service_account secrets node_selector namespace gpu "
    "gpu_vendor tolerations labels annotations use_tmpfs tmpfs_tempdir tmpfs_size tmpfs_path persistent_volume_claims "
    "shared_memory port compute_pool executable hostname_resolution_timeout qos extended_resources security_context"
)
_BATCH = (
    "cpu gpu memory image queue iam_role execution_role shared_memory max_swap swappiness inferentia efa host_volumes "
    "efs_volumes use_tmpfs aws_batch_tags tmpfs_tempdir tmpfs_size tmpfs_path ephemeral_storage log_driver log_options "
    "executable privileged"
)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("kubernetes", Kubernetes, _KUBERNETES),
        ("batch", Batch, _BATCH),
        ("conda", Conda, "packages libraries python disabled"),
        ("pypi", Pypi, "packages python disabled"),
        ("pytorch_parallel", PytorchParallel, "master_port"),
    ],
)
def test_each_takes_its_options_and_no_others(name: str, kind: type[Any], options: str) -> None:
    assert make_decorator(name, {}) == kind()
    assert set(kind.__struct_fields__) == set(options.split())
    with pytest.raises(DecoratorError, match=f"@{name} has no option 'colour'"):
        make_decorator(name, {"colour": "red"})


def test_defaults_are_those_of_the_platforms() -> None:
    pod, job = Kubernetes(), Batch()
    assert (pod.tmpfs_tempdir, pod.tmpfs_path, pod.hostname_resolution_timeout, pod.qos) == (
        True,
        "/metaflow_temp",
        600,
        "burstable",
    )
    assert (job.use_tmpfs, job.tmpfs_tempdir, job.tmpfs_path, job.privileged) == (False, True, "/metaflow_temp", False)


def test_values_may_be_texts_as_with_hands_them_on() -> None:
    assert parse_with("kubernetes:cpu=2,memory=4000,image=python:3.11") == Kubernetes(
        cpu=2, memory=4000, image="python:3.11"
    )
    assert make_decorator("kubernetes", {"node_selector": "zone=a,disk=ssd", "secrets": "one,two"}) == Kubernetes(
        node_selector={"zone": "a", "disk": "ssd"}, secrets=["one", "two"]
    )
    assert make_decorator("batch", {"host_volumes": "/mnt"}) == Batch(host_volumes=["/mnt"])


def test_trainium_is_another_name_of_inferentia() -> None:
    assert make_decorator("batch", {"trainium": 2}) == Batch(inferentia=2)
    assert make_decorator("batch", {"trainium": None, "inferentia": 1}) == Batch(inferentia=1)
    with pytest.raises(DecoratorError, match="both inferentia and trainium"):
        make_decorator("batch", {"trainium": 1, "inferentia": 1})


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("kubernetes", {"qos": "best"}, "qos can be 'burstable', 'guaranteed'"),
        ("kubernetes", {"image_pull_policy": "Sometimes"}, "can be 'Always', 'IfNotPresent', 'Never'"),
        ("kubernetes", {"gpu_vendor": "acme"}, "gpu_vendor can be 'nvidia', 'amd'"),
        ("kubernetes", {"port": 70000}, "port is no port"),
        ("kubernetes", {"tolerations": [{"kee": "a"}]}, "a toleration has the keys effect, key, operator"),
        ("kubernetes", {"memory": "4Gi"}, "memory takes a whole number of MB"),
        ("kubernetes", {"gpu": -1}, "gpu cannot be negative"),
        ("kubernetes", {"cpu": 0}, "a task needs some CPU and memory"),
        ("batch", {"swappiness": 101}, "a number from 0 to 100"),
        ("batch", {"privileged": "perhaps"}, "privileged takes True or False"),
        ("pypi", {"python": 3.1}, "python takes a text"),
        ("conda", {"packages": {"numpy": 1}}, "each value in packages has to be a text"),
        ("pytorch_parallel", {"master_port": 0}, "master_port is no port"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_option(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DecoratorError) as caught:
        make_decorator(name, options)
    assert words in str(caught.value)


def _claim(*decorators: AnyDecorator) -> Claim:
    return claim_of(StepSpec(flow="F", step="s", file="f.py", module="f", decorators=decorators))


def test_what_a_step_asks_of_a_cluster_it_is_given_here_the_largest_amount_of_each() -> None:
    assert _claim() == _claim(Kubernetes(), Batch()) == Claim(cpus=1.0)
    assert _claim(Kubernetes(cpu=4, memory=8000)) == Claim(4.0, 8000)
    assert _claim(Resources(cpu=2, memory=9000, gpu=1), Kubernetes(cpu=4, memory=8000), Batch(gpu=2)) == Claim(
        4.0, 9000, 2
    )

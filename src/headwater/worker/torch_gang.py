"""What `@pytorch_parallel` does around a step: torch.distributed finds the gang by environment variables."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from headwater.records.decorators import find_decorator
from headwater.records.platforms import PytorchParallel
from headwater.records.task import Gang
from headwater.worker.variables import variables_set

if TYPE_CHECKING:
    from headwater.worker.wrappers import Context


def meeting(call_next: Callable[[], None], context: "Context") -> None:
    """The step, where torch looks for its gang."""
    torch = find_decorator(context.attempt.step.decorators, PytorchParallel)
    gang = context.attempt.spec.gang
    assert torch is not None
    assert gang is not None, "lint lets only num_parallel lead to such a step"
    with variables_set(torch_variables(gang, torch.master_port)):
        call_next()


def torch_variables(gang: Gang, port: int | None) -> dict[str, str]:
    """The variables of one node; the port is that of the gang, which is free, unless the author named one."""
    return {
        "MASTER_ADDR": gang.main_address,
        "MASTER_PORT": str(port or gang.port),
        "NODE_RANK": str(gang.index),
        "NUM_NODES": str(gang.size),
        "WORLD_SIZE": str(gang.size),
        "PL_TORCH_DISTRIBUTED_BACKEND": "gloo",
    }

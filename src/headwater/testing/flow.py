"""`run_flow`: a flow from its first step to its last, in a root of its own that goes away with the process."""

import atexit
from collections.abc import Mapping
from functools import cache
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from headwater.flow.spec import FlowSpec
from headwater.runner.api import run
from headwater.runner.options import Isolation

if TYPE_CHECKING:
    from headwater.client.objects import Run


def run_flow(
    flow_class: type[FlowSpec],
    /,
    *,
    isolation: str = Isolation.NONE,
    parameters: Mapping[str, Any] | None = None,
    **more_parameters: Any,
) -> "Run":
    """Run a flow and return its run, as `headwater.run` does, in a temporary root: `run_flow(MyFlow, n=3).data.result`.

    The steps run in this process, so that monkeypatch, coverage and breakpoints reach them; `isolation="fork"` runs
    them as a user's run would. What was kept can be read until the process ends.
    """
    root = mkdtemp(dir=_folder())
    return run(
        flow_class, datastore_root=root, isolation=isolation, quiet=True, parameters=parameters, **more_parameters
    )


@cache
def _folder() -> str:
    folder = mkdtemp(prefix="headwater-test-")
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder

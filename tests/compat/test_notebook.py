"""A flow written for Metaflow in the cells of a notebook."""

import os
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::RuntimeWarning:zmq")

_CELLS = (
    "import headwater.compat\nheadwater.compat.activate()",
    "from metaflow import FlowSpec, Flow, NBRunner, Parameter, step",
    "class CellFlow(FlowSpec):\n    size = Parameter('size', default=2)\n\n    @step\n    def start(self):\n"
    "        import subprocess, sys\n"
    "        self.child = subprocess.run([sys.executable, '-c', 'import metaflow']).returncode\n"
    "        self.double = self.size * 2\n        self.next(self.end)\n\n    @step\n    def end(self):\n        pass",
)
_ASKED = (
    ("headwater.run(CellFlow, size=4, quiet=True).data.double", "8"),
    ("NBRunner(CellFlow, show_output=False).nbrun(size=5).data.double", "10"),
    ("[run.data.child for run in Flow('CellFlow')]", "[0, 0]"),
)


def test_cells_that_ask_for_metaflow_run_in_the_kernel_and_in_processes_of_their_own(tmp_path: Path) -> None:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("HEADWATER_", "METAFLOW_"))}
    manager, client = start_new_kernel(cwd=str(tmp_path), env={**kept, "HEADWATER_USER": "ada"})
    try:
        for cell in _CELLS:
            assert _value(client, cell) == ""
        for cell, value in _ASKED:
            assert _value(client, cell) == value
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _value(client: Any, source: str) -> str:
    """What a cell comes to, as text."""
    messages: list[dict[str, Any]] = []
    client.execute_interactive(source, output_hook=messages.append, timeout=120)
    errors = [one["content"] for one in messages if one["msg_type"] == "error"]
    assert errors == []
    results = [one["content"]["data"]["text/plain"] for one in messages if one["msg_type"] == "execute_result"]
    return "" if source in _CELLS else results[-1]

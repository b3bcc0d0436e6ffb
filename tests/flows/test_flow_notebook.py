"""Flows that are typed into a notebook, in a kernel that really runs."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::RuntimeWarning:zmq")

CELLS = (
    "import os, time, headwater, helper_of_cells\nfrom enum import Enum\nfrom headwater import *",
    "class Color(Enum):\n    RED = 'r'\n    BLUE = 'b'\n\nSIZES = [1]\nSIZES.append(2)",
    "def twice(value):\n    return helper_of_cells.add(value, value)",
    """
class CellFlow(FlowSpec):
    color = Parameter("color", type=Color, default=Color.RED)
    wait = Parameter("wait", default=False)
    fail = Parameter("fail", default="")

    @step
    def start(self):
        print("it is", self.color.name)
        self.sizes = SIZES
        self.next(self.work, foreach="sizes")

    @step
    def work(self):
        if self.wait:
            open("waiting", "a").close()
            time.sleep(600)
        self.doubled = twice(self.input)
        self.next(self.join)

    @step
    def join(self, inputs):
        if os.path.exists("broken"):
            raise ValueError("told to")
        self.total = sum(task.doubled for task in inputs)
        self.seen = self.color
        self.next(self.end)

    @step
    def end(self):
        pass
""",
)


class Kernel:
    """A notebook's kernel and the folder it works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ours = ("HEADWATER_", "METAFLOW_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        (folder / "helper_of_cells.py").write_text("def add(one, other):\n    return one + other\n")
        self.manager, self.client = start_new_kernel(cwd=str(folder), env={**environ, "HEADWATER_USER": "ada"})

    def __call__(self, source: str) -> str:
        """Execute a cell, and return its value, as text; what else came of it is in `printed` and `error`."""
        messages: list[dict[str, Any]] = []
        self.client.execute_interactive(source, output_hook=messages.append, timeout=120)
        return self._read(messages)

    def fine(self, source: str) -> str:
        """A cell that must not fail."""
        value = self(source)
        assert not self.error, self.error
        return value

    def _read(self, messages: list[dict[str, Any]]) -> str:
        found = {kind: [one["content"] for one in messages if one["msg_type"] == kind] for kind in _KINDS}
        self.printed = "".join(one["text"] for one in found["stream"])
        self.error = "\n".join(f"{one['ename']}: {one['evalue']}" for one in found["error"])
        self.shown = [one["data"] for one in (*found["display_data"], *found["update_display_data"])]
        return "".join(str(one["data"]["text/plain"]) for one in found["execute_result"])

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


_KINDS = ("stream", "error", "display_data", "update_display_data", "execute_result")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("notebook"))
    try:
        for cell in CELLS:
            kernel.fine(cell)
        yield kernel
    finally:
        kernel.close()


@pytest.fixture
def own_kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    try:
        for cell in CELLS:
            kernel.fine(cell)
        yield kernel
    finally:
        kernel.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_where_a_flow_lives_may_be_cells_of_a_notebook_with_what_they_need_of_others(shared: Kernel) -> None:
    assert shared.fine("run = headwater.run(CellFlow)\nrun.data.total") == "6"
    assert shared.printed == "it is RED\n"
    assert shared.fine("run.successful, run.code.files") == "(True, ['CellFlow.py', 'helper_of_cells.py'])"
    assert "Every task gets" not in shared.printed


def test_its_graph_is_shown_while_it_runs_and_one_line_at_the_end(shared: Kernel) -> None:
    shared.fine("run = headwater.run(CellFlow)")
    first, last = shared.shown[0], shared.shown[-1]
    assert "<svg" in first["text/html"]
    assert "running" in first["text/plain"]
    assert "<svg" not in last["text/html"]
    assert "5 tasks done in" in last["text/html"]


def test_quiet_shows_what_the_steps_print_and_nothing_else(shared: Kernel) -> None:
    shared.fine("run = headwater.run(CellFlow, quiet=True)")
    assert (shared.printed, shared.shown) == ("it is RED\n", [])


def test_values_of_the_notebooks_own_classes_go_in_and_come_back_as_such(shared: Kernel) -> None:
    shared.fine("run = headwater.run(CellFlow, color=Color.BLUE)")
    assert shared.printed == "it is BLUE\n"
    assert shared.fine("run.data.seen is Color.BLUE") == "True"


def test_a_cell_that_is_executed_again_counts(shared: Kernel) -> None:
    shared.fine("SIZES.append(10)")
    assert shared.fine("headwater.run(CellFlow).data.total") == "26"
    shared.fine("SIZES = [1, 2]")
    assert shared.fine("headwater.run(CellFlow).data.total") == "6"


def test_a_failure_shows_the_authors_line_and_what_is_corrected_goes_on_from_there(shared: Kernel) -> None:
    broken = shared.folder / "broken"
    broken.touch()
    shared("headwater.run(CellFlow)")
    broken.unlink()
    assert shared.error.startswith("RunFailed: CellFlow/")
    assert 'raise ValueError("told to")' in shared.error
    assert shared.fine("run = headwater.resume(CellFlow)\nrun.data.total") == "6"
    assert shared.fine("run['work'].origin_pathspec == run.origin_pathspec + '/work'") == "True"


def test_a_flow_of_a_module_runs_in_forks_too(shared: Kernel) -> None:
    (shared.folder / "flow_module.py").write_text("\n\n".join(CELLS))
    shared.fine("import flow_module\nrun = headwater.run(flow_module.CellFlow, quiet=True)")
    assert shared.printed == "it is RED\n"
    assert shared.fine("run.data.total") == "6"
    assert shared.fine("run.record.steps[0].module") == "'flow_module'"


def test_what_is_wrong_before_the_first_task_is_raised_in_the_cell(shared: Kernel) -> None:
    shared("headwater.run(CellFlow, colour=1)")
    assert re.match(r"ParameterError: .*colour", shared.error)
    shared.fine("class Lost(FlowSpec):\n    @step\n    def start(self):\n        self.next(self.nowhere)")
    shared("headwater.run(Lost)")
    assert re.match(r"LintError: Lost has 2 problems:\n  In \[\d+\]:4: .*\n  In \[\d+\]:4: ", shared.error)
    shared("headwater.run(CellFlow, isolation='none')")
    assert "FlowLoadError: CellFlow was typed in" in shared.error
    shared("class Strange: pass\nheadwater.run(CellFlow, color=Strange())")
    assert "Strange" in shared.error


def test_what_cannot_be_imported_elsewhere_is_told_with_its_line(shared: Kernel) -> None:
    shared.fine("values = get_ipython().user_ns")
    shared.fine(
        "class OfTheShell(FlowSpec):\n    values = len(values)\n"
        "    @step\n    def start(self):\n        self.next(self.end)\n    @step\n    def end(self):\n        pass"
    )
    shared("headwater.run(OfTheShell)")
    assert "name 'get_ipython' is not defined" in shared.error
    assert "values = get_ipython().user_ns" in shared.error


def test_an_interrupt_ends_the_run_and_the_run_says_so(own_kernel: Kernel) -> None:
    messages: list[dict[str, Any]] = []

    def interrupt_once_it_waits(message: dict[str, Any]) -> None:
        messages.append(message)
        if message["msg_type"] == "display_data":
            until((own_kernel.folder / "waiting").exists)
            own_kernel.manager.interrupt_kernel()

    own_kernel.client.execute_interactive(
        "headwater.run(CellFlow, wait=True)", output_hook=interrupt_once_it_waits, timeout=120
    )
    own_kernel._read(messages)
    assert own_kernel.error.startswith("KeyboardInterrupt")
    assert own_kernel.fine("Flow('CellFlow').latest_run.status") == "'interrupted'"


def test_a_run_ends_with_the_kernel_that_started_it(own_kernel: Kernel) -> None:
    own_kernel.client.execute("headwater.run(CellFlow, wait=True)")
    until((own_kernel.folder / "waiting").exists)
    own_kernel.manager.shutdown_kernel(now=True)
    root = own_kernel.folder / ".headwater"
    until(lambda: bool(list(root.glob("flows/CellFlow/*/end.json"))))
    (end,) = root.glob("flows/CellFlow/*/end.json")
    assert '"outcome":"interrupted"' in end.read_text()


def test_a_driver_that_dies_is_told_and_its_run_is_lost(own_kernel: Kernel) -> None:
    messages: list[dict[str, Any]] = []
    pid = int(own_kernel.fine("os.getpid()"))

    def kill_once_it_waits(message: dict[str, Any]) -> None:
        messages.append(message)
        if message["msg_type"] == "display_data":
            until((own_kernel.folder / "waiting").exists)
            for child in psutil.Process(pid).children():
                if "headwater.runner.driver" in child.cmdline():
                    child.kill()

    own_kernel.client.execute_interactive(
        "headwater.run(CellFlow, wait=True)", output_hook=kill_once_it_waits, timeout=120
    )
    own_kernel._read(messages)
    assert own_kernel.error.startswith("HostError: The process that drove the run ended with code -9")
    assert own_kernel.shown[-1]["text/plain"].startswith("lost: ")
    until(lambda: own_kernel.fine("Flow('CellFlow').latest_run.status") == "'lost'")


def test_a_flow_in_cells_has_its_project_and_its_exit_hooks(shared: Kernel) -> None:
    shared.fine("def tell(run):\n    print('told', run.data.branch, twice(2))")
    shared.fine(
        "@project(name='cells')\n@exit_hook(on_success=[tell])\nclass ToldFlow(FlowSpec):\n"
        "    @step\n    def start(self):\n        self.next(self.end)\n"
        "    @step\n    def end(self):\n        self.branch = current.branch_name\n"
    )
    assert shared.fine("headwater.run(ToldFlow, branch='nb').data.branch") == "'test.nb'"
    assert "told test.nb 4" in shared.printed
    assert shared.fine("headwater.run(ToldFlow).record.project.branch") == "'user.ada'"


def test_a_flow_in_cells_has_configs_mutators_and_decorators_of_its_own(shared: Kernel) -> None:
    shared.fine(
        """
@user_step_decorator
def noting(step_name, flow, inputs, attributes):
    flow.noted = attributes["what"]
    yield

class with_size(FlowMutator):
    def pre_mutate(self, mutable_flow):
        mutable_flow.add_parameter("size", Parameter("size", default=mutable_flow.config.size))
"""
    )
    shared.fine(
        """
@with_size
class TunedCellFlow(FlowSpec):
    config = Config("config", default_value={"size": 2, "what": "fast", "fails": False})

    @noting(what=config.what)
    @step
    def start(self):
        self.seen = (self.config.size, self.size)
        self.next(self.end)

    @step
    def end(self):
        if self.config.fails:
            raise ValueError("as told")
"""
    )
    shared.fine("run = headwater.run(TunedCellFlow, quiet=True)")
    assert shared.fine("run.data.seen, run.data.noted, run.data.config['what']") == "((2, 2), 'fast', 'fast')"
    shared.fine("config = {'size': 5, 'what': 'slow', 'fails': True}")
    shared("headwater.run(TunedCellFlow, configs={'config': config}, size=7, quiet=True)")
    assert "as told" in shared.error
    shared("headwater.resume(TunedCellFlow, quiet=True)")
    assert "as told" in shared.error  # the config is that of the origin
    shared("headwater.run(TunedCellFlow, configs={'confg': {}})")
    assert "Did you mean 'config'?" in shared.error


def test_secrets_are_masked_and_files_are_found_where_the_notebook_is(shared: Kernel) -> None:
    (shared.folder / "cell.env").write_text("TOKEN=tok-0123456789")
    (shared.folder / "cell.txt").write_text("three words here")
    shared.fine(
        """
class SecretCellFlow(FlowSpec):
    words = IncludeFile("words", default="cell.txt", parser=str.split)

    @secrets(sources=["env-file.cell.env"])
    @step
    def start(self):
        print("printed", os.environ["TOKEN"])
        self.count = len(self.words), len(os.environ["TOKEN"])
        self.next(self.end)

    @step
    def end(self):
        print(get_secret("env-file.cell.env"))
"""
    )
    shared.fine("run = headwater.run(SecretCellFlow, quiet=True)")
    assert shared.printed == "printed ***\n{'TOKEN': '***'}\n"
    assert shared.fine("run.data.count, run.data.words") == "((3, 14), 'three words here')"


def test_a_step_of_a_cell_is_spun_on_a_past_tasks_inputs(shared: Kernel) -> None:
    shared.fine("run = headwater.run(CellFlow, quiet=True)")
    assert shared.fine("headwater.spin(CellFlow, f'{run.id}/work/1').data.doubled") == "4"
    assert (
        shared.fine("headwater.spin(CellFlow, 'join', artifacts={'color': Color.BLUE}).data.seen is Color.BLUE")
        == "True"
    )
    shared("headwater.spin(CellFlow, 'nowhere')")
    assert "has no step 'nowhere'" in shared.error

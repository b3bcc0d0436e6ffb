"""A flow from the cells of a notebook."""

import ast
from typing import Any

import pytest

from headwater.errors import FlowLoadError
from headwater.flow.cells import flow_source

IMPORT = "class FlowSpec: pass"


def kept(*cells: str) -> list[str]:
    """The statements that are kept of cells whose last one defines Flow, without it."""
    tree = ast.parse(flow_source(cells, "Flow"))
    return [ast.unparse(node) for node in tree.body[1:-1] if getattr(node, "name", "") != "Flow"]


def executed(*cells: str) -> dict[str, Any]:
    """What the file defines once it is imported."""
    names: dict[str, Any] = {"__name__": "Flow"}
    exec(flow_source(cells, "Flow"), names)
    return names


def test_what_the_flow_does_not_use_is_left_out() -> None:
    cells = (
        "import json, math\nimport os",
        "expensive = open('no such file')",
        "class Flow:\n    def start(self):\n        return json",
        "print(Flow)",
    )
    assert kept(*cells) == ["import json, math"]


def test_a_function_brings_what_it_needs_itself_also_from_a_later_cell() -> None:
    cells = (
        "class Flow:\n    def start(self):\n        return helper()",
        "import math\nBASE = 2",
        "def helper():\n    return math.sqrt(BASE)",
    )
    names = executed(*cells)
    assert names["Flow"]().start() == 2**0.5


def test_a_local_name_does_not_bring_the_notebooks_variable_of_that_name() -> None:
    cells = (
        "frame = open('no such file')",
        "class Flow:\n    def start(self):\n        frame = 1\n        return frame",
    )
    assert kept(*cells) == []


def test_the_last_statement_that_binds_a_name_counts() -> None:
    cells = ("def helper(): return 1", "def helper(): return 2", "class Flow:\n    def start(self): return helper()")
    assert kept(*cells) == ["def helper():\n    return 2"]


def test_a_value_is_as_it_was_changed_since() -> None:
    cells = (
        "sizes = [0]",
        "sizes = []\nsizes.append(1)",
        "for number in (2, 3):\n    sizes.append(number)",
        "sizes += [4]\nsizes[0] = 7",
        "class Flow:\n    sizes = sizes",
        "sizes.append(5)",
    )
    assert executed(*cells)["Flow"].sizes == [7, 2, 3, 4]
    assert "sizes = [0]" not in kept(*cells)


def test_a_variable_that_is_made_from_itself_brings_what_was_before() -> None:
    cells = ("count = 1", "count = count + 1", "class Flow:\n    count = count")
    assert executed(*cells)["Flow"].count == 2


def test_an_early_use_sees_the_early_value_and_a_late_one_the_late() -> None:
    cells = (
        "rate = 1",
        "first = rate",
        "rate = 2",
        "class Flow:\n    first = first\n    def start(self): return rate",
    )
    flow = executed(*cells)["Flow"]
    assert (flow.first, flow().start()) == (1, 2)


def test_a_call_on_a_module_is_no_change_of_it() -> None:
    cells = ("import warnings", "warnings.warn('loud')", "class Flow:\n    def start(self): return warnings")
    assert kept(*cells) == ["import warnings"]


def test_a_call_of_a_function_is_no_change_of_what_it_is_given() -> None:
    cells = ("sizes = [1]", "print(sizes, open('no such file'))", "class Flow:\n    def start(self): print(sizes)")
    assert kept(*cells) == ["sizes = [1]"]


def test_bases_decorators_and_annotations_are_needed_at_once() -> None:
    cells = (
        "import datetime",
        "class Base: pass",
        "def step(function): return function",
        "class Flow(Base):\n    @step\n    def start(self, day: datetime.date = None): return 1",
    )
    assert kept(*cells) == [*(ast.unparse(ast.parse(cell)) for cell in cells[:3])]


def test_a_comprehension_uses_names_at_once() -> None:
    cells = ("n = 3", "grid = [n * i for i in range(n)]", "n = 10", "class Flow:\n    grid = grid")
    assert executed(*cells)["Flow"].grid == [0, 3, 6]


def test_imports_from_the_future_and_of_everything_are_kept_the_former_first() -> None:
    cells = ("import json\nfrom os.path import *", "from __future__ import annotations", "class Flow:\n    pass")
    assert kept(*cells) == ["from __future__ import annotations", "from os.path import *"]


def test_the_text_is_as_written_comments_and_all() -> None:
    source = flow_source(["x = 1; y = 2", "class Flow:\n    # why\n    y = y  # so"], "Flow")
    assert "    # why\n    y = y  # so\n" in source
    assert "y = 2" in source
    assert "x = 1" not in source
    assert source.endswith('if __name__ == "__main__":\n    Flow()\n')


def test_cells_that_are_no_python_and_await_of_a_cell_are_passed_over() -> None:
    cells = ("this is no python", "await something()", "class Flow:\n    pass")
    assert kept(*cells) == []


def test_a_class_that_no_cell_defines_is_an_error_with_a_remedy() -> None:
    with pytest.raises(FlowLoadError, match="No cell that was executed defines the class Flow"):
        flow_source(["get_ipython().run_cell_magic('time', '', 'class Flow: pass')"], "Flow")


def test_the_class_is_taken_from_the_cell_that_defined_it() -> None:
    cells = ["class Flow:\n    size = 1", "class Flow:\n    size = 2"]
    assert "size = 1" in flow_source(cells, "Flow", defined_in=0)

"""Importing an author's file: one name in every mode, and errors that the author can act on."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater.errors import FlowLoadError
from headwater.flow.load import load_flow, module_name_of

FLOW = """
from headwater import FlowSpec, step

class {name}(FlowSpec):
    @step
    def only(self):
        pass
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Writes a file; what it puts into `sys` is taken out again."""
    modules, path = dict(sys.modules), list(sys.path)

    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    yield write
    sys.path[:] = path
    for name in sys.modules.keys() - modules.keys():
        if name.startswith(tmp_path.name) or str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_flow_is_imported_under_its_stem(write: Write) -> None:
    file = write("hello_one.py", FLOW.format(name="Hello"))
    cls = load_flow(file)
    assert (cls.__name__, cls.__module__) == ("Hello", "hello_one")
    assert sys.modules["hello_one"].__file__ == str(file)
    assert sys.path[0] == str(file.parent)
    assert load_flow(file, "Hello") is cls


def test_a_file_that_changed_is_imported_again(write: Write) -> None:
    first = load_flow(write("hello_two.py", FLOW.format(name="Hello")))
    second = load_flow(write("hello_two.py", FLOW.format(name="Farewell")))
    assert (first.__name__, second.__name__) == ("Hello", "Farewell")


def test_a_flow_may_import_its_neighbours(write: Write) -> None:
    write("neighbour_of_flow.py", "VALUE = 3")
    cls = load_flow(write("hello_three.py", "from neighbour_of_flow import VALUE" + FLOW.format(name="Hello")))
    assert vars(sys.modules[cls.__module__])["VALUE"] == 3


def test_a_call_without_a_guard_does_not_start_the_command_line(write: Write) -> None:
    assert load_flow(write("hello_four.py", FLOW.format(name="Hello") + "\nHello()\n")).__name__ == "Hello"


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("random.py", "flow_random"),
        ("test.py", "flow_test"),
        ("msgspec.py", "flow_msgspec"),
        ("my-flow.py", "my_flow"),
        ("2nd flow.py", "_2nd_flow"),
    ],
)
def test_a_stem_that_cannot_be_a_module_name_gets_another(name: str, module: str, write: Write) -> None:
    file = write(name, FLOW.format(name="Hello"))
    before = sys.modules["random"]
    assert module_name_of(file) == module
    assert load_flow(file).__module__ == module
    assert sys.modules["random"] is before


def test_of_several_flows_the_most_derived_one_is_meant(write: Write) -> None:
    text = FLOW.format(name="Base") + "\nclass Derived(Base):\n    pass\n"
    assert load_flow(write("hello_five.py", text)).__name__ == "Derived"
    assert load_flow(write("hello_five.py", text), "Base").__name__ == "Base"


def test_an_imported_flow_does_not_count_beside_an_own_one(write: Write) -> None:
    write("base_of_six.py", FLOW.format(name="Base"))
    own = "from base_of_six import Base\nclass Own(Base):\n    pass\n"
    assert load_flow(write("hello_six.py", own)).__name__ == "Own"
    assert load_flow(write("hello_seven.py", "from base_of_six import Base\n")).__name__ == "Base"


def test_several_flows_and_none_named_lists_them(write: Write) -> None:
    file = write("hello_eight.py", FLOW.format(name="One") + FLOW.format(name="Two"))
    with pytest.raises(FlowLoadError, match="2 flows: One, Two"):
        load_flow(file)
    assert load_flow(file, "Two").__name__ == "Two"
    with pytest.raises(FlowLoadError, match=r"no flow 'Three'. It has One, Two"):
        load_flow(file, "Three")


def test_a_file_that_is_missing_or_empty_says_so(write: Write, tmp_path: Path) -> None:
    with pytest.raises(FlowLoadError, match="There is no file"):
        load_flow(tmp_path / "absent.py")
    with pytest.raises(FlowLoadError, match="has no flow"):
        load_flow(write("hello_nine.py", ""))


def test_a_syntax_error_is_told_with_its_line(write: Write) -> None:
    with pytest.raises(FlowLoadError, match=r"broken_one\.py:2 is not valid Python"):
        load_flow(write("broken_one.py", "x = 1\ndef f(:\n"))


def test_an_exception_is_told_with_the_authors_frames_only(write: Write) -> None:
    write("broken_neighbour.py", "def fail():\n    raise ValueError('deep down')\n")
    file = write("broken_two.py", "import broken_neighbour\nbroken_neighbour.fail()\n")
    with pytest.raises(FlowLoadError) as caught:
        load_flow(file)
    text = str(caught.value)
    assert "ValueError: deep down" in text
    assert f'File "{file}", line 2' in text
    assert "broken_neighbour.py" in text
    assert "importlib" not in text
    assert "headwater/flow" not in text
    assert "broken_two" not in sys.modules


def test_a_missing_library_is_told_with_the_interpreter(write: Write) -> None:
    with pytest.raises(FlowLoadError, match="Install it for") as caught:
        load_flow(write("broken_three.py", "import no_such_library_at_all\n"))
    assert sys.executable in str(caught.value)


def test_sys_exit_at_import_is_told(write: Write) -> None:
    with pytest.raises(FlowLoadError, match=r"ended the program while it was imported: sys.exit\(3\)"):
        load_flow(write("broken_four.py", "import sys\nsys.exit(3)\n"))


def test_a_module_of_a_package_keeps_its_dotted_name(write: Write) -> None:
    write("pack_of_flows/__init__.py", "")
    write("pack_of_flows/part.py", "VALUE = 1")
    file = write("pack_of_flows/main_flow.py", "from .part import VALUE" + FLOW.format(name="Hello"))
    cls = load_flow(file, module="pack_of_flows.main_flow")
    assert cls.__module__ == "pack_of_flows.main_flow"


SCRIPT = """
import pickle, sys
from headwater import FlowSpec, step
from headwater.flow.load import adopt_main, load_flow

class Value:
    class Inner:
        pass

def function():
    pass

class Hello(FlowSpec):
    @step
    def only(self):
        pass

if __name__ == "__main__":
    import pathlib
    print(adopt_main(Hello))
    print(Hello.__module__, Value.__module__, Value.Inner.__module__, function.__module__, Hello.only.__module__)
    print(b"my_script" in pickle.dumps(Value()) and b"__main__" not in pickle.dumps([function, Value.Inner]))
    class Later:
        pass
    print(Later.__module__, __name__)
    print(load_flow(pathlib.Path(__file__)) is Hello)
"""


def test_a_script_is_known_by_its_stem(write: Write) -> None:
    file = write("my-script.py", SCRIPT)
    done = subprocess.run([sys.executable, file.name], cwd=file.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "my_script",
        " ".join(["my_script"] * 5),
        "True",
        "my_script my_script",
        "True",
    ]


def test_a_module_that_runs_as_a_script_is_known_by_its_full_name(write: Write) -> None:
    write("pack_of_scripts/__init__.py", "")
    file = write("pack_of_scripts/my_script.py", SCRIPT)
    command = [sys.executable, "-m", "pack_of_scripts.my_script"]
    done = subprocess.run(command, cwd=file.parent.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "pack_of_scripts.my_script"

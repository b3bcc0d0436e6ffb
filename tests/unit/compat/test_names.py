"""`import metaflow` as Headwater answers it: names, modules, exceptions, and what is not covered."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import headwater
from headwater.compat.answer import Uncovered, resolve
from headwater.compat.names import LATER, METAFLOW_VERSION, NAMES
from headwater.compat.parity import features
from headwater.compat.path import activate, shim_folder
from headwater.errors import HeadwaterError, NotCovered

_ALL = [(module, name) for module, names in NAMES.items() for name in names]
_NOT_COVERED = [(module, name) for module, names in LATER.items() for name in names]


def python(program: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """A program in a process that has our folder on its path."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": shim_folder(), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("module", "name"), _ALL)
def test_every_public_name_is_answered(module: str, name: str) -> None:
    assert resolve(module, name) is not None


def test_names_that_are_called_the_same_are_the_same_objects() -> None:
    assert resolve("metaflow", "FlowSpec") is headwater.FlowSpec
    assert resolve("metaflow", "Metaflow") is headwater.Headwater
    assert resolve("metaflow.client", "Run") is headwater.Run


@pytest.mark.parametrize(("module", "name"), _NOT_COVERED)
def test_a_name_that_is_not_covered_says_so_when_it_is_used(module: str, name: str) -> None:
    thing = resolve(module, name)
    assert isinstance(thing, Uncovered)
    with pytest.raises(NotCovered, match=f"Headwater has no {module}.{name}: .*headwater compat check"):
        thing("an argument")
    with pytest.raises(NotCovered, match=name):
        thing.some_attribute  # noqa: B018  that it is asked for is the test
    with pytest.raises(NotCovered, match=name), thing:
        pass
    with pytest.raises(NotCovered, match=name):

        class Derived(thing):  # type: ignore[valid-type, misc]  # what a flow written for Metaflow does
            pass


def test_a_name_that_metaflow_has_not_is_an_import_error() -> None:
    done = python("from metaflow import no_such_name")
    assert "ImportError: cannot import name 'no_such_name' from 'metaflow'" in done.stderr


def test_a_module_that_is_not_covered_is_an_import_error_that_names_it() -> None:
    done = python("import metaflow.plugins.aws.batch")
    assert "ModuleNotFoundError: Headwater has no answer for the module 'metaflow.plugins.aws'" in done.stderr


def test_every_module_is_imported_by_its_name() -> None:
    lines = "\n".join(f"import {module}" for module in {*NAMES, *LATER})
    done = python(f"{lines}\nprint(metaflow.cards.Table, metaflow.exception.MetaflowException.__name__)")
    assert done.returncode == 0, done.stderr
    assert "HeadwaterError" in done.stdout


def test_a_flow_imports_everything_that_is_public_at_once() -> None:
    done = python("from metaflow import *\nprint(FlowSpec.__module__, S3)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("headwater.flow.spec <metaflow.S3")


def test_the_version_is_one_that_flows_can_compare() -> None:
    assert resolve("metaflow", "__version__") == METAFLOW_VERSION
    assert tuple(map(int, METAFLOW_VERSION.split("."))) >= (2, 19, 0)


def test_ours_answers_where_metaflow_itself_is_installed(tmp_path: Path) -> None:
    (tmp_path / "metaflow").mkdir()
    (tmp_path / "metaflow" / "__init__.py").write_text("FlowSpec = 'another'")
    done = python("import metaflow; print(metaflow.FlowSpec)", PYTHONPATH=f"{shim_folder()}{os.pathsep}{tmp_path}")
    assert "headwater.flow.spec.FlowSpec" in done.stdout
    program = "import headwater.compat; headwater.compat.activate(); import metaflow; print(metaflow.FlowSpec)"
    done = python(program, PYTHONPATH=str(tmp_path))
    assert "headwater.flow.spec.FlowSpec" in done.stdout


def test_an_installed_metaflow_keeps_its_own_modules_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "metaflow").mkdir()
    (tmp_path / "metaflow" / "__init__.py").write_text("")
    (tmp_path / "metaflow" / "unheard.py").write_text("value = 1")
    program = f"""
import sys
sys.path.insert(0, {shim_folder()!r})
import metaflow.exception
for name in [name for name in sys.modules if name.partition(".")[0] == "metaflow"]:
    del sys.modules[name]
sys.path.remove({shim_folder()!r})
import metaflow.unheard
print(metaflow.unheard.value)
"""
    assert python(program, PYTHONPATH=str(tmp_path)).stdout == "1\n"


def test_what_a_process_starts_is_answered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert activate() == shim_folder()
    assert activate() == shim_folder()
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [shim_folder(), "/somewhere"]
    assert sys.path.count(shim_folder()) == 1


class _Own(HeadwaterError):
    headline = "Something of mine"


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("MetaflowException", HeadwaterError("any of ours")),
        ("MetaflowNotFound", headwater.errors.NotFound("no such run")),
        ("MetaflowNamespaceMismatch", headwater.errors.NamespaceMismatch("F/1", "user:ada")),
        ("MetaflowInvalidPathspec", headwater.errors.InvalidName("pathspec", "a//b", "it has no part")),
        ("MetaflowTaggingError", headwater.errors.TagError("too long")),
        ("InvalidDecoratorAttribute", headwater.errors.DecoratorError("no such option")),
        ("ParameterFieldFailed", headwater.errors.ParameterError("no number")),
        ("CommandException", headwater.errors.UsageError("no such option")),
        ("MetaflowDataMissing", headwater.errors.BlobError("gone")),
        ("UnhandledInMergeArtifactsException", headwater.errors.UnhandledInMerge("which?", ["x"])),
        ("MissingInMergeArtifactsException", headwater.errors.MissingInMerge("where?", ["x"])),
    ],
)
def test_an_except_clause_written_for_metaflow_catches_what_headwater_raises(name: str, raised: Exception) -> None:
    kind: Any = resolve("metaflow.exception", name)
    with pytest.raises(kind) as caught:
        raise raised
    assert isinstance(caught.value, resolve("metaflow.exception", "MetaflowException"))
    assert caught.value.message == str(raised)


def test_authors_raise_and_derive_from_metaflows_exception() -> None:
    error = _Own(msg="it broke", lineno=3, source_file="flow.py")
    assert (str(error), error.message, error.headline) == ("it broke", "it broke", "Something of mine")
    assert (error.line_no, error.source_file) == (3, "flow.py")
    assert HeadwaterError("plain").line_no is None


def test_every_name_of_metaflow_is_told_in_the_parity_table() -> None:
    uses = {use for row in features() for use in row.uses}
    public = {f"{module}.{name}": target for module, names in NAMES.items() for name, target in names.items()}
    public |= {f"{module}.{name}": f"{module}.{name}" for module, name in _NOT_COVERED}
    told = {target for name, target in public.items() if any(f"{use}.".startswith(f"{name}.") for use in uses)}
    assert {name for name, target in public.items() if target not in told} == set()


def test_to_import_through_metaflow_brings_nothing_heavy_along() -> None:
    program = "import sys; from {} import FlowSpec, step, Parameter; print(*sys.modules)"
    more = set(python(program.format("metaflow")).stdout.split()) - set(
        python(program.format("headwater")).stdout.split()
    )
    assert {name for name in more if not name.startswith("headwater.compat")} <= {"metaflow", "importlib.machinery"}

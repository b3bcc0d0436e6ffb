"""Command lines as users of Metaflow type them, and the commands that help them over."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from headwater.compat.path import shim_folder

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command

_FLOW = """\
import os
from metaflow import FlowSpec, Parameter, step

class WrittenFlow(FlowSpec):
    size = Parameter("size", default=2)

    @step
    def start(self):
        print("to stdout")
        os.write(2, b"to stderr\\n")
        self.double = self.size * 2
        self._private = "kept"
        self.next(self.end)

    @step
    def end(self):
        import subprocess, sys
        out = subprocess.run([sys.executable, "-c", "import metaflow; print(metaflow.FlowSpec)"], capture_output=True)
        self.child = out.stdout.decode()
        if os.path.exists("break"):
            raise ValueError("broken")

if __name__ == "__main__":
    WrittenFlow()
"""


@pytest.fixture
def flow(python: Command, tmp_path: Path) -> Command:
    """`python written.py ...` with our folder on PYTHONPATH."""
    (tmp_path / "written.py").write_text(_FLOW)

    def run(*words: str, **variables: str) -> Answer:
        return python("written.py", *words, PYTHONPATH=shim_folder(), **variables)

    return run


@pytest.fixture
def ran(flow: Command) -> Command:
    assert flow("run", "--tag", "mine", "--run-id-file", "id").code == 0
    return flow


def test_compat_path_prints_the_folder_that_answers(headwater: Command) -> None:
    assert headwater("compat", "path").out == f"{shim_folder()}\n"
    assert json.loads(headwater("compat", "path", "--json").out) == {"path": shim_folder()}


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_headwater_run_answers_in_the_file_its_tasks_and_what_they_start(
    headwater: Command, tmp_path: Path, isolation: str
) -> None:
    (tmp_path / "written.py").write_text(_FLOW)
    done = headwater("run", "written.py", "--size", "4", "--isolation", isolation)
    assert done.code == 0, done.err
    assert "headwater.flow.spec.FlowSpec" in headwater("show", "WrittenFlow/latest/end/0/child").out


def test_headwater_resume_goes_on_with_what_headwater_run_began(headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "written.py").write_text(_FLOW)
    (tmp_path / "break").touch()
    failed = headwater("run", "written.py")
    assert failed.code == 1
    command = next(line for line in failed.err.splitlines() if "headwater resume" in line).partition("headwater ")[2]
    (tmp_path / "break").unlink()
    resumed = headwater(*command.split())
    assert resumed.code == 0, resumed.err
    assert "taking over 1 task" in resumed.err


def test_a_value_of_the_authors_class_is_read_where_there_is_no_metaflow(python: Command, tmp_path: Path) -> None:
    source = _FLOW.replace("self._private", "self.point = Point(); self._private")
    source = source.replace("class WrittenFlow", "class Point:\n    x = 1\n\nclass WrittenFlow")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "written.py").write_text(source)
    assert python("-m", "headwater", "run", "there/written.py").code == 0
    shutil.rmtree(tmp_path / "there")
    done = python("-c", "import headwater; print(headwater.Flow('WrittenFlow').latest_run['start'].task.data.point.x)")
    assert done.out == "1\n", done.err


def test_options_without_a_meaning_are_taken_and_told_once(flow: Command) -> None:
    words = ("--metadata", "service", "--datastore", "s3", "--event-logger", "debugLogger", "--monitor", "debugMonitor")
    done = flow(*words, "--pylint", "run")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if "has no meaning here" in line]
    assert {line.split()[0] for line in told} == {*words[::2], "--pylint"}
    assert len(told) == 5
    assert "has no meaning" not in flow("--quiet", *words, "run").err


def test_options_that_ask_for_what_holds_anyway_are_taken_without_a_word(flow: Command) -> None:
    done = flow("--no-pylint", "--metadata", "local", "--datastore", "local", "--not-quiet", "show")
    assert (done.code, done.err) == (0, "")
    assert flow("package", "--timeout", "5", "list", "--archive").code == 0
    assert "WrittenFlow is ready" in flow("check", "--no-warnings").err


@pytest.mark.parametrize("name", ["batch", "kubernetes", "argo-workflows", "step-functions", "airflow", "init", "step"])
def test_commands_of_metaflow_that_are_not_here_are_named(flow: Command, name: str) -> None:
    done = flow(name, "create")
    assert done.code == 2
    assert f"Headwater has no command '{name}'" in done.err


@pytest.mark.parametrize("words", [["--clone-only"], ["--reentrant"], ["--run-id", "x"], ["--resume-identifier", "x"]])
def test_options_of_resume_that_are_not_here_are_named(ran: Command, words: list[str]) -> None:
    done = ran("resume", *words)
    assert done.code == 2
    assert f"Headwater's resume has no {words[0]}." in done.err


def test_settings_of_metaflow_are_heard_and_those_without_a_meaning_named(flow: Command, tmp_path: Path) -> None:
    said = {"METAFLOW_RUN_SIZE": "5", "METAFLOW_USER": "grace", "METAFLOW_SERVICE_URL": "http://nowhere"}
    done = flow("run", HEADWATER_USER="", HEADWATER_DATASTORE_ROOT="", METAFLOW_DATASTORE_SYSROOT_LOCAL="here", **said)
    assert done.code == 0, done.err
    assert "Settings of Metaflow's without a meaning here: METAFLOW_SERVICE_URL." in done.err
    (run,) = (tmp_path / "here" / ".headwater" / "flows" / "WrittenFlow").glob("*/run.json")
    assert json.loads(run.read_text())["user"] == "grace"
    dumped = flow("--datastore-root", "here/.headwater", "dump", f"{run.parent.name}/start/0")
    assert "double  int, 3 bytes  10" in dumped.out or " 10" in dumped.out


def test_logs_of_one_stream_of_both_and_with_times(ran: Command) -> None:
    assert ran("logs", "latest/start/0", "--stdout").out == "to stdout\n"
    assert ran("logs", "show", "latest/start/0", "--stderr").out == "to stderr\n"
    assert ran("logs", "show", "latest/start/0", "--no-stdout").out == "to stderr\n"
    both = ran("logs", "show", "latest/start/0", "--both", "--attempt", "0").out
    assert sorted(both.splitlines()) == ["to stderr", "to stdout"]
    timed = ran("logs", "show", "latest/start/0", "--stdout", "--timestamps").out
    assert timed.endswith(" to stdout\n")
    assert len(timed.split()[0]) == len("2024-01-01")
    assert "Nothing is left to show" in ran("logs", "show", "latest/start/0", "--no-both").err


def test_logs_are_scrubbed_of_one_attempt(ran: Command) -> None:
    words = ("logs", "scrub", "latest/start/0", "--attempt", "0", "--stdout", "--include-not-done", "--yes")
    assert ran(*words).code == 0
    assert "to stdout" not in ran("logs", "latest/start/0").out
    assert "to stderr" in ran("logs", "latest/start/0").out


def test_dump_shows_private_artifacts_limits_includes_and_writes_a_pickle(ran: Command, tmp_path: Path) -> None:
    run_id = (tmp_path / "id").read_text()
    assert "_private" not in ran("dump", f"{run_id}/start").out
    assert "_private" in ran("dump", f"{run_id}/start", "--private").out
    assert "double" not in ran("dump", f"{run_id}/start", "--private", "--include", "_private").out
    assert "WrittenFlow'" not in ran("dump", f"{run_id}/start", "--max-value-size", "1").out
    assert ran("dump", f"{run_id}/start/0", "--file", "values.pkl").code == 0
    ((pathspec, values),) = pickle.loads((tmp_path / "values.pkl").read_bytes()).items()
    assert pathspec.endswith(f"{run_id}/start/0")
    assert values["double"] == 4


def test_tags_are_listed_in_every_form(ran: Command, tmp_path: Path) -> None:
    run_id = (tmp_path / "id").read_text()
    assert ran("tag", "add", "--run-id", run_id, "more").code == 0
    assert "more" in ran("tag", "list", run_id).out
    assert ran("tag", "list", "--run-id", run_id, "--hide-system-tags", "--flat").out == "mine\nmore\n"
    for words in (["--all", "--group-by-tag"], ["--my-runs", "--group-by-run"], ["--all"]):
        assert "mine" in ran("tag", "list", *words).out
    assert ran("tag", "replace", "--run-id", run_id, "--add", "new", "--remove", "more").code == 0
    assert ran("tag", "remove", "mine").code == 0
    assert ran("tag", "list", "--hide-system-tags", "--flat").out == "new\n"


def test_a_package_is_saved_under_any_name(ran: Command, tmp_path: Path) -> None:
    assert ran("package", "save", "code").code == 0
    with tarfile.open(tmp_path / "code") as archive:
        assert "written.py" in archive.getnames()


def test_check_lists_what_a_flow_uses_and_that_it_runs(headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "written.py").write_text(_FLOW)
    done = headwater("compat", "check", "written.py")
    assert done.code == 0
    assert done.out.endswith("written.py runs here as it is: headwater run written.py\n")
    document = json.loads(headwater("compat", "check", "written.py", "--json").out)
    assert document["runs"] is True
    names = {use["name"]: use for use in document["uses"]}
    assert names["metaflow.Parameter"]["places"][0] == {"file": "written.py", "line": 2}


def test_check_names_what_will_not_run_also_in_modules_beside_the_flow(headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("import metaflow as mf\n\ndef put():\n    return mf.S3(run=None)\n")
    (tmp_path / "written.py").write_text("import store\n" + _FLOW)
    done = headwater("compat", "check", "written.py")
    assert done.code == 1
    assert done.out.startswith("Will not run\n  S3  (store.py:4)\n")
    assert "written.py uses 1 thing of Metaflow that is not here yet." in done.out


def test_check_imports_nothing(headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "written.py").write_text("import os\nos.mkdir('made')\n" + _FLOW)
    assert headwater("compat", "check", "written.py").code == 0
    assert not os.path.exists(tmp_path / "made")


def test_check_of_what_is_no_flow_says_so(headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("x = 1\n")
    (tmp_path / "torn.py").write_text("x = (\n")
    assert headwater("compat", "check", "plain.py").out == "plain.py uses nothing of Metaflow.\n"
    assert "torn.py:1 is not valid Python" in headwater("compat", "check", "torn.py").err
    assert "There is no file" in headwater("compat", "check", "missing.py").err


_RUNNING = ("--max-workers", "2", "--max-num-splits", "50", "--max-log-size", "5", "--with", "retry:times=1")


def test_run_takes_every_option_that_metaflows_takes(flow: Command, tmp_path: Path) -> None:
    files = ("--run-id-file", "id", "--runner-attribute-file", "who.json")
    done = flow("run", "--tag", "one", "--tag", "two", *_RUNNING, *files, "--namespace", "team", "--size", "3")
    assert done.code == 0, done.err
    run_id = (tmp_path / "id").read_text()
    assert json.loads((tmp_path / "who.json").read_text())["run_id"] == run_id
    assert flow("tag", "list", run_id, "--hide-system-tags", "--flat").out == "one\ntwo\n"
    assert " 6" in flow("dump", f"{run_id}/start", "--include", "double").out


def test_resume_takes_every_option_that_metaflows_takes(flow: Command, tmp_path: Path) -> None:
    (tmp_path / "break").touch()
    assert flow("run", "--run-id-file", "first").code == 1
    (tmp_path / "break").unlink()
    files = ("--run-id-file", "id", "--runner-attribute-file", "who.json")
    origin = (tmp_path / "first").read_text()
    done = flow("resume", "end", "--origin-run-id", origin, "--tag", "again", *_RUNNING, *files)
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "who.json").read_text())["run_id"] == (tmp_path / "id").read_text() != origin


def test_the_graph_is_printed_in_every_form(flow: Command) -> None:
    assert "Step start" in flow("show").out
    assert flow("output-dot").out.startswith("digraph")
    assert "start" in flow("output-raw", "--json").out
    assert flow("version").out == flow("version").out != ""
    assert "resume" in flow("help").out


def test_package_suffixes_says_which_files_are_kept_as_well(flow: Command, headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2")
    assert "rows.csv" not in flow("package", "list").out
    assert "rows.csv" in flow("--package-suffixes", ".py,csv", "package", "list").out
    assert flow("--package-suffixes", ".csv", "run").code == 0
    assert "rows.csv" in headwater("code", "WrittenFlow/latest").out
    assert headwater("run", "written.py", "--package-suffixes", ".csv").code == 0

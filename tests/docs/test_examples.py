"""Every example runs, says what it promises, and leaves results that the client reads."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from headwater import Flow, Run, get_namespace, namespace
from headwater.cards import get_cards

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


class Promise(NamedTuple):
    """What an example is run with, what it prints, and what can be read back."""

    arguments: tuple[str, ...]
    words: str
    flow: str
    holds: Callable[[Run], bool]


def _values(step: str, name: str) -> Callable[[Run], list[Any]]:
    return lambda run: [getattr(task.data, name) for task in run[step]]


def _of_end(name: str) -> Callable[[Run], Any]:
    return lambda run: getattr(run.data, name)


PROMISES = {
    "hello": Promise(
        ("--who", "you"), "HELLO, YOU!", "HelloFlow", lambda run: _of_end("greeting")(run) == "HELLO, YOU!"
    ),
    "artifacts": Promise(
        (), "was   ###### 6", "ArtifactsFlow", lambda run: _values("start", "counts")(run)[0]["it"] == 6
    ),
    "branches": Promise(
        (), "1 to 9: a spread of 8 over 8 numbers", "BranchesFlow", lambda run: _of_end("spread")(run) == 8
    ),
    "report": Promise((), "degree 7, error 0.0415", "ReportFlow", lambda run: len(get_cards(run["fit"]["2"])) == 1),
    "sweep": Promise(
        (),
        "degree 8, error 0.0401",
        "SweepFlow",
        lambda run: sorted(_values("fit", "degree")(run)) == list(range(1, 9)),
    ),
    "nested": Promise(
        (),
        "  10   20\n  20   40\n  30   60",
        "NestedFlow",
        lambda run: sorted(_values("cell", "place")(run)) == [[row, column] for row in range(3) for column in range(2)],
    ),
    "switch": Promise(
        ("--size", "5"),
        "1 to 5 is 15, added up",
        "SwitchFlow",
        lambda run: {step.id for step in run} == {"start", "add_up", "end"},
    ),
    "loop": Promise(
        ("--number", "9"),
        "the root of 9.0 is 3.000000000000, after",
        "LoopFlow",
        lambda run: len(list(run["improve"])) == _of_end("turns")(run),
    ),
    "gang": Promise(
        ("--nodes", "2", "--darts", "20000"),
        "pi is about 3.14",
        "GangFlow",
        lambda run: sorted(_values("throw", "node")(run)) == [0, 1],
    ),
    "retry_and_catch": Promise(
        (),
        "the answer is 42; one service failed: ",
        "RetryAndCatchFlow",
        lambda run: [len(task.attempts) for task in run["shaky"]] == [2],
    ),
    "parameters": Promise(
        ("--rate", "0.1", "--years", "2", "--plan", '{"start": 1000, "add": 50}', "--currency", "CHF"),
        "year  2:   1,315.00 CHF",
        "ParametersFlow",
        lambda run: (run.parameters["plan"], run.parameters["years"]) == ({"start": 1000, "add": 50}, 2),
    ),
    "big_data": Promise(
        ("--megabytes", "8"),
        "1,048,576 steps, 8 MB",
        "BigDataFlow",
        lambda run: len({task["walk"].sha for step in run for task in step}) == 1,
    ),
    "flight_delays": Promise(
        ("--sample", "0.02"),
        "airlines, weighted by flights",
        "FlightDelaysFlow",
        lambda run: 0.5 < _of_end("mean_auc")(run) < 1,
    ),
    "films/playlist": Promise(
        ("--genre", "Drama", "--films", "2"),
        "And for a change: ",
        "PlaylistFlow",
        lambda run: len(_of_end("playlist")(run)) == 2 and _of_end("bonus")(run).genre != "Drama",
    ),
    "films/genres": Promise(
        (),
        "Animation         132.4",
        "GenresFlow",
        lambda run: [len(get_cards(task)) for task in (*run["measure"], *run["compare"])] == [1] * 7,
    ),
    "search/search": Promise(
        (),
        "best of 12: {'degree': 5, 'penalty': 0.0001}",
        "SearchFlow",
        lambda run: len(list(run["fold"])) == 36 and _of_end("space")(run)["folds"] == 3,
    ),
    "everything/everything": Promise(
        ("--kind", "careful", "--day", "2026-02-03"),
        "forecast_demo.user.reader.EverythingFlow: 65.0 pieces on 2026-02-03; failed: ['too few pieces",
        "EverythingFlow",
        lambda run: len(list(run["improve"])) > 1 and _values("report", "files")(run)[0].files == ["forecast.txt"],
    ),
}
#: Tested below: it fails at first, as it is meant to.
FAILS_FIRST = {"resume"}
#: Programs that read a run.
REPORTS = {"client_report", "flight_delays_report"}
#: Modules beside a flow.
HELPERS = {"films/catalogue", "search/models", "everything/parts"}


def _call(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HEADWATER_USER": "reader", "HEADWATER_DATASTORE_ROOT": str(folder / "root")}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _run(folder: Path, *command: str) -> str:
    done = _call(folder, *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    """The newest run of a flow, whoever made it."""
    before = get_namespace()
    namespace(None)
    yield lambda flow: next(iter(Flow(flow, root=str(tmp_path / "root"))))
    namespace(before)


@pytest.mark.parametrize("name", PROMISES)
def test_an_example_runs_to_its_last_words_and_can_be_read_back(
    name: str, tmp_path: Path, newest: Callable[[str], Run]
) -> None:
    promise = PROMISES[name]
    assert promise.words in _run(tmp_path, str(EXAMPLES / f"{name}.py"), "run", *promise.arguments)
    assert promise.holds(newest(promise.flow))


@pytest.mark.parametrize(
    "name", ["artifacts", "nested", "gang", "retry_and_catch", "big_data", "films/genres", "everything/everything"]
)
def test_an_example_runs_the_same_when_every_task_is_a_fresh_interpreter(
    name: str, tmp_path: Path, newest: Callable[[str], Run]
) -> None:
    promise = PROMISES[name]
    file = str(EXAMPLES / f"{name}.py")
    assert promise.words in _run(tmp_path, file, "--isolation", "spawn", "run", *promise.arguments)
    assert promise.holds(newest(promise.flow))


def test_the_example_of_resuming_goes_on_where_it_failed(tmp_path: Path, newest: Callable[[str], Run]) -> None:
    file = str(EXAMPLES / "resume.py")
    failed = _call(tmp_path, file, "run")
    assert failed.returncode == 1
    assert "there is no file named 'ready'" in failed.stderr
    first = newest("ResumeFlow")
    (tmp_path / "ready").touch()
    said = _run(tmp_path, file, "resume")
    second = newest("ResumeFlow")
    assert "the total is 55" in said
    assert "preparing" not in said
    assert second.id != first.id
    assert _values("prepare", "pid")(second) == _values("prepare", "pid")(first)


def test_a_secret_of_an_example_is_nowhere_in_what_is_kept(tmp_path: Path) -> None:
    said = _run(tmp_path, str(EXAMPLES / "everything" / "everything.py"), "run")
    assert "sent with the token ***" in said
    kept = [path for path in (tmp_path / "root" / "flows").rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if b"demonstration-token" in path.read_bytes()] == []


def test_the_report_reads_what_the_sweep_left(tmp_path: Path) -> None:
    _run(tmp_path, str(EXAMPLES / "sweep.py"), "run")
    said = _run(tmp_path, str(EXAMPLES / "client_report.py"))
    assert "points: 200, chosen: degree 8" in said
    assert "degree 8: 0.0401 ####" in said


def test_every_example_is_tested_and_stands_on_the_ladder() -> None:
    there = {path.relative_to(EXAMPLES).with_suffix("").as_posix() for path in EXAMPLES.rglob("*.py")}
    assert there == {*PROMISES, *FAILS_FIRST, *REPORTS, *HELPERS}
    ladder = (EXAMPLES / "README.md").read_text("utf-8")
    assert {name for name in there if f"]({name}.py)" not in ladder} == HELPERS


def test_the_demo_gives_the_same_artifacts_twice_and_reports_them(tmp_path: Path) -> None:
    reports = []
    for _ in range(2):
        _run(tmp_path, str(EXAMPLES / "flight_delays.py"), "run", "--sample", "0.02")
        reports.append(_run(tmp_path, str(EXAMPLES / "flight_delays_report.py")).splitlines())
    assert reports[0][-1].startswith("Digest of all artifacts: ")
    assert reports[0][-1] == reports[1][-1]
    assert [line for line in reports[0] if line.startswith("UA ")]

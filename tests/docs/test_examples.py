"""Every example runs and says what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
LAST_WORDS = {
    "hello": (["--who", "you"], "HELLO, YOU!"),
    "branches": ([], "1 to 9: a spread of 8 over 8 numbers"),
    "sweep": ([], "degree 8, error 0.0401"),
    "nested": ([], "  10   20\n  20   40\n  30   60"),
    "loop": (["--number", "9"], "the root of 9.0 is 3.000000000000, after"),
    "retry_and_catch": ([], "the answer is 42; one service failed: "),
    "flight_delays": (["--sample", "0.02"], "airlines, weighted by flights"),
}


def _run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "HEADWATER_USER": "reader", "HEADWATER_DATASTORE_ROOT": str(folder / "root")}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", sorted(LAST_WORDS))
def test_an_example_runs_to_its_last_words(name: str, tmp_path: Path) -> None:
    arguments, words = LAST_WORDS[name]
    assert words in _run(tmp_path, str(EXAMPLES / f"{name}.py"), "run", *arguments)


def test_every_example_is_tested() -> None:
    flows = {path.stem for path in EXAMPLES.glob("*.py") if not path.stem.endswith("_report")}
    assert flows == set(LAST_WORDS)


def test_the_demo_gives_the_same_artifacts_twice_and_reports_them(tmp_path: Path) -> None:
    reports = []
    for _ in range(2):
        _run(tmp_path, str(EXAMPLES / "flight_delays.py"), "run", "--sample", "0.02")
        reports.append(_run(tmp_path, str(EXAMPLES / "flight_delays_report.py")).splitlines())
    assert reports[0][-1].startswith("Digest of all artifacts: ")
    assert reports[0][-1] == reports[1][-1]
    assert [line for line in reports[0] if line.startswith("UA ")]

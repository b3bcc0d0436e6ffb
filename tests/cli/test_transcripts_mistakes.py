"""What is said about mistakes that no run comes of. The page of mistakes in the docs has the others, and runs too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command

FLOW = """\
from headwater import FlowSpec, step


class Silent(FlowSpec):
    @step
    def start(self):
        print("it runs")
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_script_that_never_calls_its_flow_says_so(python: Command, tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(FLOW)
    answer = python("silent.py", "run")
    assert "silent.py defines the flow Silent and never calls it, so nothing ran." in answer.err
    assert answer.err.endswith('if __name__ == "__main__":\n    Silent()\n')


@pytest.mark.parametrize(
    ("arguments", "below"),
    [
        (["run"], "raise SystemExit(Silent(use_cli=True))"),
        (["run"], "import headwater\nif __name__ == '__main__':\n    headwater.run(Silent)"),
        (["run"], "if __name__ == '__main__':\n    Silent()"),
        (["evaluate"], ""),
        ([], ""),
    ],
)
def test_a_script_that_forgot_nothing_hears_nothing(
    python: Command, tmp_path: Path, arguments: list[str], below: str
) -> None:
    (tmp_path / "silent.py").write_text(f"{FLOW}\n\n{below}\n")
    answer = python("silent.py", *arguments)
    assert answer.code == 0, answer.err
    assert "never calls" not in answer.err


def test_a_script_that_broke_hears_why_and_nothing_else(python: Command, tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(f"{FLOW}\n\n1 / 0\n")
    answer = python("silent.py", "run")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_problems_of_a_flow_show_their_lines(python: Command, tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(f"{FLOW.replace('self.end', 'self.edn')}\n\nSilent()\n")
    for command in ("run", "check"):
        answer = python("silent.py", command)
        assert answer.code == 1
        assert answer.err.splitlines() == [
            "Silent has 1 problem:",
            "  silent.py:8: Step 'start' leads to 'edn', which is no step. Did you mean 'end'?",
            "      self.next(self.edn)",
        ]


def test_an_error_of_a_decorator_is_told_with_the_lines_of_the_file_alone(headwater: Command, tmp_path: Path) -> None:
    text = FLOW.replace("    @step\n    def start", "    @retry(tims=3)\n    @step\n    def start")
    (tmp_path / "silent.py").write_text(text.replace("import FlowSpec", "import retry, FlowSpec"))
    answer = headwater("run", "silent.py")
    assert answer.code == 1
    assert "@retry has no option 'tims'" in answer.err.splitlines()[0]
    assert "silent.py" in answer.err
    assert "decorators.py" not in answer.err


@pytest.mark.parametrize(("word", "hint"), [("rnu", "Did you mean 'run'?"), ("xyz", "They are check, run,")])
def test_an_unknown_command_is_answered_with_the_nearest_or_all(python: Command, word: str, hint: str) -> None:
    answer = python("greeting.py", word)
    assert answer.code == 2
    assert f"There is no command {word!r}. {hint}" in answer.err
    assert "Usage: python greeting.py" in answer.err


def test_a_file_where_a_command_is_wanted_is_answered_with_the_command_that_takes_it(headwater: Command) -> None:
    answer = headwater("greeting.py", "run")
    assert answer.code == 2
    assert "A flow is run with: headwater run greeting.py" in answer.err

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Command


def test_a_flow_without_a_command_is_checked(python: Command) -> None:
    assert python("greeting.py") == (0, "", "Greeting is ready: 4 steps.\n")


def test_every_problem_is_named_at_once_with_its_place(python: Command) -> None:
    answer = python("broken.py", "check")
    assert (answer.code, answer.out) == (1, "")
    assert "broken.py:8: Step 'start' leads to 'missing'" in answer.err
    assert "broken.py:12: The last step, 'end', calls self.next." in answer.err
    assert "Traceback" not in answer.err


def test_problems_can_be_had_as_documents(python: Command) -> None:
    answer = python("broken.py", "check", "--json")
    document = json.loads(answer.out)
    assert (answer.code, answer.err) == (1, "")
    assert {"line": 8, "step": "start"}.items() <= document["problems"][0].items()


def test_a_flow_with_problems_does_not_run(python: Command) -> None:
    answer = python("broken.py", "run")
    assert (answer.code, answer.out) == (1, "")


def test_usage_errors_have_their_own_code(python: Command) -> None:
    assert python("greeting.py", "run", "--nonsense").code == 2
    assert python("greeting.py", "nonsense").code == 2
    answer = python("greeting.py", "run", "--loud", "perhaps")
    assert answer.code == 2
    assert "Parameter 'loud' was given 'perhaps', which is no bool." in answer.err


def test_help_shows_parameters_as_they_are_written(python: Command) -> None:
    answer = python("greeting.py", "run", "--help")
    assert answer.code == 0
    assert "Who is *greeted* [by name]. [default: 'ann,bob']" in " ".join(answer.out.split())


def test_show_draws_the_graph(python: Command) -> None:
    answer = python("greeting.py", "show")
    assert (answer.code, answer.err) == (0, "")
    assert "=> greet, for each of names" in answer.out


def test_version_says_which_headwater(python: Command, headwater: Command) -> None:
    assert python("greeting.py", "version") == headwater("--version") == headwater("version")

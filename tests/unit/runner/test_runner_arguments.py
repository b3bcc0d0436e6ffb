"""What is said in keywords becomes the words that a user would type."""

import datetime
import enum
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from headwater.errors import UsageError
from headwater.runner.arguments import command_line, parameters_json


class Kind(enum.Enum):
    TREE = "a tree"


@dataclass
class Point:
    x: int


def test_options_of_the_flow_stand_before_the_command_and_the_others_behind_it() -> None:
    line = command_line({"branch": "mine"}, {"max_workers": 3, "tags": ["a", "b"]})
    assert line.before == ["--branch", "mine"]
    assert line.after == ["--max-workers", "3", "--tag", "a", "--tag", "b"]


def test_what_is_no_option_is_a_parameter() -> None:
    assert command_line({}, {"alpha": 0.1, "origin_run_id": "12"}).parameters == {"alpha": 0.1}


def test_an_unknown_keyword_that_holds_for_all_commands_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no option 'brunch'.*branch"):
        command_line({"brunch": "x"}, {})


def test_a_flag_is_said_or_not() -> None:
    assert command_line({"production": True, "quiet": False}, {}).before == ["--production"]
    assert command_line({"pylint": False}, {}).before == ["--no-pylint"]


def test_configs_are_pairs_or_a_mapping() -> None:
    pairs = command_line({"config": [("one", Path("a.json"))], "config_value": {"two": {"x": 1}}}, {}).before
    assert pairs == ["--config", "one", "a.json", "--config-value", "two", '{"x":1}']


def test_none_says_nothing() -> None:
    assert command_line({"branch": None}, {"alpha": None, "max_workers": None}) == ([], [], {})


def test_values_that_json_lacks_are_written_as_the_flow_reads_them() -> None:
    values = {
        "day": datetime.date(2026, 1, 2),
        "kind": Kind.TREE,
        "file": Path("x.csv"),
        "at": Point(3),
        "many": (1, 2),
    }
    told = json.loads(parameters_json(values))
    assert told == {"day": "2026-01-02", "kind": "a tree", "file": "x.csv", "at": {"x": 3}, "many": [1, 2]}


def test_a_value_that_nothing_can_write_is_refused_by_what_it_is() -> None:
    with pytest.raises(UsageError, match="is a object"):
        parameters_json({"alpha": object()})

"""The page of semantics, its labels and the tests that bear them agree."""

import re
from pathlib import Path

import pytest

import semantics


def test_the_page_holds_every_point_once_and_in_order() -> None:
    points = [int(rule[1:]) for rule in semantics.rules() if rule.startswith("b")]
    assert points == list(range(1, 76))
    assert len(set(semantics.rules())) == len(semantics.rules())


def test_only_rules_of_the_page_are_put_off() -> None:
    assert set(semantics.LATER) <= set(semantics.rules())


@pytest.mark.parametrize("path", sorted(semantics.TESTS.rglob("test_*.py")), ids=lambda path: path.name)
def test_a_test_that_names_a_rule_names_one_of_the_page(path: Path) -> None:
    named = set(re.findall(r"^\s*def test_(b\d+)_", path.read_text("utf-8"), re.MULTILINE))
    assert named <= set(semantics.rules())

"""Every rule of docs/reference/semantics.md has its test, or a reason to wait."""

import semantics


def test_every_rule_is_tested() -> None:
    assert semantics.untested() == []


def test_no_rule_waits_that_has_a_test() -> None:
    names = semantics.tests()
    tested = {rule for rule in semantics.LATER if any(name.startswith(f"{rule}_") for name in names)}
    assert tested == set()

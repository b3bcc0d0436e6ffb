"""Lists the rules of docs/reference/semantics.md that no test names; ends non-zero when there is one.

Rule B12 is tested by functions named `test_b12_...`, rule A `join_order` by `test_a_join_order...`.
"""

import re
import sys
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reference" / "semantics.md"

#: Rules about what is not built yet, or that state an absence: why they have no test now.
LATER = {
    "a_isolation_none": "these cells of the behaviour matrix are documented, not tested",
}
_RULE = re.compile(r"^- \*\*(?:(B\d+)|A (\w+))\*\*", re.MULTILINE)
_TEST = re.compile(r"^\s*def test_(\w+)", re.MULTILINE)


def rules() -> list[str]:
    """The labels in the order of the page: `b12`, `a_join_order`."""
    return [match[1].lower() if match[1] else f"a_{match[2]}" for match in _RULE.finditer(PAGE.read_text("utf-8"))]


def tests() -> set[str]:
    return {name for path in TESTS.rglob("test_*.py") for name in _TEST.findall(path.read_text("utf-8"))}


def untested() -> list[str]:
    names = tests()
    return [
        rule
        for rule in rules()
        if rule not in LATER and not any(name == rule or name.startswith(f"{rule}_") for name in names)
    ]


def main() -> int:
    missing = untested()
    for rule in missing:
        print(rule)
    known = rules()
    print(f"{len(known) - len(missing) - len(LATER)} of {len(known)} rules tested, {len(LATER)} for later")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

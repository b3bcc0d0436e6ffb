"""The page of answers in JSON names every field of the real answers, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.conftest import Command

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "json-reading.md"


def fields_of(title: str) -> set[str]:
    """What stands in the first column of a section's table."""
    (section,) = re.findall(rf"^## `headwater {re.escape(title)}`\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_answer_has_the_fields_that_its_page_names(python: Command, headwater: Command) -> None:
    for names in ("ann,bob", "eve"):
        assert python("greeting.py", "--quiet", "run", "--names", names).code == 0

    def answer(*arguments: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(headwater(*arguments, "--json").out.splitlines()[0])
        return document

    runs = fields_of("runs")
    assert answer("flows").keys() == fields_of("flows")
    assert answer("runs").keys() == runs
    assert answer("show", "Greeting").keys() == fields_of("show FLOW")
    assert answer("show", "Greeting/latest").keys() == fields_of("show FLOW/RUN") | runs
    assert answer("show", "Greeting/latest/greet").keys() == fields_of("show FLOW/RUN/STEP")
    assert answer("show", "Greeting/latest/greet/0").keys() == fields_of("show FLOW/RUN/STEP/TASK")
    assert answer("show", "Greeting/latest/greet/0/text").keys() == fields_of("show FLOW/RUN/STEP/TASK/ARTIFACT")
    assert answer("diff", "Greeting/latest").keys() == fields_of("diff RUN RUN")

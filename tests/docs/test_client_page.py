"""The client's page names what the classes have, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest

from headwater.client.headwater import Headwater
from headwater.client.objects import DataArtifact, Flow, Run, Step, Task
from headwater.client.package import Code

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "client.md").read_text("utf-8")
OBJECTS = PAGE.split("## Objects")[1].split("\n## ")[0]
#: What is for other rooms of Headwater.
INTERNAL = {"importable", "hashes"}


def names_of(cells: str) -> set[str]:
    return {word.partition("(")[0] for word in re.findall(r"`([^`]+)`", cells)}


SHARED = {
    name for row in re.findall(r"^\| (`[a-z].*?) \|", OBJECTS, re.MULTILINE) for name in names_of(row)
}  # the first column of the first table


@pytest.mark.parametrize("kind", [Headwater, Flow, Run, Step, Task, DataArtifact, Code])
def test_the_page_names_what_a_class_has(kind: type[Any]) -> None:
    (row,) = re.findall(rf"^\| `{kind.__name__}` \| (.*) \|$", OBJECTS, re.MULTILINE)
    told = names_of(row)
    there = {name for name in dir(kind) if not name.startswith("_")} - INTERNAL
    assert told <= there
    missing = there - told - SHARED
    assert missing == set()

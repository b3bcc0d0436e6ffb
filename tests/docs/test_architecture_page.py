"""The page about the architecture shows what is enforced."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_layers_on_the_page_are_those_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = [
        contract for contract in project["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"
    ]
    listed = PAGE.split("<!-- layers: begin -->")[1].split("<!-- layers: end -->")[0].strip()
    expected = ["- " + " · ".join(f"`{room.strip()}`" for room in layer.split("|")) for layer in contract["layers"]]
    assert listed.splitlines() == expected


def test_every_room_is_explained() -> None:
    rooms = {path.name for path in (ROOT / "src" / "headwater").iterdir() if path.is_dir() and path.name[0] != "_"}
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert rooms <= explained


def test_every_link_of_a_page_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert broken == []

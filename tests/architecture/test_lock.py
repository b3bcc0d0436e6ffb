"""The lock file can be used by anybody: public addresses only, and in step with the project."""

import re
import tomllib

from source_tree import ROOT


def test_the_lock_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text("utf-8")))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_knows_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    ours = next(package for package in lock["package"] if package["name"] == "headwater")
    locked = {entry["name"] for entry in ours["metadata"]["requires-dist"]}
    extras = project["project"].get("optional-dependencies", {}).values()
    asked = [*project["project"]["dependencies"], *(text for extra in extras for text in extra)]
    assert {re.split(r"[\[<>=~ ]", text)[0] for text in asked} == locked
    for group, texts in project["dependency-groups"].items():
        names = {re.split(r"[\[<>=~ ]", text)[0] for text in texts if isinstance(text, str)}
        assert names <= {entry["name"] for entry in ours["metadata"]["requires-dev"][group]}

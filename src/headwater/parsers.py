"""Parsers for `Config(..., parser=...)`: each makes a mapping of a file's text.

Those of requirements answer `{"packages": {name: version}, "python": version}`, as `@pypi` and `@conda` take it: a
version is `"1.2"` where exactly that is asked for, else as it is written (`">=1,<2"`), and `""` for any.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from typing import Any

from headwater.errors import ConfigError

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+"
_REQUIREMENT = re.compile(
    rf"(?P<name>{_NAME})\s*(?P<extras>\[[^\]]*\])?\s*(?:@\s*(?P<url>\S+)|\(?\s*(?P<version>{_VERSION}(?:\s*,\s*{_VERSION})*)?\s*\)?)"
)
_CONDA = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(?P<version>(?:=|[<>!~]=?)\s*[^\s#].*)?")


def yaml_parser(text: str) -> Any:
    """What a YAML document says, without tags of Python's own types."""
    return _yaml().safe_load(text)


def requirements_txt_parser(text: str) -> dict[str, Any]:
    """The packages of a requirements.txt; a requirement of `python` itself says its version."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return _gathered((line for line in lines if line), _requirement)


def pyproject_toml_parser(text: str) -> dict[str, Any]:
    """The packages that `dependencies` in a pyproject.toml names, and its `requires-python`."""
    project = tomllib.loads(text).get("project", {})
    found = _gathered(project.get("dependencies", ()), _requirement)
    return {**found, "python": project.get("requires-python") or found["python"]}


def conda_environment_yml_parser(text: str) -> dict[str, Any]:
    """The packages under `dependencies` in a conda environment.yml; a list under `pip:` is refused."""
    document = _yaml().safe_load(text)
    dependencies = document.get("dependencies") if isinstance(document, dict) else None
    return _gathered(dependencies or (), _conda_package)


def _gathered(lines: Iterable[Any], read: Callable[[Any], tuple[str, str]]) -> dict[str, Any]:
    packages = dict(map(read, lines))
    python = packages.pop("python", None)
    return {"packages": packages, "python": python or None}


def _requirement(line: str) -> tuple[str, str]:
    if ";" in line:
        raise ConfigError(
            f"{line!r} has a condition behind ';', and every machine gets the same packages. Leave the condition out."
        )
    found = _REQUIREMENT.fullmatch(line.strip())
    if found is None:
        raise ConfigError(
            f"{line!r} is no requirement as PEP 508 has it. Write NAME, NAME==1.2 or NAME>=1,<2; options of pip are "
            "not taken."
        )
    name = found["name"] + (found["extras"] or "").replace(" ", "")
    if found["url"]:
        return f"{name}@{found['url']}", ""
    return name, _exact(re.sub(r"\s", "", found["version"] or ""))


def _conda_package(entry: Any) -> tuple[str, str]:
    if not isinstance(entry, str):
        names = ", ".join(map(str, entry)) if isinstance(entry, dict) else repr(entry)
        raise ConfigError(f"{names} under dependencies is no conda package. Give packages of pip to @pypi instead.")
    found = _CONDA.fullmatch(entry.strip())
    if found is None:
        raise ConfigError(f"{entry!r} is no conda package. Write NAME, NAME=1.2 or NAME>=1,<2, without a channel.")
    return found["name"], _exact((found["version"] or "").strip())


def _exact(version: str) -> str:
    """A version without the signs that ask for exactly it; what asks for more stays as it is."""
    return version.lstrip("= ") if version.startswith("=") and "," not in version else version


def _yaml() -> Any:
    try:
        import yaml  # type: ignore[import-untyped]  # it has no types of its own
    except ModuleNotFoundError:
        raise ConfigError("Reading YAML needs pyyaml. Install it: pip install 'headwater[yaml]'") from None
    return yaml

"""The interpreter, Headwater, the libraries it needs and those it can use, and the machine."""

import os
import platform
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

from headwater.checkup.finding import Area, Finding, Level
from headwater.executors.machine import detect_machine
from headwater.version import __version__
from headwater.wording import counted, size

_TESTED = ((3, 11), (3, 13))
_NEEDED = ("blake3", "click", "cloudpickle", "msgspec", "obstore", "rich", "threadpoolctl", "zstandard")
#: Libraries that Headwater knows how to store, show or call when the author uses them.
_USED = (
    "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "torch", "matplotlib", "pillow", "tensorboard", "ipython",
)  # fmt: skip
_NUMBERS = re.compile(r"\d+")


def check_installed() -> list[Finding]:
    return [_python(), _headwater(), _libraries(), _known_libraries(), _machine(), *_tools()]


def _python() -> Finding:
    text = f"Python {platform.python_version()} ({sys.executable})"
    least, most = _TESTED
    if sys.version_info[:2] > most:
        remedy = f"Use one of those: {'.'.join(map(str, least))} to {'.'.join(map(str, most))}."
        return Finding(Area.INSTALLED, Level.WARNING, f"{text} is newer than what Headwater is tested with", remedy)
    if not sys.platform.startswith("linux"):
        remedy = "Use Linux, a virtual machine or a container with it."
        return Finding(Area.INSTALLED, Level.WARNING, f"{text}: not tested on {sys.platform}", remedy)
    return Finding(Area.INSTALLED, Level.OK, f"{text} on {platform.system()} {platform.machine()}")


def _headwater() -> Finding:
    place = Path(__file__).resolve().parents[1]
    return Finding(Area.INSTALLED, Level.OK, f"Headwater {__version__} ({place})")


def _libraries() -> Finding:
    """What Headwater cannot do without, at least as new as it says."""
    found = {name: _version_of(name) for name in _NEEDED}
    wrong = [f"{name} is missing" for name, version in found.items() if version is None]
    least = _least_versions()
    for name, version in found.items():
        if version is not None and name in least and _numbers(version) < _numbers(least[name]):
            wrong.append(f"{name} {version} is older than {least[name]}")
    if wrong:
        remedy = "Install Headwater again: pip install --upgrade headwater"
        return Finding(Area.INSTALLED, Level.PROBLEM, "libraries that Headwater needs", remedy, tuple(wrong))
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    return Finding(Area.INSTALLED, Level.OK, f"every library that it needs: {listed}")


def _known_libraries() -> Finding:
    found = {name: version for name in _USED if (version := _version_of(name))}
    listed = ", ".join(f"{name} {version}" for name, version in found.items()) or "none"
    absent = [name for name in _USED if name not in found]
    details = (f"not installed, needed only if your flows use them: {', '.join(absent)}",) if absent else ()
    return Finding(Area.INSTALLED, Level.OK, f"libraries whose values it knows: {listed}", details=details)


def _machine() -> Finding:
    machine = detect_machine(os.environ)
    gpus = counted(len(machine.gpus), "GPU") if machine.gpus else "no GPU"
    text = f"{counted(round(machine.cpus), 'CPU')}, {size(machine.memory_mb << 20)} of memory, {gpus} for tasks"
    return Finding(Area.INSTALLED, Level.OK, text)


def _tools() -> list[Finding]:
    """Programs that make more possible."""
    if shutil.which("git"):
        return []
    remedy = "Install git, and keep your flows in a repository."
    return [Finding(Area.INSTALLED, Level.NOTE, "no git: runs are kept without their commit", remedy)]


def _version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _least_versions() -> dict[str, str]:
    """The lower bounds that the installed Headwater declares; none when it is not installed, but on the path."""
    try:
        declared = metadata.requires("headwater") or []
    except metadata.PackageNotFoundError:
        return {}
    bounds = (re.match(r"([A-Za-z0-9_.-]+)\s*>=\s*([0-9.]+)", line) for line in declared)
    return {found[1].lower(): found[2] for found in bounds if found}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(version.partition("+")[0])[:3])

"""One thing that was looked at, and what to do when it is not as it should be."""

from enum import StrEnum
from typing import NamedTuple


class Area(StrEnum):
    """What a finding is about."""

    INSTALLED = "installed"
    CONFIGURED = "configured"
    REACHABLE = "reachable"
    KEPT = "kept"
    VERIFIED = "verified"


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong; worth knowing
    WARNING = "warning"  # works, and something should be done
    PROBLEM = "problem"  # does not work, or something is lost


class Finding(NamedTuple):
    """What was found."""

    area: Area
    level: Level
    text: str
    remedy: str = ""  # what to do, in one sentence
    details: tuple[str, ...] = ()  # further lines: names, places

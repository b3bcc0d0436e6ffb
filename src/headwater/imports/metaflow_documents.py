"""What stands in the JSON files of a Metaflow datastore, as far as it is read here."""

from typing import Any

import msgspec


class SelfDocument(msgspec.Struct):
    """`_self.json` of a run, or of a task."""

    ts_epoch: int = 0  # milliseconds since 1970, UTC
    user_name: str | None = None
    tags: list[str] = []
    system_tags: list[str] = []


class FactDocument(msgspec.Struct):
    """`sysmeta_<field>_<milliseconds>.json`."""

    field_name: str
    value: Any = None
    type: str | None = None
    tags: list[str] = []
    ts_epoch: int = 0  # milliseconds

    @property
    def attempt(self) -> int:
        for tag in self.tags:
            name, _, number = tag.partition(":")
            if name == "attempt_id" and number.isdigit():
                return int(number)
        return 0

    @property
    def text(self) -> str:
        """The value as text, as `str` has it."""
        return str(self.value)


class ArtifactInfo(msgspec.Struct):
    """How one value is stored."""

    size: int = 0
    type: str = ""  # "<class 'builtins.int'>"
    encoding: str = ""


class DataDocument(msgspec.Struct):
    """`<attempt>.data.json`: every value of an attempt, those that it was handed among them."""

    objects: dict[str, str] = {}  # name -> sha1
    info: dict[str, ArtifactInfo] = {}


class RuntimeDocument(msgspec.Struct):
    """`<attempt>.runtime`: how the process ended, as the launcher saw it."""

    return_code: int | None = None
    killed: bool = False
    success: bool = False


class AttemptDocument(msgspec.Struct):
    """`<attempt>.attempt.json`."""

    time: float = 0.0  # seconds since 1970, UTC


class CodePackage(msgspec.Struct):
    """The value of the fact `code-package`."""

    sha: str | None = None

"""Which secrets a step needs. What they are is never recorded."""

from collections.abc import Mapping
from typing import Any

from headwater.records.base import Record
from headwater.records.decorator import Decorator

_VALUES = "values"


class SecretSource(Record, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """Where secrets come from.

    The values of an inline source are beside the record, in the process that read the author's file: they are no field,
    so that nothing that writes, sends or shows records has them.
    """

    type: str = ""  # of a back end; "": the one that the settings name
    id: str = ""
    options: dict[str, Any] = {}  # for the back end; never values
    role: str | None = None

    @property
    def values(self) -> Mapping[str, str]:
        """Of an inline source, by the variable's name; empty where only the record is left of it."""
        found: Mapping[str, str] = self.__dict__.get(_VALUES, {})
        return found

    def with_values(self, values: Mapping[str, str]) -> "SecretSource":
        """The source, holding its values in this process."""
        self.__dict__[_VALUES] = dict(values)
        return self

    def __str__(self) -> str:
        return ".".join(part for part in (self.type, self.id) if part)


class Secrets(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="secrets"):
    """Environment variables that only the step's attempts have, and that are masked in what these print."""

    sources: tuple[SecretSource, ...] = ()
    role: str | None = None  # for sources without one
    allow_override: bool = False  # of variables that are there already

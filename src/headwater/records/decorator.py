"""What every step decorator is: a record that the rooms below act on."""

from headwater.records.base import Record


class Decorator(Record, frozen=True, kw_only=True, omit_defaults=True, tag_field="decorator"):
    """One decorator on one step."""

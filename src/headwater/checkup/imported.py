"""What a root imports: whether it is still there, and can be read."""

from headwater.checkup.finding import Area, Finding, Level
from headwater.errors import RecordError
from headwater.imports.bring import try_import
from headwater.imports.catalogue import import_key, import_numbers, read_import
from headwater.storage.base import Storage
from headwater.wording import counted

_SHOWN = 10  # things that cannot be read


def check_imported(storage: Storage) -> list[Finding]:
    return [_check(storage, number) for number in import_numbers(storage)]


def _check(storage: Storage, number: int) -> Finding:
    try:
        record = read_import(storage, number)
    except RecordError as exc:
        remedy = f"Forget it (headwater import remove {number}), or bring {import_key(number)} back from a copy."
        return Finding(Area.KEPT, Level.PROBLEM, str(exc), remedy)
    if record is None:
        return Finding(Area.KEPT, Level.NOTE, f"import {number} was just removed")
    found = try_import(storage, record)
    if found is None:
        text = f"import {number} reads {record.folder}, and nothing is there"
        remedy = f"Put the folder back, or forget the import: headwater import remove {number}"
        return Finding(Area.KEPT, Level.WARNING, text, remedy)
    text = f"import {number} reads {counted(sum(found.flows.values()), 'run')} in {record.folder}"
    if not found.unreadable:
        return Finding(Area.KEPT, Level.OK, text)
    left = f"{text}; {counted(len(found.unreadable), 'thing')} there cannot be read"
    details = tuple(f"{one.place}: {one.reason}" for one in found.unreadable[:_SHOWN])
    return Finding(Area.KEPT, Level.WARNING, left, "What is named there is left out; all else can be read.", details)

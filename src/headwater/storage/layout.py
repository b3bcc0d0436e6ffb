"""Where each document stands under a root: the one place that knows the keys."""

FLOWS = "flows"
BLOBS = "blobs"
#: Folders of a directory that hold no values: begun values, and runs that were removed (see `upkeep.trash`).
TEMP = ".tmp"
TRASH = ".trash"
#: See `storage.writers`.
WRITERS_LOCK = "locks/writers"
BLOBS_LOCK = "locks/blobs"
UPKEEP_LOCK = "locks/upkeep"


def blob(digest: str, encoding: str = "") -> str:
    suffix = f".{encoding}" if encoding else ""
    return f"blobs/{digest[:2]}/b3-{digest}{suffix}"


def run(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}"


def run_record(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/run.json"


def run_end(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/end.json"


def alive(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/alive"


def all_tags(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/tags"


def tags(flow: str, run_id: str, number: int) -> str:
    """The run's tags after its change of this number, which counts from 1; the highest wins."""
    return f"flows/{flow}/{run_id}/tags/{number}.json"


def origins(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/origin"


def origin(flow: str, run_id: str, number: int) -> str:
    return f"flows/{flow}/{run_id}/origin/{number}.json"


def all_tasks(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/tasks"


def tasks(flow: str, run_id: str, step: str) -> str:
    return f"flows/{flow}/{run_id}/tasks/{step}"


def task(flow: str, run_id: str, step: str, task_id: str) -> str:
    """The one success of a task."""
    return f"flows/{flow}/{run_id}/tasks/{step}/{task_id}.json"


def attempt(flow: str, run_id: str, step: str, task_id: str, number: int) -> str:
    """An attempt that failed, or a gang member's that waits for its mates."""
    return f"flows/{flow}/{run_id}/tasks/{step}/{task_id}@{number}.json"


def all_logs(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/logs"


def logs(flow: str, run_id: str, step: str) -> str:
    return f"flows/{flow}/{run_id}/logs/{step}"


def log(flow: str, run_id: str, step: str, task_id: str, number: int) -> str:
    return f"flows/{flow}/{run_id}/logs/{step}/{task_id}@{number}.log"


def all_cards(flow: str, run_id: str) -> str:
    return f"flows/{flow}/{run_id}/cards"


def cards(flow: str, run_id: str, step: str, task_id: str, number: int) -> str:
    """Cards of an attempt beside those of its record: shown while it runs, and made afterwards."""
    return f"flows/{flow}/{run_id}/cards/{step}/{task_id}@{number}"


def live_card(folder: str, place: int, version: int, suffix: str) -> str:
    """What the card of the decorator at `place` shows (`html`), or holds (`json`), since its change of this number."""
    return f"{folder}/{place}.{version}.{suffix}"


def added_card(folder: str, number: int) -> str:
    """A card that was made after the attempt."""
    return f"{folder}/added-{number}.json"


def split_name(name: str) -> tuple[str, int | None]:
    """A file name below `tasks(...)` or `logs(...)` as (task id, attempt); attempt is None for a success."""
    stem = name.removesuffix(".json").removesuffix(".log")
    task_id, _, number = stem.partition("@")
    return task_id, int(number) if number else None

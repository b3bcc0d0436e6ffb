"""Whether a run's folders changed since they were read, told from their times without reading them.

A document is put into a folder once and never changed, so the times of the folders tell of every document that came or
went. A clock ticks: what changed a moment ago may change again within the same tick, and is never taken for settled.
"""

import os
import time

from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage

_SETTLED_NS = 2_000_000_000


def take(storage: Storage, flow: str, run_id: str) -> str | None:
    """The stamp of a run's folders; None where there are none, or when they changed a moment ago."""
    if not isinstance(storage, LocalStorage):
        return None
    now = time.time_ns()
    steps = storage.list_names(layout.all_tasks(flow, run_id))
    folders = [layout.run(flow, run_id), layout.all_tasks(flow, run_id), layout.origins(flow, run_id)]
    folders += [layout.all_tags(flow, run_id), *(layout.tasks(flow, run_id, step) for step in steps)]
    times = [_changed_ns(storage, folder) for folder in folders]
    return "-".join(map(str, times)) if max(times) < now - _SETTLED_NS else None


def _changed_ns(storage: LocalStorage, folder: str) -> int:
    try:
        return os.stat(storage.path(folder)).st_mtime_ns
    except OSError:  # not there, or not to be seen: reading it says why
        return 0

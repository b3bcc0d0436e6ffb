"""The client lists 10,000 tasks with their status."""

import sys
from collections.abc import Iterator

from benchmarks.harness import Figure, alternate, headwater, run, seconds, work_folder

WIDTH = 10_000
LIST = """
import time
from headwater import Flow, namespace
namespace(None)
run = Flow("WideFlow").latest_run
start = time.perf_counter()
status = [(task.id, task.successful) for task in run["work"]]
took = time.perf_counter() - start
assert len(status) == 10_000 and all(successful for _, successful in status)
open("took", "w").write(repr(took))
"""


def measure() -> Iterator[Figure]:
    with work_folder("reading") as folder:
        headwater("wide", folder, "run", "--max-num-splits", str(WIDTH), WIDTH=str(WIDTH))

        def listing() -> float:
            run([sys.executable, "-c", LIST], folder)
            return float((folder / "took").read_text())

        (took,) = alternate(listing)
    yield Figure(f"client lists {WIDTH:,} tasks", seconds(took), "a limit", took, 0.1, "s")

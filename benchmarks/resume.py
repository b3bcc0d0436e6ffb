"""A run of 10,000 tasks whose last step failed is resumed: how long until that step starts again."""

from collections.abc import Iterator
from statistics import median

from benchmarks.harness import Figure, headwater, seconds, work_folder

WIDTH = 10_000


def measure() -> Iterator[Figure]:
    waits = []
    with work_folder("resume") as folder:
        headwater("wide", folder, "run", "--max-num-splits", str(WIDTH), fails=True, WIDTH=str(WIDTH), FAIL="1")
        for _ in range(5):
            # It fails again, so that every resume has the same origin and the same work.
            done = headwater("wide", folder, "resume", fails=True, FAIL="1", STARTED=str(folder / "started"))
            waits.append(float((folder / "started").read_text()) - done.started_at)
    wait = median(waits)
    yield Figure(f"resume of {WIDTH:,} tasks, to its first step", seconds(wait), "a limit", wait, 1, "s")

"""A foreach of 100,000: it ends, costs no more per task than one of 1,000, and the driver stays small."""

from collections.abc import Iterator

from benchmarks.harness import Figure, headwater, seconds, work_folder

NARROW, WIDE = 1_000, 100_000


def measure() -> Iterator[Figure]:
    per_task, peaks = {}, {}
    for width in (NARROW, WIDE):
        with work_folder("wide") as folder:
            done = headwater("wide", folder, "run", "--max-num-splits", str(WIDE), WIDTH=str(width))
        per_task[width], peaks[width] = done.wall_s / width, done.peak_memory
    yield Figure(
        "a task of a 100,000-way foreach",
        seconds(per_task[WIDE]),
        f"of a 1000-way {seconds(per_task[NARROW])}",
        per_task[WIDE] / per_task[NARROW],
        1.5,
    )
    yield Figure("driver memory, 100,000 tasks", f"{peaks[WIDE] / 1e6:.0f} MB", "a limit", peaks[WIDE] / 1e6, 300, "MB")
    growth = (peaks[WIDE] - peaks[NARROW]) / (WIDE - NARROW)
    yield Figure("driver memory a finished task", f"{growth:.0f} B", f"over {NARROW} tasks", growth, 1024, "bytes")

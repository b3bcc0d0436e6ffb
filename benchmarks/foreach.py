"""What one task of a foreach costs: beside Metaflow's, and beside a bare fork that writes a file."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import (
    Figure,
    Finished,
    alternate,
    beside_metaflow,
    count_files,
    headwater,
    metaflow,
    run,
    seconds,
    work_folder,
)

WIDTH = 1000
METAFLOW_WIDTH = 40
FORKS = 500

# A process that forks, one after the other, children that write a small file and end.
BARE_FORKS = """
import os, sys, time
start = time.perf_counter()
for number in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        with open(f"fork-{number}", "wb") as file:
            file.write(b"x" * 600)
        os._exit(0)
    os.waitpid(pid, 0)
open("forks", "w").write(repr(time.perf_counter() - start))
"""


def _wide(width: int, folder: Path, flow: str = "wide") -> Finished:
    return headwater(flow, folder, "run", "--max-num-splits", "200000", WIDTH=str(width))


def _per_task(folder: Path, flow: str = "wide") -> float:
    return (_wide(WIDTH, folder, flow).wall_s - _wide(1, folder, flow).wall_s) / (WIDTH - 1)


def _metaflow_per_task(folder: Path) -> float:
    walls = [
        metaflow("wide", folder, "run", "--max-num-splits", "2000", WIDTH=str(width)).wall_s
        for width in (1, METAFLOW_WIDTH)
    ]
    return (walls[1] - walls[0]) / (METAFLOW_WIDTH - 1)


def _bare_fork(folder: Path, imports: str) -> float:
    run([sys.executable, "-c", f"{imports}\n{BARE_FORKS}", str(FORKS)], folder)
    for file in folder.glob("fork-*"):
        os.unlink(file)
    return float((folder / "forks").read_text()) / FORKS


def measure() -> Iterator[Figure]:
    with work_folder("foreach") as folder:
        bare, ours = alternate(lambda: _bare_fork(folder, ""), lambda: _per_task(folder))
        (theirs,) = alternate(lambda: _metaflow_per_task(folder), rounds=2)
        yield beside_metaflow("a task of a 1000-way foreach", ours, theirs, 60)
        yield Figure("a task of a 1000-way foreach", seconds(ours), f"bare fork {seconds(bare)}", ours / bare, 4)

        libraries = "import numpy, pandas"
        bare, ours = alternate(lambda: _bare_fork(folder, libraries), lambda: _per_task(folder, "wide_science"))
        yield Figure(
            "the same, holding numpy and pandas", seconds(ours), f"bare fork {seconds(bare)}", ours / bare, 1.5
        )

    with work_folder("files") as folder:
        files = []
        for width in (1, 10, 110):  # the first one leaves what runs share
            before = count_files(folder / ".headwater" / "flows")
            _wide(width, folder)
            files.append(count_files(folder / ".headwater" / "flows") - before)
        each = (files[2] - files[1]) / 100
        yield Figure("files of a small task", f"{each:g}", "100 more tasks", each, 1, "files")

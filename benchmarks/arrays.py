"""An array of 256 MB: saved at the speed of hashing and writing, loaded and read in constant time."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.harness import (
    ROUNDS,
    Figure,
    Finished,
    alternate,
    beside_metaflow,
    headwater,
    metaflow,
    run,
    seconds,
    work_folder,
)

MEGABYTES = 256
SMALL = 16  # what "constant time" is compared with

# Both write the same bytes to the same disk. The second is the floor: hash them, write them, nothing else.
SAVE = f"""
import os, time, numpy
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.storage.open import open_storage
array = numpy.random.default_rng(time.time_ns()).random({MEGABYTES} * 125_000)
store = ArtifactStore(open_storage(os.path.abspath("root")))
start = time.perf_counter()
store.save("array", array, InlineBudget())
open("took", "w").write(repr(time.perf_counter() - start))
"""
FLOOR = f"""
import os, time, blake3, numpy
array = numpy.random.default_rng(time.time_ns()).random({MEGABYTES} * 125_000)
start = time.perf_counter()
view = memoryview(array).cast("B")
blake3.blake3(view).hexdigest()
with open(f"floor-{{os.getpid()}}", "wb", buffering=0) as file:
    while view:
        view = view[file.write(view):]
open("took", "w").write(repr(time.perf_counter() - start))
"""


def _in_process(code: str, folder: Path) -> float:
    run([sys.executable, "-c", code], folder)
    return float((folder / "took").read_text())


class _Times:
    """What the steps of `flows/big_array.py` measured, over several runs."""

    def __init__(self, flow: Callable[..., Finished], folder: Path, megabytes: int = MEGABYTES) -> None:
        self._flow, self._folder, self._megabytes = flow, folder, megabytes
        self.loads: list[float] = []
        self.leaves: list[float] = []

    def wall(self, keep: bool = True) -> float:
        extra = {"MEGABYTES": str(self._megabytes), "TIMES": str(self._folder / "times")}
        wall = self._flow("big_array", self._folder, "run", **extra, **({"KEEP": "1"} if keep else {})).wall_s
        if keep:
            times = json.loads((self._folder / "times").read_text())
            self.loads.append(times["load_s"])
            self.leaves.append(times["leave_s"])
        return wall


def measure() -> Iterator[Figure]:
    with work_folder("arrays") as folder:
        floor, save = alternate(lambda: _in_process(FLOOR, folder), lambda: _in_process(SAVE, folder))
    speed = floor / save
    yield Figure("256 MB array saved", seconds(save), f"hash and write {seconds(floor)}", speed, 0.7, "x as fast", True)

    with work_folder("arrays") as folder:
        ours, small, theirs = _Times(headwater, folder), _Times(headwater, folder, SMALL), _Times(metaflow, folder)
        plain, kept, _ = alternate(lambda: ours.wall(keep=False), ours.wall, small.wall, rounds=ROUNDS)
        their_plain, their_kept = alternate(lambda: theirs.wall(keep=False), theirs.wall, rounds=1)
    yield beside_metaflow("256 MB array saved by a step", max(kept - plain, 1e-3), their_kept - their_plain, 20)
    yield _constant("256 MB array loaded", ours.loads, small.loads, theirs.loads)
    yield _constant("256 MB array read, to the next step", ours.leaves, small.leaves, theirs.leaves)


def _constant(what: str, large: list[float], small: list[float], theirs: list[float]) -> Figure:
    """Sixteen times the bytes may not even take three times as long."""
    beside = f"{SMALL} MB {seconds(median(small))}, Metaflow {seconds(median(theirs))}"
    return Figure(what, seconds(median(large)), beside, median(large) / median(small), 3)

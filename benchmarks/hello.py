"""Three steps, from the command to the prompt: with nothing imported, and with numpy, pandas and scikit-learn."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Figure, alternate, beside_metaflow, headwater, metaflow, run, seconds, work_folder

SCIENCE = "import numpy, pandas, sklearn.linear_model"


def measure() -> Iterator[Figure]:
    with work_folder("hello") as folder:
        yield from _figures("three steps", "hello", "pass", 5, folder)
        yield from _figures("three steps holding numpy, pandas, scikit-learn", "science", SCIENCE, 4, folder)


def _figures(what: str, flow: str, imports: str, faster: float, folder: Path) -> Iterator[Figure]:
    floor, ours, theirs = alternate(
        lambda: run([sys.executable, "-c", imports], folder).wall_s,
        lambda: headwater(flow, folder).wall_s,
        lambda: metaflow(flow, folder).wall_s,
    )
    yield beside_metaflow(what, ours, theirs, faster)
    yield Figure(what, seconds(ours), f"its imports {seconds(floor)}", ours - floor, 0.25, "s more")

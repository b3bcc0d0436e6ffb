"""What an author's `from headwater import ...` costs over a bare interpreter."""

import sys
from collections.abc import Iterator

from benchmarks.harness import Figure, alternate, run, seconds, work_folder

STATEMENT = "from headwater import FlowSpec, step, Parameter"


def measure() -> Iterator[Figure]:
    with work_folder("imports") as folder:
        bare, ours = alternate(
            lambda: run([sys.executable, "-c", "pass"], folder).wall_s,
            lambda: run([sys.executable, "-c", STATEMENT], folder).wall_s,
            rounds=11,
        )
    yield Figure(
        "import headwater", seconds(ours), f"bare interpreter {seconds(bare)}", (ours - bare) * 1000, 40, "ms more"
    )

"""A root with 1,000 runs and 200,000 tasks: each command that looks at it answers in half a second."""

import sys
from collections.abc import Iterator

from benchmarks.harness import Figure, alternate, run, seconds, work_folder
from benchmarks.rootmaker import Made, make_root

BUDGET_S = 0.5


def commands(made: Made) -> dict[str, list[str]]:
    """What is measured, by what it is called in the table."""
    return {
        "headwater flows": ["flows"],
        "headwater runs": ["runs"],
        "headwater runs, filtered": [
            "runs",
            "Training",
            "--tag",
            "baseline",
            "--param",
            "dataset=2014",
            "--user",
            "ann",
        ],
        "headwater runs --status lost": ["runs", "--status", "lost"],
        "headwater runs --all": ["runs", "--all"],
        "headwater show of a flow": ["show", "Training"],
        "headwater show of a run": ["show", made.sweep],
        "headwater show of a resumed run": ["show", made.resumed],
        "headwater show of a step with 1,000 tasks": ["show", f"{made.sweep}/work"],
        "headwater show of a task": ["show", f"{made.sweep}/work/77"],
        "headwater show of an artifact": ["show", f"{made.sweep}/start/0/data"],
        "headwater diff of two runs": ["diff", made.earlier, made.training],
        "headwater diff of two runs of 1,000 tasks": ["diff", made.sweep],
        "headwater du": ["du"],
        "headwater du of a flow": ["du", "Training"],
        "headwater rm --dry-run": ["rm", "--dry-run", made.training],
        "headwater gc --dry-run": ["gc", "--keep-last", "2", "--dry-run"],
    }


def measure() -> Iterator[Figure]:
    with work_folder("bigroot") as folder:
        made = make_root(folder / ".headwater")
        size = f"{made.runs:,} runs, {made.tasks:,} tasks"
        for what, arguments in commands(made).items():

            def whole(arguments: list[str] = arguments) -> float:
                return run([sys.executable, "-m", "headwater", *arguments], folder).wall_s

            (took,) = alternate(whole)
            yield Figure(what, seconds(took), size, took, BUDGET_S, "s")

"""What a default card with everything on it costs its task: rendered, compressed, kept."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Figure, alternate, headwater, seconds, work_folder

WIDTH = 50


def _per_task(folder: Path, *options: str) -> float:
    """One after the other, so that it is the time of a task."""

    def wall(width: int) -> float:
        given = ("run", "--max-workers", "1", *options)
        return headwater("carded", folder, *given, WIDTH=str(width)).wall_s

    return (wall(WIDTH) - wall(1)) / (WIDTH - 1)


def measure() -> Iterator[Figure]:
    with work_folder("cards") as folder:
        plain, carded = alternate(lambda: _per_task(folder), lambda: _per_task(folder, "--with", "card"))
        yield Figure(
            "a task's default card",
            seconds(carded - plain),
            f"the task without {seconds(plain)}",
            (carded - plain) * 1000,
            50,
            "ms more",
        )

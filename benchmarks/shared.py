"""Eight tasks that hold the same artifact of a gigabyte share its pages."""

from collections.abc import Iterator

from benchmarks.harness import Figure, headwater, work_folder


def measure() -> Iterator[Figure]:
    with work_folder("shared") as folder:
        headwater("shared", folder, "run", MEETING=str(folder))
        memory = int((folder / "memory").read_text()) / 1e9
    yield Figure("eight tasks holding a 1 GB array", f"{memory:.2f} GB in all", "1 GB of data", memory, 1.3, "GB")

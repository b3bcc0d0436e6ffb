"""What both flows know about films. A module beside a flow is imported as usual, and kept with every run."""

import csv
from typing import NamedTuple


class Film(NamedTuple):
    title: str
    year: int
    genre: str
    gross: float  # millions


def read_films(text: str) -> list[Film]:
    rows = csv.DictReader(text.splitlines())
    return [Film(row["title"], int(row["year"]), row["genre"], float(row["gross_millions"])) for row in rows]


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """The values below which a quarter, a half and three quarters of all lie."""
    ordered = sorted(values)
    return tuple(ordered[min(len(ordered) - 1, len(ordered) * part // 4)] for part in (1, 2, 3))

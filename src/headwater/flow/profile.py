"""How long a piece of a step takes."""

import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager


@contextmanager
def profile(label: str, stats_dict: MutableMapping[str, float] | None = None) -> Iterator[None]:
    """Measure what happens inside `with profile("load"):`.

    Milliseconds are added to `stats_dict[label]` if that is given; else begin and end are told on stdout.
    """
    if stats_dict is None:
        sys.stdout.write(f"PROFILE: {label} starting\n")
    begun = time.perf_counter()
    try:
        yield
    finally:
        took_ms = (time.perf_counter() - begun) * 1000
        if stats_dict is None:
            sys.stdout.write(f"PROFILE: {label} completed in {took_ms:.0f}ms\n")
        else:
            stats_dict[label] = stats_dict.get(label, 0) + took_ms

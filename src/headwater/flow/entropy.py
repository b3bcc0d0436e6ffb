"""Random state: what the author seeded at import stays as it is in every attempt, everything else is drawn afresh.

A fork inherits its parent's generators, so without this every task of a foreach would draw the same numbers.

`random` keeps no note of having been seeded. Its state when this module is imported (with `FlowSpec`) is the baseline:
a later state that the baseline reaches by drawing numbers was not seeded. So an author's `random.seed` must stand below
the import of headwater. numpy tells by itself: a seeded global generator has no seed sequence.
"""

import os
import random
import sys
from typing import Any, NamedTuple

_BLOCK = 624  # words in the state vector of a Mersenne Twister; drawing as many renews it
_REPLAYED_DRAWS = 20_000
_REPLAYED_BY_A_PROGRAM = 2_000_000  # a program may have drawn more; looking so far takes 50 ms

_baseline = random.getstate()


class Entropy(NamedTuple):
    """What the author's file seeded, as found right after its import."""

    random_state: Any = None  # of `random`, when it was seeded
    numpy_state: Any = None  # of `numpy.random`, when it was seeded

    def refresh(self, *, in_process: bool = False) -> None:
        """Give an attempt its random state. `in_process`: earlier attempts ran in this very process."""
        if self.random_state is not None:
            random.setstate(self.random_state)
        elif in_process:  # a fork's `random` seeds itself
            random.seed()
        generator = _numpy_generator()
        if generator is None:
            return
        if self.numpy_state is None:
            # four words, as several hundred tasks with one word each would soon share a state
            generator.seed(memoryview(os.urandom(16)).cast("I").tolist())
        elif in_process:  # slow, and a fork has the state already
            generator.set_state(self.numpy_state)


def note_after_import(embedded: bool = False) -> Entropy:
    """Whether the author's file, imported a moment ago, seeded the global generators.

    `embedded`: the process is a program of its own, which may have drawn many numbers since, or have seeded itself.
    """
    state = random.getstate()
    draws = _REPLAYED_BY_A_PROGRAM if embedded else _REPLAYED_DRAWS
    generator = _numpy_generator()
    return Entropy(
        random_state=None if _reaches(_baseline, state, draws) else state,
        numpy_state=generator.get_state() if generator is not None and _numpy_is_seeded(generator) else None,
    )


def _reaches(baseline: Any, state: Any, draws: int) -> bool:
    """Whether drawing numbers, and nothing else, leads from one state of `random` to another."""
    if state == baseline:
        return True
    words = state[1][:-1]
    clone = random.Random()
    clone.setstate(baseline)
    for _ in range(draws // _BLOCK + 2):
        if clone.getstate()[1][:-1] == words:
            return True
        clone.getrandbits(32 * _BLOCK)
    return False


def _numpy_generator() -> Any:
    """numpy's global generator; None while the author's code has not imported it."""
    module = sys.modules.get("numpy.random.mtrand")
    return getattr(module, "_rand", None)


def _numpy_is_seeded(generator: Any) -> bool:
    bits = getattr(generator, "_bit_generator", None)
    return bits is not None and getattr(bits, "seed_seq", bits) is None

"""Random state: seeded generators are left alone, all others are drawn afresh."""

import random
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from headwater.flow import entropy
from headwater.flow.entropy import Entropy, note_after_import


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The baseline as at import, and the generators of this process as they were."""
    state, numpy_state = random.getstate(), np.random.get_state()
    random.setstate(entropy._baseline)
    yield
    random.setstate(state)
    np.random.set_state(numpy_state)


def test_an_untouched_generator_is_not_seeded() -> None:
    assert note_after_import().random_state is None


@pytest.mark.parametrize("draws", [1, 623, 624, 625, 5_000, 20_000])
def test_drawing_numbers_is_not_seeding(draws: int) -> None:
    for _ in range(draws):
        random.getrandbits(32)
    assert note_after_import().random_state is None


def test_random_seeded_by_the_author_is_found_and_kept() -> None:
    random.seed(3)
    noted = note_after_import()
    expected = random.random()
    for _ in range(2):
        noted.refresh(in_process=True)
        assert random.random() == expected


def test_an_unseeded_random_differs_after_each_refresh() -> None:
    noted = Entropy()
    seen = set()
    for _ in range(3):
        random.setstate(entropy._baseline)
        noted.refresh(in_process=True)
        seen.add(random.random())
    assert len(seen) == 3


def test_numpy_seeded_by_the_author_is_found_and_kept() -> None:
    np.random.seed(3)
    noted = note_after_import()
    assert noted.numpy_state is not None
    expected = np.random.rand()
    noted.refresh(in_process=True)
    assert np.random.rand() == expected


def test_a_fork_keeps_the_state_of_numpy_as_it_is() -> None:
    np.random.seed(3)
    noted = note_after_import()
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    noted.refresh()
    assert np.random.rand() == expected


def test_an_unseeded_numpy_differs_after_each_refresh() -> None:
    state = np.random.get_state()
    seen = set()
    for _ in range(3):
        np.random.set_state(state)
        Entropy().refresh()
        seen.add(np.random.rand())
    assert len(seen) == 3


def test_numpy_fresh_from_its_import_is_not_seeded() -> None:
    script = (
        "from headwater import FlowSpec\n"
        "from headwater.flow.entropy import note_after_import\n"
        "import numpy.random\n"
        "numpy.random.rand(2000)\n"
        "print(note_after_import())\n"
        "numpy.random.seed(1)\n"
        "print(note_after_import().numpy_state is not None)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(Entropy()), "True"]


def test_nothing_heavy_is_imported_for_the_authoring_names() -> None:
    script = (
        "import sys\n"
        "from headwater import FlowSpec, step, Parameter\n"
        "print(sorted({'ast', 'inspect', 'click', 'numpy', 'asyncio', 'msgspec'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

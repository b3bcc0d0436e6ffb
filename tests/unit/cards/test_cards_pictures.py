"""The pictures of a default card: those of values that the step set, when drawing them takes no time to speak of."""

from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.cards.pictures import pictures
from headwater.storage.local import LocalStorage


@pytest.fixture
def refs_of(tmp_path: Any) -> Any:
    store = ArtifactStore(LocalStorage(tmp_path / "root"))
    return lambda values: {name: store.save(name, value, InlineBudget()) for name, value in values.items()}


def shown(values: dict[str, Any], refs_of: Any) -> str:
    return pictures(refs_of(values), SimpleNamespace(**values)) or ""


def test_images_and_figures_are_shown_with_their_names(refs_of: Any) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    html = shown({"photo": Image.new("RGB", (900, 600), "red"), "curve": figure, "number": 7}, refs_of)
    plt.close(figure)
    assert html.count("<figure>") == 2
    assert "<code>photo</code>" in html
    assert 'src="data:image/jpeg;base64,' in html
    assert 'src="data:image/png;base64,' in html


def test_what_shines_through_and_what_has_few_colours_stays_as_it_is(refs_of: Any) -> None:
    assert "image/png" in shown({"logo": Image.new("RGBA", (10, 10))}, refs_of)
    assert "image/png" in shown({"mask": Image.new("1", (10, 10))}, refs_of)


def test_only_the_first_few_are_shown(refs_of: Any) -> None:
    html = shown({f"photo{n}": Image.new("L", (10, 10)) for n in range(5)}, refs_of)
    assert html.count("<figure>") == 2


def test_what_would_take_long_is_left_to_the_small_picture(refs_of: Any) -> None:
    figure, axes = plt.subplots()
    axes.plot(np.zeros(6000))
    assert shown({"curve": figure, "photo": Image.new("L", (3000, 2000))}, refs_of) == ""
    plt.close(figure)


def test_values_that_are_not_at_hand_are_not_loaded(refs_of: Any) -> None:
    refs = refs_of({"photo": Image.new("L", (10, 10))})
    assert pictures(refs, None) is None
    assert pictures(refs, SimpleNamespace()) is None


def test_a_library_that_cannot_draw_costs_its_picture_and_no_more(refs_of: Any) -> None:
    refs = refs_of({"photo": Image.new("L", (10, 10))})
    assert pictures(refs, SimpleNamespace(photo=object())) is None

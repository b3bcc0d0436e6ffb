"""What an author probably meant."""

import json
from typing import Any

import pytest

from headwater.flow.suggestions import suggestion


class Model:
    learning_rate = 0.1

    def fit(self) -> float:
        return learning_rate  # type: ignore[name-defined,no-any-return]  # noqa: F821  the mistake


def use(text: str) -> None:
    threshold = 3
    model, nothing = Model(), None
    exec(text, {"json": json}, {"threshold": threshold, "model": model, "nothing": nothing})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import sklearn_x", "Install it for"),
        ("pd.read_csv('x')", "Put `import pandas as pd` at the top"),
        ("math.sqrt(2)", "Put `import math` at the top"),
        ("treshold + 1", "Did you mean 'threshold'?"),
        ("pritn(1)", "Did you mean 'print'?"),
        ("json.load_s('1')", "Did you mean 'loads'?"),
        ("model.learning_rat", "Did you mean 'learning_rate'?"),
        ("model.fit()", "Did you mean self.learning_rate?"),
        ("nothing.fit()", ""),
        ("somethingelse", ""),
        ("1 / 0", ""),
    ],
)
def test_names_that_are_nearly_right_are_answered(text: str, expected: str) -> None:
    with pytest.raises((ImportError, NameError, AttributeError, ArithmeticError)) as caught:
        use(text)
    found = suggestion(caught.value)
    assert expected in found
    assert bool(expected) == bool(found)


def test_a_module_that_is_installed_by_another_name_is_told_with_it() -> None:
    assert suggestion(ModuleNotFoundError("no", name="sklearn.svm")).endswith("pip install scikit-learn")


class Refusing:
    def __dir__(self) -> Any:
        raise RuntimeError("not now")


def test_an_object_that_cannot_be_asked_leaves_the_failure_as_it_was() -> None:
    assert suggestion(AttributeError("no", name="x", obj=Refusing())) == ""

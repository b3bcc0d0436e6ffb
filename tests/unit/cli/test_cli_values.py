from typing import Any

import numpy as np
import pytest

from headwater.artifacts.describe import describe
from headwater.artifacts.summaries import summarise
from headwater.records.artifact import ArtifactRef


def ref_of(value: Any) -> ArtifactRef:
    kind = type(value)
    return ArtifactRef(
        type=f"{kind.__module__}.{kind.__qualname__}", serializer="json", size=1, hash="", summary=summarise(value)
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, "3"),
        (None, "None"),
        ("two\nlines", "'two\\nlines'"),
        ([1, 2], "[1, 2] (length 2)"),
        ((1,), "(1) (length 1)"),
        ({"a": 1}, "{'a': 1} (length 1)"),
        (b"ab", "b'ab' (length 2)"),
        (object(), ""),
        (np.linspace(0, 1, 6).reshape(2, 3) / 3, "float64 (2 x 3), 0 to 0.333333"),
        (np.zeros(5, "i4"), "int32 (5), 0 to 0"),
        (np.float64(1.5), "float64 1.5"),
    ],
)
def test_a_value_is_described_from_its_summary(value: Any, written: str) -> None:
    assert describe(ref_of(value)) == written


def test_a_description_fits_a_line() -> None:
    assert len(describe(ref_of("x" * 5000))) <= 100

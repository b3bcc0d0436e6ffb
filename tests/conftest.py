"""What a module of tests chooses for the client, a root or a namespace, ends with it."""

import os
from collections.abc import Iterator

import pytest

from headwater.client import scope


@pytest.fixture(scope="module", autouse=True)
def client_looks_where_it_did() -> Iterator[None]:
    kept = (scope._chosen, scope._chosen_under, scope._root)
    variables = {name: value for name, value in os.environ.items() if name.startswith("HEADWATER_")}
    scope._chosen, scope._chosen_under, scope._root = scope._UNSET, None, None
    yield
    scope._chosen, scope._chosen_under, scope._root = kept
    left = {name: value for name, value in os.environ.items() if name.startswith("HEADWATER_")}
    assert left == variables, "a test left variables behind"

"""What every back end for secrets promises. Subclass `SecretsSuite` in a test module and give three fixtures:

class TestMySecrets(SecretsSuite):
    @pytest.fixture
    def backend(self) -> SecretsBackend:
        return MySecrets()

    @pytest.fixture
    def known(self) -> Known:
        return Known("prod/db", {"DB_PASSWORD": "hunter2 & co"})  # after it was stored

    @pytest.fixture
    def missing(self) -> str:
        return "prod/nothing"
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from headwater.errors import SecretsError
from headwater.vault.base import SecretsBackend


class Known(NamedTuple):
    """A secret that is there."""

    id: str
    variables: Mapping[str, str]  # at least one
    options: Mapping[str, Any] = {}
    role: str | None = None


class SecretsSuite:
    """The contract of `headwater.vault.base.SecretsBackend`, claim by claim."""

    @pytest.fixture
    def backend(self) -> SecretsBackend:
        raise NotImplementedError("give the back end that is tested")

    @pytest.fixture
    def known(self) -> Known:
        raise NotImplementedError("give a secret that is there")

    @pytest.fixture
    def missing(self) -> str:
        raise NotImplementedError("give the id of a secret that is not there")

    def test_a_secret_is_its_variables(self, backend: SecretsBackend, known: Known) -> None:
        assert backend.fetch(known.id, known.options, known.role) == dict(known.variables)

    def test_it_can_be_fetched_again(self, backend: SecretsBackend, known: Known) -> None:
        first = backend.fetch(known.id, known.options, known.role)
        first.clear()
        assert backend.fetch(known.id, known.options, known.role) == dict(known.variables)

    def test_an_environment_can_hold_it(self, backend: SecretsBackend, known: Known) -> None:
        for name, value in backend.fetch(known.id, known.options, known.role).items():
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
            assert isinstance(value, str)
            assert "\0" not in value

    def test_its_options_are_declared(self, backend: SecretsBackend, known: Known) -> None:
        assert set(known.options) <= set(backend.options)

    def test_a_secret_that_is_not_there_is_told_by_its_id_and_what_to_do(
        self, backend: SecretsBackend, known: Known, missing: str
    ) -> None:
        with pytest.raises(SecretsError) as caught:
            backend.fetch(missing, {}, None)
        message = str(caught.value)
        assert missing in message
        assert message.count(". ") >= 1, "one sentence of what happened, one of what to do"

    def test_no_message_holds_a_value(self, backend: SecretsBackend, known: Known, missing: str) -> None:
        backend.fetch(known.id, known.options, known.role)
        with pytest.raises(SecretsError) as caught:
            backend.fetch(missing, {}, None)
        assert not [value for value in known.variables.values() if value and value in str(caught.value)]

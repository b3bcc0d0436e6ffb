"""The secrets suite on the back ends that need nobody else."""

from pathlib import Path

import pytest

from headwater.testing.secrets import Known, SecretsSuite
from headwater.vault.base import SecretsBackend
from headwater.vault.env_file import EnvFile
from headwater.vault.inline import Inline


class TestEnvFile(SecretsSuite):
    @pytest.fixture
    def backend(self) -> SecretsBackend:
        return EnvFile()

    @pytest.fixture
    def known(self, tmp_path: Path) -> Known:
        (tmp_path / "prod.env").write_text("DB_USER=ada\nDB_PASSWORD='hunter2 & co'\n")
        return Known(str(tmp_path / "prod.env"), {"DB_USER": "ada", "DB_PASSWORD": "hunter2 & co"})

    @pytest.fixture
    def missing(self, tmp_path: Path) -> str:
        return str(tmp_path / "other.env")


class TestInline(SecretsSuite):
    @pytest.fixture
    def backend(self) -> SecretsBackend:
        return Inline()

    @pytest.fixture
    def known(self) -> Known:
        return Known("", {"TOKEN": "hunter2"}, options={"env_vars": {"TOKEN": "hunter2"}})

    @pytest.fixture
    def missing(self) -> str:
        return "gone"

"""Secrets in AWS Secrets Manager, as moto's server has them."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from flow_project import Project
from headwater import get_secret
from headwater.errors import SecretsError
from headwater.testing.secrets import Known, SecretsSuite
from headwater.vault import hidden
from headwater.vault.aws import AwsSecretsManager
from headwater.vault.base import SecretsBackend

pytestmark = pytest.mark.engine("moto")
ROLE = "arn:aws:iam::123456789012:role/reader"


@pytest.fixture(scope="module")
def client(moto_server: str) -> object:
    client = boto3.client("secretsmanager", region_name="us-east-1")
    client.create_secret(Name="prod/db", SecretString=json.dumps({"db-user": "ada", "PASSWORD": "hunter2", "port": 1}))
    client.create_secret(Name="prod/token", SecretString="tok-abcdef")
    client.create_secret(Name="prod/key", SecretBinary=b"\x00\xff key")
    return client


@pytest.fixture
def no_secrets_after() -> Iterator[None]:
    with hidden.scope():
        yield


class TestAwsSecretsManager(SecretsSuite):
    @pytest.fixture
    def backend(self, client: object) -> SecretsBackend:
        return AwsSecretsManager()

    @pytest.fixture
    def known(self) -> Known:
        return Known("prod/db", {"db_user": "ada", "PASSWORD": "hunter2", "port": "1"}, role=ROLE)

    @pytest.fixture
    def missing(self) -> str:
        return "prod/nothing"


@pytest.mark.parametrize(
    ("secret", "options", "found"),
    [
        ("prod/token", {"json": False}, {"prod_token": "tok-abcdef"}),
        ("prod/token", {"json": False, "env_var_name": "TOKEN"}, {"TOKEN": "tok-abcdef"}),
        ("prod/token", {"json": False, "region": "us-east-1"}, {"prod_token": "tok-abcdef"}),
        ("prod/key", {"env_var_name": "KEY"}, {"KEY": "AP8ga2V5"}),
    ],
)
def test_a_secret_may_be_one_variable(
    client: object, secret: str, options: dict[str, object], found: dict[str, str]
) -> None:
    assert AwsSecretsManager().fetch(secret, options, None) == found


def test_a_text_that_is_no_json_is_told_with_the_remedy_and_without_the_text(client: object) -> None:
    with pytest.raises(SecretsError, match=r"'prod/token' .* is no JSON object.*'json': False") as caught:
        AwsSecretsManager().fetch("prod/token", {}, None)
    assert "tok-" not in str(caught.value)


def test_a_region_without_the_secret_is_told_with_the_remedy(client: object) -> None:
    with pytest.raises(SecretsError, match=r"did not give 'prod/db': ResourceNotFoundException.*region"):
        AwsSecretsManager().fetch("prod/db", {"region": "eu-west-1"}, None)


def test_no_region_is_told_with_the_remedy(client: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SecretsError, match=r"no region is known\. Set AWS_REGION"):
        AwsSecretsManager().fetch("prod/db", {}, None)


@pytest.mark.usefixtures("no_secrets_after")
def test_get_secret_finds_it_by_back_end_and_id(client: object) -> None:
    source = {"type": "aws-secrets-manager", "id": "prod/token", "options": {"json": False, "region": "us-east-1"}}
    assert get_secret(source) == {"prod_token": "tok-abcdef"}


def test_a_step_has_the_secrets_of_the_back_end_that_the_settings_name(client: object, tmp_path: Path) -> None:
    source = """
    from headwater import secrets

    class Aws(FlowSpec):
        @secrets(sources=["prod/db"])
        @step
        def start(self):
            print(os.environ["db_user"], os.environ["PASSWORD"])
            self.length = len(os.environ["PASSWORD"])
            self.next(self.end)

        @step
        def end(self):
            pass
    """
    project = Project(tmp_path)
    project.write(source)
    done = project.call("run", environ={"HEADWATER_SECRETS_BACKEND": "aws-secrets-manager"}).done()
    assert done.at("start").length == 7
    assert "ada ***" in done.stdout

"""Secrets in AWS Secrets Manager. The id is a secret's name or ARN; credentials are found as boto3 finds them."""

import base64
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from headwater.errors import SecretsError
from headwater.vault.base import SecretsBackend

_PATIENCE = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3, "mode": "standard"})
_REMEDIES = {
    "ResourceNotFoundException": "Correct the id, or the region: options={'region': ...}.",
    "AccessDeniedException": "Allow secretsmanager:GetSecretValue, or give a role that may.",
    "AccessDenied": "Allow sts:AssumeRole for the role.",
    "DecryptionFailure": "Allow kms:Decrypt for the secret's key.",
}


class AwsSecretsManager(SecretsBackend):
    """A secret's JSON object as variables; with json=False, or of bytes, the whole as one variable."""

    options = ("region", "json", "env_var_name")

    def fetch(self, secret_id: str, options: Mapping[str, Any], role: str | None) -> dict[str, str]:
        region = options.get("region") or _region_of(secret_id)
        try:
            answer = self._client(region, role).get_secret_value(SecretId=secret_id)
        except NoRegionError:
            raise self._missing(
                secret_id, "no region is known", "Set AWS_REGION, or options={'region': ...}."
            ) from None
        except NoCredentialsError:
            remedy = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            raise self._missing(secret_id, "there are no credentials", remedy) from None
        except ClientError as exc:
            error = exc.response.get("Error", {})
            code, said = error.get("Code", "an error"), error.get("Message", "")
            remedy = _REMEDIES.get(code, "Look the code up in the AWS documentation.")
            raise self._missing(secret_id, f"{code}: {said.rstrip('.')}", remedy) from None
        except BotoCoreError as exc:
            raise self._missing(secret_id, str(exc).rstrip("."), "Check the network and the region.") from None
        return _variables(secret_id, answer, options)

    def _client(self, region: str | None, role: str | None) -> Any:
        session = boto3.session.Session(region_name=region)
        if role is None:
            return session.client("secretsmanager", config=_PATIENCE)
        sts = session.client("sts", config=_PATIENCE)
        granted = sts.assume_role(RoleArn=role, RoleSessionName="headwater")["Credentials"]
        return session.client(
            "secretsmanager",
            config=_PATIENCE,
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
        )

    def _missing(self, secret_id: str, reason: str, remedy: str) -> SecretsError:
        return SecretsError(f"AWS Secrets Manager did not give {secret_id!r}: {reason}. {remedy}")


def _region_of(secret_id: str) -> str | None:
    """Of an ARN its own, else that of the environment; None where boto3 may know one from a profile."""
    parts = secret_id.split(":")
    return (parts[3] if parts[0] == "arn" and len(parts) > 3 else "") or os.environ.get("AWS_REGION")


def _variables(secret_id: str, answer: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, str]:
    name = options.get("env_var_name") or _variable_name(answer.get("Name") or secret_id)
    if "SecretString" not in answer:
        return {name: base64.b64encode(answer["SecretBinary"]).decode()}
    text: str = answer["SecretString"]
    if not options.get("json", True):
        return {name: text}
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise SecretsError(
            f"The secret {secret_id!r} of AWS Secrets Manager is no JSON object. "
            "Take it as one variable: options={'json': False, 'env_var_name': 'NAME'}."
        )
    return {
        _variable_name(key): value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()
    }


def _variable_name(name: str) -> str:
    """`prod/db-password` as `prod_db_password`."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{plain}" if plain[:1].isdigit() else plain

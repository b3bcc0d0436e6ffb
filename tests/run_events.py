"""The schema of the events of `run --json`, as strict as we are with ourselves."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def strict(schema: Any) -> Any:
    """The schema for us, who may send nothing that it does not know; for readers it leaves room for what is added."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and "required" in schema else {}
    return {key: strict(value) for key, value in schema.items()} | closed


def validator() -> Draft202012Validator:
    schema = json.loads((REFERENCE / "run-events.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(strict(schema))

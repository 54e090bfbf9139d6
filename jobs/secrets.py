"""Secrets of AWS Secrets Manager, put where every other secret comes from: the environment."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

from features.errors import PairlakeError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class SecretsError(PairlakeError):
    """A secret cannot be read, or is not made of variables; the message never holds its value."""


def put_into_environment(ids: Sequence[str], client: Any = None) -> None:
    """Read secrets by name or ARN, each a JSON object of variables, as Secrets Manager keeps pairs of key and value."""
    for id in ids:
        os.environ.update(_variables(id, client or _client(id)))


def _variables(id: str, client: Any) -> dict[str, str]:
    try:
        text = client.get_secret_value(SecretId=id).get("SecretString")
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        raise SecretsError(
            f"the secret {id} cannot be read: {code}; the role wants secretsmanager:GetSecretValue on it, and the use "
            "of its key"
        ) from None
    try:
        found = json.loads(text or "")
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise SecretsError(f'the secret {id} is no object of texts; wanted {{"NAME_OF_VARIABLE": "value", …}}')
    for name in found:
        if not _VARIABLE.fullmatch(name):
            raise SecretsError(f"the secret {id} has a key that no environment variable can be called; rename it")
    return found


def _client(id: str) -> Any:
    try:
        import boto3  # noqa: PLC0415  optional: who runs on one machine needs no AWS
    except ImportError as error:
        raise SecretsError("--secrets wants boto3, which is not here: install pairlake[aws]") from error
    region = id.split(":")[3] if id.startswith("arn:") and id.count(":") > 3 else None
    try:
        return boto3.client("secretsmanager", region_name=region)
    except Exception as error:  # no region, a broken profile
        raise SecretsError(f"Secrets Manager cannot be reached: {error}") from error

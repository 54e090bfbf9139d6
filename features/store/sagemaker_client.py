"""Clients of the SageMaker Feature Store, and its errors in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # botocore's own
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from features.sagemaker import SageMaker
from features.store import StoreError, StoreUnavailableError
from features.store.aws import code_of, passes

_FORBIDDEN = frozenset({"AccessForbidden", "AccessDenied", "AccessDeniedException", "UnrecognizedClientException"})
_MISSING = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
_ATTEMPTS = 3
_one_at_a_time = threading.Lock()
_CONNECT_SECONDS = 3
_READ_SECONDS = 5


def control_plane(settings: SageMaker) -> Any:
    """The client that describes and makes feature groups. StoreError where no region is known."""
    return _client("sagemaker", settings, settings.endpoint)


def data_plane(settings: SageMaker) -> Any:
    """The client that reads and writes records. StoreError where no region is known."""
    return _client("sagemaker-featurestore-runtime", settings, settings.runtime_endpoint)


def _client(service: str, settings: SageMaker, endpoint: str | None) -> Any:
    config = Config(
        parameter_validation=False,  # a third of the time of a write; the service validates
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=2 * settings.writers,
        retries={"mode": "standard", "max_attempts": _ATTEMPTS},
        tcp_keepalive=True,
    )
    try:
        with _one_at_a_time:
            return session(settings.region).client(service, endpoint_url=endpoint, config=config)
    except NoRegionError as error:
        raise StoreError("no AWS region is known; set AWS_DEFAULT_REGION, or region in [sagemaker]") from error


@cache
def session(region: str | None) -> Any:
    """What clients are made of: it keeps the description of the service, which takes a second to read."""
    return boto3.session.Session(region_name=region)


def is_missing(error: ClientError) -> bool:
    """Whether an error says that there is no such feature group: PutRecord says it in a ValidationError."""
    said = str(error.response.get("Error", {}).get("Message", ""))
    return code_of(error) in _MISSING or (code_of(error) == "ValidationError" and said.startswith("Resource Not Found"))


@contextmanager
def reached(what: str) -> Iterator[None]:
    """Around requests about `what`: StoreUnavailableError for what may pass, StoreError for what a person must mend.

    The service quotes what was sent to it, which may be of a record: its own text is left out.
    """
    try:
        yield
    except ClientError as error:
        raise _in_words(error, what) from None
    except (ConnectionError, HTTPClientError, CredentialRetrievalError) as error:
        raise StoreUnavailableError(
            f"the SageMaker Feature Store cannot be reached for {what}: {type(error).__name__}"
        ) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise StoreError(
            "no complete AWS credentials were found; a role, a profile or AWS's variables give them, never the settings"
        ) from None
    except BotoCoreError as error:
        raise StoreError(f"{what}: the request could not be made ({type(error).__name__})") from None


def _in_words(error: ClientError, what: str) -> StoreError:
    code = code_of(error)
    asked = f"{error.operation_name} of {what}: {code}, request {_request(error)}"
    if passes(error):
        return StoreUnavailableError(f"the SageMaker Feature Store did not take {asked}")
    if is_missing(error):
        return StoreUnavailableError(
            f"{asked}. There is no such feature group, or it is still being made: `pairlake run` makes it, or Terraform"
        )
    if code in _FORBIDDEN:
        return StoreError(f"{asked}. The role of this process may not; allow sagemaker:{error.operation_name}")
    if code == "ResourceLimitExceeded":
        return StoreError(f"{asked}. A quota of the account is used up; have it raised, or remove what is not needed")
    return StoreError(f"the SageMaker Feature Store refused {asked}")


def _request(error: ClientError) -> str:
    return str(error.response.get("ResponseMetadata", {}).get("RequestId", "unknown"))

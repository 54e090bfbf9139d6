"""What the stores on AWS share: which errors pass by themselves, and asking again for what was left undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from typing import Any, TypeVar

import tenacity
from botocore.exceptions import ClientError

from features.store import StoreUnavailableError

PASSING = frozenset(
    {
        "ExpiredTokenException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
    }
)
"""Codes of errors after which the same may work later."""

_ATTEMPTS = 10
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 5.0

Asked = TypeVar("Asked", bound=Sized)


def code_of(error: ClientError) -> str:
    """The service's name of an error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def passes(error: ClientError) -> bool:
    """Whether the same may work later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return code_of(error) in PASSING or status == 429 or status >= 500


def until_nothing_is_left(
    step: Callable[[Asked], Asked], asked: Asked, what: str, sleep: Callable[[float], Any] = time.sleep
) -> None:
    """Ask, and ask again for what `step` says was left undone, with growing waits drawn from nought ("full jitter").

    StoreUnavailableError where something stays undone.
    """
    left = asked

    def once() -> Asked:
        nonlocal left
        left = step(left)
        return left

    trying = tenacity.Retrying(
        retry=tenacity.retry_if_result(bool),
        wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        sleep=sleep,
    )
    try:
        trying(once)
    except tenacity.RetryError as error:
        raise StoreUnavailableError(
            f"{what}: some stayed undone in {_ATTEMPTS} attempts, as the service is throttling"
        ) from error

"""Errors as the service tells them: problem+json (RFC 9457), with what was found, what was wanted and what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from features.sections import nearest

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description="Where in the body, or the name of the header.")
    found: str = Field(description="What kind of thing was there; never its value.")
    wanted: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str = Field(description="urn:pairlake:problem:NAME; NAME is stable, title and detail are for people.")
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[Fault] = []


@dataclass(eq=False)
class ProblemError(Exception):
    """What ends a request before it is answered. `retry_after` is in seconds."""

    status: int
    name: str
    title: str
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    retry_after: float | None = None

    def response(self, request_id: str) -> Response:
        """The problem as a response."""
        told = {
            "type": f"urn:pairlake:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
            "errors": list(self.errors),
        }
        headers = {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="pairlake"'
        return Response(orjson.dumps(told), self.status, headers, MEDIA_TYPE)


def bad_request(detail: str, errors: Sequence[Mapping[str, Any]] = (), status: int = 422) -> ProblemError:
    """A request that has to be mended before it is sent again."""
    return ProblemError(status, "bad-request", "The request is not one that can be answered", detail, errors)


def busy(detail: str, after: float) -> ProblemError:
    """A request that may be sent again a little later."""
    return ProblemError(503, "unavailable", "The service cannot answer now", detail, retry_after=after)


def failure() -> ProblemError:
    """An error that nobody foresaw; the log has its outline, under the request's id."""
    return ProblemError(500, "failed", "The service failed", "an error nobody foresaw; its log has it under request_id")


_WORDS = {"missing": "a value", "extra_forbidden": "no such key", "json_invalid": "JSON"}


def of_validation(errors: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> ProblemError:
    """The problem of a body that does not have the wanted form; `keys` are those that it may have."""
    faults = [_fault(error, keys) for error in errors]
    first = faults[0]
    return bad_request(
        f"{first['field']}: found {first['found']}, wanted {first['wanted']}. Mend it and send the request again",
        faults,
    )


def _fault(error: Mapping[str, Any], keys: Sequence[str]) -> dict[str, str]:
    kind = error["type"]
    place = [str(part) for part in error["loc"] if part != "body"] if kind != "json_invalid" else []
    wanted = _WORDS.get(kind, str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be "))
    found = {"missing": "nothing", "json_invalid": "other text"}.get(kind, type(error.get("input")).__name__)
    if kind == "extra_forbidden":
        found, wanted = "an unknown key", f"a known one{nearest(place[-1], keys)}"
    return {"field": ".".join(place).encode("utf-8", "replace").decode() or "body", "found": found, "wanted": wanted}

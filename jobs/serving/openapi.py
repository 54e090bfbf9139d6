"""The OpenAPI document: what FastAPI knows of the routes, and what it does not."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from jobs.serving.problems import MEDIA_TYPE, ProblemDetails

PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ProblemDetails}, "5XX": {"model": ProblemDetails}}
"""What every route may answer."""

DEADLINE = {
    "name": "X-Deadline-Ms",
    "in": "header",
    "description": "Milliseconds; the shortest of this, deadline_ms and the service's own counts.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
"""The header of a lookup, as a parameter."""

_REQUEST_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "Given back where it is of letters, digits, dots, underscores and hyphens, at most 128 of them.",
    "schema": {"type": "string"},
}
_TOKEN = {"token": {"type": "http", "scheme": "bearer"}}
_OF_ALL: dict[str, Any] = {
    "X-Request-Id": {"description": "The request's id: its own, or one made for it.", "required": True}
}
_OF_PROBLEMS: dict[str, Any] = {
    "Retry-After": {"description": "Seconds, where it may be sent again."},
    "WWW-Authenticate": {"description": "With 401."},
}
_OF_TIMED: dict[str, Any] = {"Server-Timing": {"description": "Milliseconds that each stage took.", "required": True}}


def document(app: FastAPI, *, token: bool, unguarded: Container[str]) -> dict[str, Any]:
    """The document of these routes; `token` says whether one is asked for, but on the paths that are `unguarded`."""
    told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    if token:
        told["components"]["securitySchemes"] = _TOKEN
    for path, operations in told["paths"].items():
        for operation in operations.values():
            operation["parameters"] = [*operation.get("parameters", ()), _REQUEST_ID]
            timed = DEADLINE in operation["parameters"]
            for status, response in operation["responses"].items():
                _complete(response, problem=status in PROBLEMS, timed=timed and status == "200")
            if token and path not in unguarded:
                operation["security"] = [{name: [] for name in _TOKEN}]
    return told


def _complete(response: dict[str, Any], *, problem: bool, timed: bool) -> None:
    """Say the type of a problem, for which FastAPI has that of the route, and the headers."""
    if problem:
        (content,) = response["content"].values()
        response["content"] = {MEDIA_TYPE: content}
    headers = {**_OF_ALL, **(_OF_PROBLEMS if problem else {}), **(_OF_TIMED if timed else {})}
    response["headers"] = {name: {**header, "schema": {"type": "string"}} for name, header in headers.items()}

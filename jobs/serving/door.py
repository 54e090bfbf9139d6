"""What every request passes before it is looked at: its id, its size, who sent it. And what is noted when it leaves."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import outline
from features.outputs import Serve
from jobs.serving.access import Authenticate
from jobs.serving.figures import Figures
from jobs.serving.limits import Pool
from jobs.serving.problems import ProblemError, bad_request, busy, failure

log = logging.getLogger("pairlake.serve")

REQUEST_ID = "x-request-id"
OPEN_ROUTES = ("/health/live", "/health/ready")
"""What a load balancer asks, which knows no token; not logged either."""

ROUTES = ("/v1/lookup", "/v1/lookup/batch", "/v1/features", "/metrics", "/openapi.json", *OPEN_ROUTES)
_OTHER = "other"
"""Stands in log and figures for every other path: one may hold what somebody typed."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_BODY_SECONDS = 10
_HOOK_SECONDS = 5
_MOST_HOOKS = 32
"""Callers that a hook is asked about at once; one that hangs keeps its thread."""


class Door:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp, serve: Serve, authenticate: Authenticate, figures: Figures) -> None:
        self._app, self._serve, self._authenticate, self._figures = app, serve, authenticate, figures
        self._hooks = Pool(_MOST_HOOKS, serve.waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(scope, send)
        try:
            await self._let_in(passage, receive)
        except ProblemError as problem:
            await passage.tell(problem)
        except ClientDisconnect:
            passage.status = 499  # as nginx writes of a caller who left
        except Exception as error:
            log.error("failed", extra={"facts": {"request": passage.id, "error": outline(error)}})
            await passage.tell(failure())
        finally:
            self._note(passage)

    async def _let_in(self, passage: _Passage, receive: Receive) -> None:
        kind = passage.headers.get("content-type", "").partition(";")[0].strip().lower()
        if passage.scope["method"] == "POST" and kind != "application/json":
            # A page in a browser can send other types to this machine without being asked.
            raise bad_request(f"Content-Type: found {kind[:40]!r}, wanted application/json", (), 415)
        body = await self._body(passage.headers, receive)
        if passage.route not in OPEN_ROUTES:
            passage.state["caller"] = await self._caller(passage, body)
        await self._app(passage.scope, _given(body, receive), passage.send)

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """The body, after refusing one that is too long or does not arrive."""
        most, parts, size = self._serve.max_body_bytes, list[bytes](), 0
        announced = headers.get("content-length", "")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                while True:
                    if size > most or _is_more(announced, most):
                        raise bad_request(
                            f"body: found more than {most} bytes, wanted fewer; send less at once", (), 413
                        )
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if not message.get("more_body"):
                        break
        except TimeoutError as error:
            raise bad_request(f"body: not there after {_BODY_SECONDS} s; send it at once", (), 408) from error
        if size > most:
            raise bad_request(f"body: found {size} bytes, wanted {most} at most; send less at once", (), 413)
        return b"".join(parts)

    async def _caller(self, passage: _Passage, body: bytes) -> str:
        """Who calls. A hook may be slow, and is waited for elsewhere, for a while."""
        ask = partial(self._authenticate, passage.scope["method"], passage.scope["path"], passage.headers, body)
        try:
            caller = await self._hooks.run(ask, _HOOK_SECONDS) if self._serve.auth else ask()
        except Exception as error:
            log.error("who calls is not known", extra={"facts": {"request": passage.id, "error": outline(error)}})
            raise busy("who calls could not be found out", 1) from error
        if not caller:
            raise ProblemError(
                401,
                "unauthorised",
                "The caller is not known",
                "Authorization: found none that is known, wanted Bearer and a token of this service"
                if not self._serve.auth
                else "the request was not signed as this service wants it",
            )
        return caller

    def _note(self, passage: _Passage) -> None:
        seconds = time.perf_counter() - passage.began
        self._figures.request(passage.route, passage.status, seconds)
        if passage.route in OPEN_ROUTES:
            return
        facts = {
            "request": passage.id,
            "who": passage.state.get("caller"),
            "route": passage.route,
            "status": passage.status,
            "us": round(seconds * 1e6),
            **passage.state["facts"],
        }
        log.info("request", extra={"facts": facts})


class _Passage:
    """One request: its id, what is noted of it, and its answer on the way out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        given = self.headers.get(REQUEST_ID, "")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        self.route = scope["path"] if scope["path"] in ROUTES else _OTHER
        self.status = 0
        self.scope = {
            **scope,
            "state": {**scope.get("state", {}), "request_id": self.id, "began": self.began, "facts": {}},
        }
        self._send = send

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scope["state"]
        return found

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [(REQUEST_ID.encode(), self.id.encode()), (b"cache-control", b"no-store")]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await self._send(message)

    async def tell(self, problem: ProblemError) -> None:
        """Answer with a problem, unless an answer has begun."""
        if not self.status:
            with suppress(OSError):
                await problem.response(self.id)(self.scope, _nothing, self.send)


def _is_more(announced: str, most: int) -> bool:
    """Whether a length is announced that is greater; one of thousands of digits is no number to Python."""
    return announced.isdecimal() and (len(announced) > len(str(most)) or int(announced) > most)


def _given(body: bytes, receive: Receive) -> Receive:
    """What the application receives: the body that was read, then whatever comes."""
    first = True

    async def given() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return given


async def _nothing() -> Message:
    return {"type": "http.disconnect"}

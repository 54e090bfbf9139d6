"""The routes: what is asked, limits that want to know it, and the answer."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from features.sections import span
from features.settings import Settings
from features.store import StoreError
from features.store.lookup import LookupResult, RecordError, checked_record
from features.versions import FingerprintError
from jobs.serving import openapi, wire
from jobs.serving.access import Authenticate
from jobs.serving.answer import answer, is_stale, meanings, unanswered
from jobs.serving.current import READY, STARTING, SUPERSEDED, Current, Opened
from jobs.serving.door import OPEN_ROUTES, Door
from jobs.serving.figures import Figures
from jobs.serving.limits import Pool, Rates
from jobs.serving.problems import ProblemError, bad_request, busy, failure, of_validation

DEADLINE = "x-deadline-ms"
_MILLISECONDS = re.compile("[0-9]{1,9}")
_DUMP = orjson.OPT_SERIALIZE_NUMPY

_ANOTHER = (
    "another load was put online, and is being opened",
    "another load is online, made by code or settings that are not these; start the service anew with that version",
)
"""What is said of it before and after an attempt to open it."""

_OF_READS = 0.8
"""Share of a request's time that reads may take: the rest is to compare and to write the answer down."""


@dataclass(frozen=True)
class _Answered:
    """An answer as bytes, with what is noted of it."""

    body: bytes
    facts: dict[str, Any]
    seconds: dict[str, float]


class Service:
    """Looks records up for callers, within the limits of the settings."""

    def __init__(self, settings: Settings, current: Current, figures: Figures) -> None:
        self._settings, self._serve = settings, settings.serve
        self.current, self.figures = current, figures
        self._rates = Rates(self._serve.rate, self._serve.burst)
        self._pool = Pool(self._serve.concurrency, self._serve.waiting)
        self._oldest = span(self._serve.max_age) if self._serve.max_age else None

    async def look_up(self, request: Request, asked: wire.Asked, records: Sequence[dict[str, Any]]) -> Response:
        """The answer to a request of one record or of several."""
        self._refuse(request, asked, records)
        milliseconds = self._deadline(request, asked)
        end = request.state.began + milliseconds / 1000
        one = isinstance(asked, wire.LookupRequest)
        work = partial(self._work, asked, records, end, one=one)
        done = await self._pool.run(work, max(end - time.perf_counter(), 0))
        request.state.facts |= done.facts
        self.figures.stages(done.seconds)
        timing = ", ".join(f"{stage};dur={seconds * 1000:.3f}" for stage, seconds in done.seconds.items())
        return Response(done.body, 200, {"Server-Timing": timing}, "application/json")

    def health(self) -> wire.Health:
        """How the service stands; told to the monitor too."""
        opened = self.current.opened
        loaded = opened.loaded if opened else None
        as_of = loaded.as_of if loaded else None
        self.figures.standing(
            ready=self.current.state == READY,
            as_of=as_of.timestamp() if as_of else None,
            in_flight=self._pool.in_flight,
        )
        return wire.Health(
            status=self.current.state,
            as_of=as_of,
            fingerprint=loaded.fingerprint if loaded else None,
            stale=self._is_stale(opened, as_of),
        )

    def close(self) -> None:
        """End what waits for a load, and the threads."""
        self.current.stop()
        self._pool.close()

    def _refuse(self, request: Request, asked: wire.Asked, records: Sequence[dict[str, Any]]) -> None:
        """ProblemError for what the caller may not ask, or what is no record."""
        caller, most = request.state.caller, self._serve.max_batch
        if len(records) > most:
            raise bad_request(f"records: found {len(records)}, wanted {most} at most; send them in several requests")
        self._rates.take(caller, len(records))
        if asked.reveal and caller not in self._serve.reveal:
            raise ProblemError(
                403,
                "not-permitted",
                "Values are not for this caller",
                "reveal: found true, wanted false; [serve] reveal in its settings names who may ask for values",
            )
        for number, record in enumerate(records):
            try:
                checked_record(record)
            except RecordError as error:
                where = "record" if isinstance(asked, wire.LookupRequest) else f"records.{number}"
                raise bad_request(f"{where}: {error}") from error

    def _deadline(self, request: Request, asked: wire.Asked) -> int:
        """Milliseconds that the request may take: the shortest of what caller and settings say."""
        text = request.headers.get(DEADLINE)
        if text is not None and not (_MILLISECONDS.fullmatch(text) and int(text)):
            raise bad_request(f"{DEADLINE}: found no whole number, wanted milliseconds, 1 or more", (), 400)
        wanted = (int(text) if text else None, asked.deadline_ms, self._settings.online.deadline_ms)
        return min(one for one in wanted if one)

    def _work(self, asked: wire.Asked, records: Sequence[dict[str, Any]], end: float, *, one: bool) -> _Answered:
        """In a thread: look up, and write down."""
        opened, state = self.current.opened, self.current.state
        if opened is None and (state == STARTING or self._settings.fallback.lookup == "fail"):
            raise busy(f"the online store is not open: {state}", self._serve.reload_seconds)
        answers, facts, seconds = [], {"records": len(records)}, dict[str, float]()
        for record in records:
            told, result = self._answer(opened, asked, record, end)
            answers.append(told)
            _add(seconds, result.seconds if result else {})
            _add(facts, _facts(told))
            self.figures.lookup(len(told["candidates"]), len(told["missing"]), _flags(told))
        began = time.perf_counter()
        body = orjson.dumps(answers[0] if one else {"answers": answers}, option=_DUMP)
        return _Answered(body, facts, {**seconds, "serialise": time.perf_counter() - began})

    def _answer(
        self, opened: Opened | None, asked: wire.Asked, record: dict[str, Any], end: float
    ) -> tuple[dict[str, Any], LookupResult | None]:
        left = int((end - time.perf_counter()) * 1000)
        if opened is None or left < 1:
            if self._settings.fallback.lookup == "fail":
                raise busy("no time is left to ask the online store; give it more, or ask for fewer records", 1)
            return unanswered(), None
        limit = min(asked.limit or self._serve.max_candidates, self._serve.max_candidates)
        try:
            result = opened.lookup.lookup(record, limit=limit, deadline_ms=max(int(left * _OF_READS), 1))
        except FingerprintError as error:  # another load took the place of the one that was opened
            self.current.look_soon()
            raise busy(_ANOTHER[self.current.state == SUPERSEDED], self._serve.reload_seconds) from error
        except (StoreError, OSError) as error:
            raise busy("the online store does not answer", self._serve.reload_seconds) from error
        as_of = result.loaded.as_of if result.loaded else None
        stale, catalogue = self._is_stale(opened, as_of), opened.catalogue
        return answer(result, catalogue, stale=stale, reasons=asked.reasons, reveal=asked.reveal), result

    def _is_stale(self, opened: Opened | None, as_of: Any) -> bool:
        return is_stale(as_of, self._oldest) or (opened is not None and self.current.state == SUPERSEDED)


def application(
    settings: Settings, current: Current, authenticate: Authenticate, figures: Figures | None = None
) -> ASGIApp:
    """The service as an ASGI application. `current` is started with it."""
    figures = figures or Figures()
    service = Service(settings, current, figures)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current.start()
        yield
        service.close()

    app = FastAPI(
        title="Pairlake online lookup",
        version="1",
        description="Candidates of a record, with the features of each pair: evidence, no verdict.",
        lifespan=lifespan,
        openapi_url=None,  # a route of its own, below
        responses=openapi.PROBLEMS,
    )
    _lookups(app, service)
    _about(app, service)
    _document(app, token=bool(settings.serve.tokens_env or settings.serve.tokens_file))
    _errors(app)
    return Door(app, settings.serve, authenticate, figures)


def _lookups(app: FastAPI, service: Service) -> None:
    deadline = {"parameters": [openapi.DEADLINE]}

    @app.post("/v1/lookup", response_model=wire.Answer, openapi_extra=deadline)
    async def lookup(asked: wire.LookupRequest, request: Request) -> Response:
        """Candidates of one record."""
        return await service.look_up(request, asked, [asked.record])

    @app.post("/v1/lookup/batch", response_model=wire.BatchAnswer, openapi_extra=deadline)
    async def batch(asked: wire.BatchRequest, request: Request) -> Response:
        """Candidates of several records, answered together, before one deadline."""
        return await service.look_up(request, asked, asked.records)


def _about(app: FastAPI, service: Service) -> None:
    @app.get("/v1/features", response_model=list[wire.FeatureMeaning])
    async def features() -> Response:
        """What each feature is, in the order of the catalogue that answers now."""
        if service.current.opened is None:
            raise busy("no catalogue is open yet", 1)
        return Response(orjson.dumps(meanings(service.current.opened.catalogue)), 200, None, "application/json")

    @app.get("/health/live", response_model=wire.Health)
    async def live() -> wire.Health:
        """200 as long as the process answers at all."""
        return service.health()

    @app.get("/health/ready", response_model=wire.Health, responses={503: {"model": wire.Health}})
    async def ready(request: Request) -> Response:
        """200 when it answers from a store, 503 while it starts and while the store is away or cannot be read."""
        health = service.health()
        status = 200 if service.current.ready else 503
        return Response(health.model_dump_json(), status, None, "application/json")

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Figures for a monitor, in Prometheus' text format."""
        service.health()
        page, kind = service.figures.page()
        return Response(page, 200, {"Content-Type": kind})


def _document(app: FastAPI, *, token: bool) -> None:
    @cache
    def told() -> bytes:
        return orjson.dumps(openapi.document(app, token=token, unguarded=OPEN_ROUTES))

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        """All of this for a program."""
        return Response(told(), 200, None, "application/json")


def _errors(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    async def problem(request: Request, error: ProblemError) -> Response:
        return error.response(request.state.request_id)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        kind = wire.BatchRequest if request.url.path.endswith("/batch") else wire.LookupRequest
        return of_validation(error.errors(), list(kind.model_fields)).response(request.state.request_id)

    @app.exception_handler(Exception)
    async def failed(request: Request, _: Exception) -> Response:
        return failure().response(request.state.request_id)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        name = {404: "not-found", 405: "not-allowed"}.get(error.status_code, "bad-request")
        told = ProblemError(error.status_code, name, str(error.detail), "see GET /openapi.json for what can be asked")
        return told.response(request.state.request_id)


def _facts(told: dict[str, Any]) -> dict[str, int]:
    return {
        "keys": told["keys"] or 0,
        "candidates": len(told["candidates"]),
        "missing": len(told["missing"]),
        "incomplete": int(not told["complete"]),
    }


def _flags(told: dict[str, Any]) -> tuple[str, ...]:
    return tuple(flag for flag in ("unread", "missing", "stale", "truncated") if told[flag])


def _add(sums: dict[str, Any], more: Any) -> None:
    for name, value in more.items():
        sums[name] = sums.get(name, 0) + value

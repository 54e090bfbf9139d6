"""The HTTP service of a lake, started here to be replayed on: on a free port of this machine, asked over a socket."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from uvicorn import Config, Server

from features.settings import Settings
from features.store import StoreError
from jobs.online import open_served
from jobs.serving.access import ANYBODY
from jobs.serving.application import application
from jobs.serving.current import Current

_SECONDS = 120
"""How long the service may take to start, and a request to be answered."""
_POLL = 0.05


class Service:
    """A service that is asked, one request at a time."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)

    def lookup(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of `POST /v1/lookup`. StoreError where there is none, or the store did not say all."""
        status, told = self.ask("POST", "/v1/lookup", {"record": dict(record), "reasons": False})
        if status != 200:
            raise StoreError(f"the HTTP service answered {status}: {told.get('detail')}")
        if told["unread"] or told["stale"]:
            raise StoreError(f"the HTTP service did not read what is online: {told['unread'] or 'it is stale'}")
        answer: dict[str, Any] = told
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and answer of a request. StoreError where none comes."""
        sent = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, sent, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise StoreError(f"the HTTP service gave no answer: {type(error).__name__}") from error

    def wait(self) -> None:
        """Until it is ready. StoreError where it does not become so."""
        end = time.monotonic() + _SECONDS
        while (health := self.ask("GET", "/health/ready"))[0] != 200:
            if health[1]["status"] == "store_unavailable" or time.monotonic() > end:
                raise StoreError(f"the HTTP service does not become ready: {health[1]['status']}")
            time.sleep(_POLL)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(settings: Settings, most: int) -> Iterator[Service]:
    """The service as these settings have it, but for its limits on callers: it gives as many candidates as `most`."""
    unbounded = {"max_candidates": most, "rate": 1e9, "max_body_bytes": 2**31, "max_age": None}
    serve = settings.serve.model_copy(update=unbounded)
    online = settings.online.model_copy(update={"deadline_ms": 1000 * _SECONDS})
    served = settings.model_copy(update={"serve": serve, "online": online})
    current = Current(partial(open_served, served), serve.reload_seconds)
    app = application(served, current, lambda *_: ANYBODY)
    server = Server(Config(app, log_config=None, access_log=False, lifespan="on"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],), name="HTTP service", daemon=True)
        thread.start()
        try:
            with closing(Service(listening.getsockname()[1])) as service:
                while not server.started and thread.is_alive():
                    time.sleep(_POLL)
                service.wait()
                yield service
        finally:
            server.should_exit = True
            thread.join(_SECONDS)

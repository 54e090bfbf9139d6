"""The SageMaker Feature Store of `feature_store_service` at an address, by the protocols that boto3 speaks."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from feature_store_service import FeatureStoreService, RefusedError  # loaded before this module: see conftest.py

_TARGET = "X-Amz-Target"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        service: FeatureStoreService = self.server.service  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        try:
            status, answer = 200, service.answer(*self._asked(body))
            headers = {}
        except RefusedError as error:
            status, answer = error.status, {"__type": error.code, "Message": str(error)}
            headers = {"x-amzn-ErrorType": f"{error.code}:http://internal.amazon.com/coral/"}
        sent = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "x-amzn-RequestId": "r-1", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()

    def _asked(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if not str(self.headers.get("Authorization", "")).startswith("AWS4-HMAC-SHA256"):
            raise RefusedError("AccessForbidden", "the request is not signed", 403)
        if _TARGET in self.headers:
            return str(self.headers[_TARGET]).removeprefix("SageMaker."), body
        parts = urlsplit(self.path)
        path = [unquote(part) for part in parts.path.split("/")[1:]]
        if path[0] in ("BatchGetRecord", "BatchWriteRecord"):
            return path[0], body
        query = parse_qs(parts.query)
        one: dict[str, Any] = {name: values[0] for name, values in query.items() if name != "FeatureName"}
        if "FeatureName" in query:
            one["FeatureNames"] = query["FeatureName"]
        if path[2:] == ["ListRecords"]:
            return "ListRecords", {**body, "FeatureGroupName": path[1]}
        operation = {"PUT": "PutRecord", "GET": "GetRecord", "DELETE": "DeleteRecord"}[self.command]
        return operation, {**body, **one, "FeatureGroupName": path[1]}

    do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815  as http.server names them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: FeatureStoreService) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)


class Running:
    """The service at an address, which can be cut off and reached again."""

    def __init__(self) -> None:
        self.service = FeatureStoreService()
        self._server = _Server(0, self.service)
        self._port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._start()

    def cut(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for request in self._server.open:
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        for _ in range(50):
            try:
                self._server = _Server(self._port, self.service)
                break
            except OSError:
                time.sleep(0.1)
        self._start()

    def _start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@contextmanager
def running() -> Iterator[Running]:
    """A service on a free port."""
    served = Running()
    try:
        yield served
    finally:
        served.cut()

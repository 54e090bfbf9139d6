"""Requests sent when they are due, whatever became of those before: latencies count from the time a request was due.

A client that waits for an answer before it sends again hides what a slow answer does to those behind it ("coordinated
omission", G. Tene, "How NOT to Measure Latency").
"""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

CONNECTIONS = 16


@dataclass
class Answered:
    """One request: seconds from when it was due, its status, its answer and the server's own account of its time."""

    seconds: float
    status: int
    body: bytes
    timing: dict[str, float] = field(default_factory=dict)

    @property
    def told(self) -> Any:
        return json.loads(self.body)


class Client:
    """Posts JSON to one server, over connections that are kept."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._own = threading.local()

    def post(self, body: bytes) -> Answered:
        begun = time.perf_counter()
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._own.connection.connect()
            # Without it the second packet of a request waits for the first one's acknowledgement.
            self._own.connection.sock.setsockopt(6, 1, 1)
        try:
            self._own.connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = self._own.connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self._own.connection.close()
            return Answered(time.perf_counter() - begun, 0, b"")
        return Answered(time.perf_counter() - begun, response.status, answer, _timing(response.headers))


def open_loop(client: Client, bodies: Sequence[bytes], rate: float) -> list[Answered]:
    """Every body, one each 1 / rate seconds, over so many connections that none waits for another's answer for long."""
    answers: list[Answered | None] = [None] * len(bodies)
    due: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    start = time.perf_counter() + 0.5

    def send() -> None:
        while (n := due.get()) is not None:
            answer = client.post(bodies[n])
            answer.seconds = time.perf_counter() - (start + n / rate)
            answers[n] = answer

    threads = [threading.Thread(target=send, daemon=True) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for n in range(len(bodies)):
        time.sleep(max(start + n / rate - time.perf_counter(), 0))
        due.put(n)
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def closed_loop(client: Client, bodies: Sequence[bytes], callers: int) -> float:
    """Requests a second that so many callers get who wait for their answers: what the server can do at most."""
    left = iter(list(bodies))
    lock = threading.Lock()

    def send() -> None:
        while True:
            with lock:
                body = next(left, None)
            if body is None:
                return
            client.post(body)

    threads = [threading.Thread(target=send, daemon=True) for _ in range(callers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bodies) / (time.perf_counter() - begun)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest, in milliseconds."""
    values = np.percentile(np.array(seconds) * 1000, [50, 95, 99, 100])
    return dict(zip(("p50", "p95", "p99", "max"), values.tolist(), strict=True))


def _timing(headers: Any) -> dict[str, float]:
    """Seconds by stage of a Server-Timing header."""
    parts = [part.strip().split(";dur=") for part in headers.get("Server-Timing", "").split(",") if ";dur=" in part]
    return {name: float(milliseconds) / 1000 for name, milliseconds in parts}

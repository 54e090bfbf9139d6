"""Figures of the service for a monitor, in the text format of Prometheus, those of all its processes together."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_SHARED = values.ValueClass is not values.MutexValue
"""Whether several processes add their figures up: the library decides when it is imported, by what jobs.serve sets.

Feast sets the same variable when it is imported, which must come later: jobs.serve sees to that too.
"""

_PID = re.compile(r"_(\d+)\.db$")

_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_COUNTS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Figures:
    """Counts and times since the service started."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("pairlake_serve_requests", "Requests.", ["route", "status"], registry=registry)
        self._seconds = Histogram(
            "pairlake_serve_request_seconds", "How long they took.", ["route"], buckets=_SECONDS, registry=registry
        )
        self._stages = Histogram(
            "pairlake_serve_stage_seconds", "How long a stage took.", ["stage"], buckets=_SECONDS, registry=registry
        )
        self._candidates = Histogram(
            "pairlake_serve_candidates", "Candidates of a record.", buckets=_COUNTS, registry=registry
        )
        self._flagged = Counter("pairlake_serve_flagged", "Answers that lack something.", ["why"], registry=registry)
        self._missing = Counter("pairlake_serve_missing", "Candidates without features.", registry=registry)
        self._in_flight = Gauge(
            "pairlake_serve_in_flight", "Requests at work or waiting.", multiprocess_mode="livesum", registry=registry
        )
        self._ready = Gauge(
            "pairlake_serve_ready",
            "1 when it answers from what is online.",
            multiprocess_mode="livemin",
            registry=registry,
        )
        self._as_of = Gauge(
            "pairlake_serve_as_of_timestamp_seconds",
            "When the sources of what is online were read, in Unix time.",
            multiprocess_mode="livemin",
            registry=registry,
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request that was answered, or refused."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def lookup(self, candidates: int, missing: int, flags: tuple[str, ...]) -> None:
        """What one record got."""
        self._candidates.observe(candidates)
        self._missing.inc(missing)
        for flag in flags:
            self._flagged.labels(flag).inc()

    def stages(self, seconds: Mapping[str, float]) -> None:
        """How long each stage of a request took."""
        for stage, taken in seconds.items():
            self._stages.labels(stage).observe(taken)

    def standing(self, *, ready: bool, as_of: float | None, in_flight: int) -> None:
        """How the service stands."""
        self._ready.set(ready)
        self._in_flight.set(in_flight)
        if as_of is not None:
            self._as_of.set(as_of)

    def page(self) -> tuple[bytes, str]:
        """All figures, and the type of their text."""
        registry = self._registry
        if _SHARED:
            _forget_the_dead(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def _forget_the_dead(folder: Path) -> None:
    """How processes stand that are no more is told no longer; what they counted is."""
    pids = {int(found[1]) for file in folder.glob("gauge_live*.db") if (found := _PID.search(file.name))}
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
        except OSError:
            continue  # alive, and another user's

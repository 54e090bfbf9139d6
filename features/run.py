"""What a run did: its manifest, gathered while it runs."""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from features.settings import Settings

KEPT = "kept the last version"
"""Outcome of a run whose plan was over its budget, and whose ladder ended in publishing nothing."""

PUBLISHED = "published"
NOT_ONLINE = "published, not online"
"""Outcome of a run whose pairs are in force while the online store still has what it had before."""


@dataclass(frozen=True)
class Fallback:
    """A step down: `rung` is what gave way (source, encoder, blocking, …), `why` what broke and what was done."""

    rung: str
    why: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.rung}: {self.why}"


@dataclass
class Run:
    """One run or refresh of the pipeline: identity, counts, verdicts, fallbacks, seconds by stage.

    `versions` holds the Delta version of each table that was read, as it was first, and that was written. `report` is
    where the report lies. `as_of` is the time the sources were read; it stamps every row the run writes. The manifest
    holds names, numbers and hashes, never a value of a record.
    """

    settings: Settings
    fingerprint: str
    kind: str = "run"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcome: str = "failed"
    published_version: int | None = None
    checksum: str | None = None
    error: str | None = None
    counts: dict[str, Any] = field(default_factory=dict)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    fallbacks: list[Fallback] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, dict[str, int]] = field(default_factory=dict)
    statistics: str | None = None
    encoder: str | None = None
    report: str | None = None
    ended_at: datetime | None = None

    @property
    def run_id(self) -> str:
        """The start in UTC: sorts by time, and the writer's lock keeps it unique in a lake."""
        return self.started_at.strftime("%Y%m%dT%H%M%S.%fZ")

    @property
    def as_of(self) -> datetime:
        """Event time of every row this run writes."""
        return self.started_at

    def fall_back(self, rung: str, why: str) -> None:
        """Note a step down; it holds no value of a record."""
        self.fallbacks.append(Fallback(rung, why))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of the run."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - begun, 3)

    def row(self) -> dict[str, Any]:
        """The run's row in run_manifest."""
        details = {
            "kind": self.kind,
            "counts": self.counts,
            "verdicts": self.verdicts,
            "plan": self.plan,
            "fallbacks": [asdict(fallback) for fallback in self.fallbacks],
            "seconds": self.seconds,
            "versions": self.versions,
            "statistics": self.statistics,
            "encoder": self.encoder,
            "report": self.report,
        }
        return {
            "run_id": self.run_id,
            "started_at": self.started_at,
            "ended_at": self.ended_at or datetime.now(UTC),
            "outcome": self.outcome,
            "mode": self.settings.mode,
            "settings_hash": self.settings.hash,
            "code_version": importlib.metadata.version("pairlake"),
            "fingerprint": self.fingerprint,
            "published_version": self.published_version,
            "checksum": self.checksum,
            "error": self.error,
            "details": json.dumps(details, default=str),
        }

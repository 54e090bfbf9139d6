"""The outbox: loads of the online store, each written down in the lake before it is tried and until it is done.

A load is a reference: the versions of the online tables that are to be put online, and what they are as of. It is
whole, so the last one due stands for all before it. A run that is killed, or that finds the store away, leaves its
load due; the next run or refresh, or `pairlake outbox replay`, delivers it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from features.lake import Lake
from features.run import Run
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, OUTBOX

Event = Literal["posted", "failed", "delivered", "superseded", "overtaken"]

_OPEN = ("posted", "failed")
_ORDER = {"posted": 0, "failed": 1}
"""Of the events of one load, beside their times: a clock that jumps back opens none again."""

_TABLES = (ONLINE_ENTITIES, BLOCKING_INDEX)


@dataclass(frozen=True)
class Load:
    """What is to be put online: the run that made it, as of when, by which catalogue, which versions of its tables."""

    run_id: str
    as_of: datetime
    fingerprint: str
    versions: Mapping[str, int]


@dataclass(frozen=True)
class Standing:
    """A load, the last that became of it, when, and why where it failed; how often it was tried in vain."""

    load: Load
    event: Event
    at: datetime
    why: str | None
    failures: int

    @property
    def due(self) -> bool:
        """Whether it waits to be delivered."""
        return self.event in _OPEN


class Outbox:
    """The outbox of a lake. Events are appended and never changed; whoever writes holds the lake."""

    def __init__(self, lake: Lake, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._lake = lake
        self._clock = clock

    def post(self, run: Run, as_of: datetime | None = None) -> Load:
        """Write down the load that a run has made, before it is tried; `as_of` is that of a state it did not make."""
        versions = {table.name: self._lake.version(table) for table in _TABLES}
        load = Load(run.run_id, as_of or run.as_of, run.fingerprint, versions)
        self._note(load, "posted")
        return load

    def failed(self, load: Load, why: str) -> None:
        """A load could not be delivered and is still due."""
        self._note(load, "failed", why)

    def overtaken(self, load: Load, why: str) -> None:
        """A load is older than what is online by now, and is given up."""
        self._note(load, "overtaken", why)

    def delivered(self, load: Load) -> None:
        """A load is online, and with it all that was due before it."""
        for earlier in self.due():
            if earlier.load.run_id < load.run_id:
                self._note(earlier.load, "superseded", f"by the load of the run {load.run_id}")
        self._note(load, "delivered")

    def due(self) -> list[Standing]:
        """Loads that wait, in the order of their runs."""
        return [standing for standing in self.standings() if standing.due]

    def standings(self) -> list[Standing]:
        """Every load ever posted, in the order of their runs."""
        if not self._lake.exists(OUTBOX):
            return []
        events = self._lake.rows(OUTBOX).to_pylist()
        by_run: dict[str, list[dict[str, Any]]] = {}
        for event in sorted(events, key=lambda e: (e["run_id"], _ORDER.get(e["event"], 2), e["at"])):
            by_run.setdefault(event["run_id"], []).append(event)
        return [_standing(of_run) for of_run in by_run.values()]

    def paths(self, load: Load) -> dict[str, str]:
        """Where the tables of a load lie, at its versions, as Delta's reader takes them."""
        return {table.name: f"{self._lake.path(table)}@v{load.versions[table.name]}" for table in _TABLES}

    def _note(self, load: Load, event: Event, why: str | None = None) -> None:
        row = {
            "run_id": load.run_id,
            "at": self._clock(),
            "event": event,
            "as_of": load.as_of,
            "fingerprint": load.fingerprint,
            "versions": json.dumps(load.versions, sort_keys=True),
            "why": why,
        }
        self._lake.write_rows(pa.Table.from_pylist([row], OUTBOX.schema), OUTBOX)


def _standing(events: list[dict[str, Any]]) -> Standing:
    """From the events of one load, what closes it last."""
    last = events[-1]
    load = Load(last["run_id"], last["as_of"], last["fingerprint"], json.loads(last["versions"]))
    return Standing(load, last["event"], last["at"], last["why"], sum(e["event"] == "failed" for e in events))

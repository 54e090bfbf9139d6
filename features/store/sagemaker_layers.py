"""What is online in the SageMaker Feature Store: layers of records, and a pointer to those in force.

The service has no transaction. A load therefore writes its records under a layer of its own (`LAYER/KEY`), which
nobody reads until one small record, the pointer, names it. A reader asks for the pointer within the same request as
for its records, so it sees what it read from. A crash before the pointer moves leaves the old state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import tenacity

from features.store import Loaded, LoadedAnewError, StaleWriteError, StoreUnavailableError
from features.store.feature_groups import EVENT_TIME, LOADS, FeatureGroup
from features.store.sagemaker_client import reached
from features.store.sagemaker_records import MOST_READ, Record, Records, asking, chunks

POINTER = "online"
_READ_BACK = 6
_TICK = timedelta(milliseconds=1)
_SINCE = "_"
"""Stands in a layer's name before the time of the pointer that its load began with."""

Rows = dict[str, Record]
"""Records by the value of their key."""


@dataclass(frozen=True)
class Online:
    """What the pointer says: layers in force, newest first, what they were loaded with, and how old their rows are.

    Times are ISO-8601 texts of one length, to the millisecond in UTC, which sort as they follow; `oldest` and `newest`
    are event times of rows, empty where there is none.
    """

    layers: tuple[str, ...]
    loaded: Loaded
    oldest: str = ""
    newest: str = ""
    event_time: str = ""

    def record(self) -> Record:
        """The pointer's record."""
        values = {
            "name": POINTER,
            "layers": ",".join(self.layers),
            "as_of": self.loaded.as_of.isoformat(),
            "fingerprint": self.loaded.fingerprint,
            "oldest": self.oldest,
            "newest": self.newest,
            EVENT_TIME: self.event_time,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def of(cls, record: Record) -> Online:
        """What a pointer's record says."""
        return cls(
            tuple(record["layers"].split(",")),
            Loaded(datetime.fromisoformat(record["as_of"]), record["fingerprint"]),
            record.get("oldest", ""),
            record.get("newest", ""),
            record[EVENT_TIME],
        )


@dataclass(frozen=True)
class Held:
    """A state that is read on, until a moment of the monotonic clock, though another takes its place meanwhile."""

    online: Online | None
    until: float


class Layers:
    """The layers of the groups under a prefix. `ttl` is how long after its event time a record is kept."""

    def __init__(
        self,
        records: Records,
        prefix: str,
        ttl: timedelta | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._records = records
        self._prefix = prefix
        self._loads = LOADS.name(prefix)
        self._ttl = ttl
        self._clock = clock
        self._sleep = sleep

    def online(self) -> Online | None:
        """What the pointer says now; None where nothing was ever loaded."""
        with reached(f"the record {POINTER!r} of {self._loads}"):
            record = self._records.get_one(self._loads, POINTER)
        return Online.of(record) if record else None

    def hold(self, seconds: float) -> Held:
        """What is online now, to be read for so long: what a load replaces stays in place for that time."""
        asked = time.monotonic()
        return Held(self.online(), asked + seconds)

    def read(self, group: FeatureGroup, key: str, features: Sequence[str], keys: Sequence[str], held: Held) -> Rows:
        """Records by the value of their `key`, all of the held state; a key without a record is left out.

        LoadedAnewError where what was held may be cleared by now, StoreUnavailableError where nothing was loaded or
        records begin to expire.
        """
        if not keys:
            return {}
        online = held.online
        if online is None:
            raise StoreUnavailableError(f"there is no online store under {self._prefix}; `pairlake run` loads it")
        self._refuse_expired(online)
        part = partial(self._part, group, (key, *features), online)
        asked = list(chunks(keys, (MOST_READ - 1) // len(online.layers)))
        parts = [part(asked[0])] if len(asked) == 1 else list(self._records.spread(part, asked))
        if any(seen != online for seen, _ in parts) and time.monotonic() >= held.until:
            raise LoadedAnewError("what is online was loaded anew while it was read")
        return {each: record for _, records in parts for each, record in records.items()}

    def commit(self, ours: Online, before: Online | None) -> Online:
        """Move the pointer, and return what it says then. StaleWriteError where another writer moved it meanwhile."""
        if self.online() != before:
            raise StaleWriteError(
                f"another load was put online under {self._prefix} while this one was written, which is not. Run again"
            )
        earliest = floored(ours.loaded.as_of)
        if before:
            earliest = max(earliest, after(before.event_time))
        ours = replace(ours, event_time=earliest)
        self._records.put(self._loads, [ours.record()], LOADS.identifier)
        self.refuse_overtaken(ours)
        return ours

    def refuse_overtaken(self, ours: Online) -> None:
        """StaleWriteError where the pointer says another thing than it was made to say."""
        asking_back = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda seen: seen is None or seen.event_time < ours.event_time),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=1),
            stop=tenacity.stop_after_attempt(_READ_BACK),
            sleep=self._sleep,
        )
        try:
            seen = asking_back(self.online)
        except tenacity.RetryError as error:
            raise StoreUnavailableError(f"the pointer of {self._loads} was written and does not show it") from error
        if seen != ours:
            raise StaleWriteError(f"another load was put online under {self._prefix} in the place of this one")

    def _part(
        self, group: FeatureGroup, features: Sequence[str], online: Online, keys: Sequence[str]
    ) -> tuple[Online | None, Rows]:
        """What the pointer said in the request that read some records, and the records by key."""
        name, key = group.name(self._prefix), features[0]
        wanted = [f"{layer}/{each}" for each in keys for layer in online.layers]
        pointer = [feature for feature, _ in LOADS.definitions]
        found = self._records.get([asking(self._loads, [POINTER], pointer), asking(name, wanted, features)])
        said = found.get((self._loads, POINTER))
        rows: Rows = {}
        for each in keys:
            places = ((name, f"{layer}/{each}") for layer in online.layers)
            first = next((found[place] for place in places if place in found), None)
            if first and key in first:  # one without its key says that it is gone
                rows[each] = first
        return Online.of(said) if said else None, rows

    def _refuse_expired(self, online: Online) -> None:
        if not self._ttl or not online.oldest:
            return
        if self._clock() >= datetime.fromisoformat(online.oldest) + self._ttl:
            raise StoreUnavailableError(
                f"records under {self._prefix} are older than [sagemaker] ttl_days and begin to expire; "
                "`pairlake run` loads them anew"
            )


def new_layer(before: Online | None) -> str:
    """The name of a layer that nobody else has, for a load that begins with this state."""
    return f"{uuid4().hex}{_SINCE}{before.event_time if before else ''}"


def is_over(layer: str, online: Online) -> bool:
    """Whether a layer is not in force and cannot come to be: its load began with an earlier state."""
    return layer not in online.layers and layer.partition(_SINCE)[2] < online.event_time


def floored(time: datetime) -> str:
    """A time as the service takes it: ISO-8601 in UTC, to the millisecond below."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def after(time: str) -> str:
    """The time that follows one."""
    return floored(datetime.fromisoformat(time) + _TICK)

"""What one lookup reads of a store: index, records and what was loaded, all of one state, before a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from features.store import (
    IndexEntry,
    Loaded,
    LoadedAnewError,
    OnlineReads,
    PackedEntity,
    Reads,
    StoreUnavailableError,
)
from features.store.deadline import Deadline

_ATTEMPTS = 3
"""Reads of a store that is loaded anew meanwhile; loads are minutes apart."""

Result = TypeVar("Result")
Ranked = dict[str, tuple[int, int]]
"""Ids in the order in which they are candidates: the place of a rule, and a number of keys, that each shares."""


class SingleReads:
    """The reads of a feature store one at a time, each of one state."""

    def read_index(self: OnlineReads, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """Online: the records of these blocking keys. A key that nobody carries is left out."""
        return of_one_state(self, lambda reads: reads.read_index(keys))

    def read_entities(self: OnlineReads, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """Online: these entities' prepared records. An unknown entity is left out."""
        return of_one_state(self, lambda reads: reads.read_entities(ids))


def of_one_state(store: OnlineReads, work: Callable[[Reads], Result]) -> Result:
    """What comes of some reads of one load; they are made again where a store was loaded anew between them."""
    for _ in range(_ATTEMPTS):
        try:
            with store.one_state() as reads:
                return work(reads)
        except LoadedAnewError:
            continue
    raise LoadedAnewError(f"the online store was loaded anew during each of {_ATTEMPTS} reads")


@dataclass
class Found:
    """What a store said, as far as it came: None is what it did not say, and `away` the reason.

    `ranked` are the ids of the index; `seconds` are those of each read.
    """

    index: Mapping[str, IndexEntry] | None = None
    ranked: Ranked = field(default_factory=dict)
    entities: Mapping[str, PackedEntity] | None = None
    loaded: Loaded | None = None
    away: StoreUnavailableError | OSError | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def read(
    store: OnlineReads,
    keys: Sequence[str],
    rank: Callable[[Mapping[str, IndexEntry]], Ranked],
    limit: int,
    deadline: Deadline,
) -> Found:
    """The records of these keys, and those of the first ids among them as they are ranked, all of one state.

    A store that is away, or late, is said in `away`; what it said before stays.
    """
    said = Found()

    def attempt(reads: Reads) -> None:
        nonlocal said
        found = said = Found(loaded=reads.loaded())
        began = time.perf_counter()
        index = reads.read_index(keys)
        found.seconds["index"] = time.perf_counter() - began
        found.ranked = rank(index)
        found.index = index
        began = time.perf_counter()
        entities = reads.read_entities(list(found.ranked)[:limit])
        found.seconds["entities"] = time.perf_counter() - began
        found.entities = entities

    try:
        deadline.within(lambda: of_one_state(store, attempt))
    except LoadedAnewError as error:  # what was read may be of two loads
        return Found(away=error)
    except (StoreUnavailableError, OSError) as error:  # the thread that reads may outlive this
        return replace(said, away=error, seconds=dict(said.seconds))
    return said

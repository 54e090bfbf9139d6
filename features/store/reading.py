"""What one lookup reads of a store: index, records and what was loaded, all of one state, before a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from features.store import IndexEntry, Loaded, PackedEntity, StoreUnavailableError
from features.store.deadline import Deadline

_ATTEMPTS = 3
"""Reads of a store that is loaded anew meanwhile; loads are minutes apart."""


class OnlineReads(Protocol):
    """The part of a feature store that a lookup needs."""

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """The records of these blocking keys."""

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """These entities' prepared records."""

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""


@runtime_checkable
class OneState(Protocol):
    """A store that can show one state of itself for several reads: by a transaction, by a version in its keys."""

    def one_state(self) -> AbstractContextManager[OnlineReads]:
        """Reads that all see one load, whatever is written meanwhile."""


@dataclass
class Found:
    """What a store said, as far as it came: None is what it did not say, and `away` the reason.

    `seconds` are those of each read.
    """

    index: Mapping[str, IndexEntry] | None = None
    entities: Mapping[str, PackedEntity] | None = None
    loaded: Loaded | None = None
    away: StoreUnavailableError | OSError | None = None
    seconds: dict[str, float] = field(default_factory=dict)


Choose = Callable[[Mapping[str, IndexEntry]], Sequence[str]]
"""The ids whose records are wanted, by what the index holds."""


def read(store: OnlineReads, keys: Sequence[str], choose: Choose, deadline: Deadline) -> Found:
    """The records of these keys, and those of the ids chosen among them.

    A store that is away, or late, is said in `away`; what it said before stays. All that is found is of one state:
    where a store was loaded anew between the reads, they are made again.
    """
    for _ in range(_ATTEMPTS):
        found = _Reading(store, keys, choose, deadline).found()
        if found is not None:
            return found
    return Found(away=StoreUnavailableError(f"the online store was loaded anew during each of {_ATTEMPTS} reads"))


class _Reading:
    """One attempt. The thread that reads may outlive it, so it writes where nobody reads any more."""

    def __init__(self, store: OnlineReads, keys: Sequence[str], choose: Choose, deadline: Deadline) -> None:
        self._store, self._keys, self._choose, self._deadline = store, keys, choose, deadline
        self._said = Found()
        self._same = True

    def found(self) -> Found | None:
        """What was read, None where it is of two states."""
        try:
            self._deadline.within(self._read)
        except (StoreUnavailableError, OSError) as error:
            said = self._said
            return Found(said.index, said.entities, said.loaded, error, dict(said.seconds))
        return self._said if self._same else None

    def _read(self) -> None:
        said = self._said
        with _one_state(self._store) as (reads, still):
            said.loaded = reads.loaded()
            began = time.perf_counter()
            index = reads.read_index(self._keys)
            said.seconds["index"] = time.perf_counter() - began
            said.index, ids = index, self._choose(index)
            began = time.perf_counter()
            entities = reads.read_entities(ids)
            said.seconds["entities"] = time.perf_counter() - began
            self._same = still(said.loaded)
            said.entities = entities


@contextmanager
def _one_state(store: OnlineReads) -> Iterator[tuple[OnlineReads, Callable[[Loaded | None], bool]]]:
    """The store's reads, and whether what was loaded is still what it was."""
    if isinstance(store, OneState):
        with store.one_state() as reads:
            yield reads, lambda _: True
    else:
        yield store, lambda before: store.loaded() == before

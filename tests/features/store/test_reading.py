"""What a lookup reads is of one load, whatever is put online meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from features.store import IndexEntry, Loaded, PackedEntity, StoreUnavailableError
from features.store.deadline import Deadline
from features.store.reading import Found, OneState, read

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Loading:
    """A store whose load `n` says n everywhere, and that is loaded anew before each read named in `when`."""

    def __init__(self, *when: int) -> None:
        self._when, self._reads, self._load = when, 0, 0

    def loaded(self) -> Loaded:
        return Loaded(FIRST + timedelta(days=self._load), str(self._load))

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        self._read()
        return {key: IndexEntry((f"e{self._load}",), 1) for key in keys}

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        self._read()
        return {entity: PackedEntity(str(self._load).encode(), str(self._load)) for entity in ids}

    def _read(self) -> None:
        self._reads += 1
        self._load += self._reads in self._when


class Snapshots(Loading):
    """The same, which shows each reader the load that there was when it began."""

    @contextmanager
    def one_state(self) -> Iterator[Loading]:
        kept = Loading()
        kept._load = self._load
        self._read()
        yield kept


def found(store: Loading) -> Found:
    return read(store, ["k"], lambda index: [i for entry in index.values() for i in entry.entity_ids], Deadline(60_000))


def of_one_load(said: Found) -> bool:
    assert said.index and said.entities and said.loaded
    ids = {i for entry in said.index.values() for i in entry.entity_ids}
    loads = {entity.packed.decode() for entity in said.entities.values()}
    return ids == {f"e{load}" for load in loads} and loads == {said.loaded.fingerprint}


@pytest.mark.parametrize("when", [(), (1,), (2,), (1, 3), (2, 4)])
@pytest.mark.parametrize("kind", [Loading, Snapshots])
def test_all_that_is_read_is_of_one_load(kind: type[Loading], when: tuple[int, ...]) -> None:
    assert of_one_load(found(kind(*when)))


def test_a_store_that_is_loaded_all_the_time_is_flagged() -> None:
    said = found(Loading(*range(1, 100)))
    assert (said.index, said.entities, said.loaded) == (None, None, None)
    assert "loaded anew during each" in str(said.away)


def test_a_store_says_by_itself_whether_it_shows_one_state() -> None:
    assert isinstance(Snapshots(), OneState)
    assert not isinstance(Loading(), OneState)


def test_what_was_said_before_the_store_went_away_stays() -> None:
    store = Loading()
    store.read_entities = _away  # type: ignore[method-assign]
    said = found(store)
    assert said.index == {"k": IndexEntry(("e0",), 1)}
    assert (said.entities, str(said.away)) == (None, "away")
    assert set(said.seconds) == {"index"}


def _away(_: Sequence[str]) -> dict[str, PackedEntity]:
    raise StoreUnavailableError("away")

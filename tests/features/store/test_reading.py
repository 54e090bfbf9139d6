"""What a lookup reads is of one load, whatever is put online meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from features.store import IndexEntry, Loaded, LoadedAnewError, PackedEntity, StoreUnavailableError
from features.store.deadline import Deadline
from features.store.reading import Found, SingleReads, read

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Snapshots:
    """A store whose load `n` says n everywhere, that is loaded anew before each read named in `when`.

    It shows each reader the load that there was when it began.
    """

    def __init__(self, *when: int) -> None:
        self._when, self._reads, self.load = when, 0, 0

    @contextmanager
    def one_state(self) -> Iterator[Load]:
        yield Load(self, self.load)

    def changed(self, load: int) -> None:
        """Before each read: it may be loaded anew."""
        self._reads += 1
        self.load += self._reads in self._when


class Moving(Snapshots):
    """The same, which cannot show a load any more that another took the place of."""

    def changed(self, load: int) -> None:
        super().changed(load)
        if self.load != load:
            raise LoadedAnewError("loaded anew")


class Load:
    """Reads of one load."""

    def __init__(self, store: Snapshots, load: int) -> None:
        self._store, self._load = store, load

    def loaded(self) -> Loaded:
        return Loaded(FIRST + timedelta(days=self._load), str(self._load))

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        self._store.changed(self._load)
        return {key: IndexEntry((f"e{self._load}",), 1) for key in keys}

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        self._store.changed(self._load)
        return {entity: PackedEntity(str(self._load).encode(), str(self._load)) for entity in ids}


def found(store: Snapshots) -> Found:
    def ranked(index: Mapping[str, IndexEntry]) -> dict[str, list[int]]:
        return {entity_id: [1] for entry in index.values() for entity_id in entry.entity_ids}

    return read(store, ["k"], ranked, 10, Deadline(60_000))


def of_one_load(said: Found) -> bool:
    assert said.index and said.entities and said.loaded
    ids = {i for entry in said.index.values() for i in entry.entity_ids}
    loads = {entity.packed.decode() for entity in said.entities.values()}
    return ids == {f"e{load}" for load in loads} and loads == {said.loaded.fingerprint}


@pytest.mark.parametrize("when", [(), (1,), (2,), (1, 3), (2, 4)])
@pytest.mark.parametrize("kind", [Snapshots, Moving])
def test_all_that_is_read_is_of_one_load(kind: type[Snapshots], when: tuple[int, ...]) -> None:
    assert of_one_load(found(kind(*when)))


def test_a_store_that_is_loaded_all_the_time_is_flagged() -> None:
    said = found(Moving(*range(1, 100)))
    assert (said.index, said.entities, said.loaded) == (None, None, None)
    assert "loaded anew during each" in str(said.away)


def test_what_was_said_before_the_store_went_away_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Load, "read_entities", _away)
    said = found(Snapshots())
    assert said.index == {"k": IndexEntry(("e0",), 1)}
    assert (said.entities, str(said.away)) == (None, "away")
    assert set(said.seconds) == {"index"}


def _away(_: Load, __: Sequence[str]) -> dict[str, PackedEntity]:
    raise StoreUnavailableError("away")


class Single(SingleReads, Moving):
    """A store read by single reads."""


def test_a_single_read_is_of_one_load_too() -> None:
    assert Single(1).read_index(["k"]) == {"k": IndexEntry(("e1",), 1)}
    with pytest.raises(StoreUnavailableError, match="loaded anew during each"):
        Single(*range(1, 100)).read_entities(["e"])

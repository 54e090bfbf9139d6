"""What every feature store does alike, whatever lies behind it: a new one is added to `SITES` in conftest.py.

Rows are read without a JVM; what Spark reads for a store is tested with that store.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.store import (
    FeatureStore,
    IndexEntry,
    Loaded,
    Materialised,
    PackedEntity,
    SchemaChangeError,
    StaleWriteError,
    StoreError,
    StoreUnavailableError,
)
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_SPARK = cast("SparkSession", None)

THREE = {"a:1": b"\x00one", "a:2": b"", "ß:é 👋": b"three"}


class Place:
    """A store of a kind, opened and applied, and the tables to load it with."""

    def __init__(self, site: Any, lake: Any, catalogue: Catalogue, reading: Any) -> None:
        self.site, self.lake, self.catalogue, self.reading = site, lake, catalogue, reading
        self.store = self.opened()
        self.store.apply()

    def opened(self) -> FeatureStore:
        return cast("FeatureStore", self.site.open(self.catalogue))

    def load(
        self, entities: Mapping[str, bytes], at: datetime, *, rows_at: datetime | None = None, store: Any = None
    ) -> Materialised:
        """All tables, of these entities, as of a time; the rows may be of another."""
        tables = self.lake.online(entities, rows_at or at)
        return cast("Materialised", (store or self.store).materialise(NO_SPARK, tables, Loaded(at, "f")))

    def refresh(
        self, entities: Mapping[str, bytes], at: datetime, touched: Mapping[str, pa.Array], **times: datetime
    ) -> Materialised:
        tables = self.lake.online(entities, times.get("rows_at", at))
        return self.store.refresh(NO_SPARK, tables, Loaded(at, "f"), touched)

    def holds(self, store: FeatureStore | None = None) -> dict[str, bytes]:
        """Of all entities that the tests know: those that are online, after a look at the index."""
        read = (store or self.store).read_entities(sorted({*THREE, "a:3", "a:4", "nobody"}))
        assert {entity.fingerprint for entity in read.values()} <= {"f"}
        return {entity_id: entity.packed for entity_id, entity in read.items()}


@pytest.fixture
def place(site: Any, lake: Any, catalogue: Catalogue, reading: Any) -> Place:
    return Place(site, lake, catalogue, reading)


def touching(*ids: str) -> dict[str, pa.Array]:
    """The keys that a change of these entities touches."""
    return {
        ONLINE_ENTITIES.name: pa.array(ids, pa.string()),
        BLOCKING_INDEX.name: pa.array([*(f"own {i}" for i in ids), "7"], pa.string()),
    }


class TestLoad:
    def test_what_is_materialised_is_read_back_and_doing_it_again_changes_nothing(self, place: Place) -> None:
        for _ in range(2):
            assert place.load(THREE, NOON) == Materialised(entities=3, keys=4)
            assert place.store.read_entities(["a:2", "a:1", "ß:é 👋"]) == {
                "a:1": PackedEntity(b"\x00one", "f"),
                "a:2": PackedEntity(b"", "f"),
                "ß:é 👋": PackedEntity(b"three", "f"),
            }
            assert place.store.read_index(["7", "own a:1"]) == {
                "7": IndexEntry(("a:1", "a:2", "ß:é 👋"), 4),
                "own a:1": IndexEntry(("a:1",), 2),
            }
            assert place.store.loaded() == place.opened().loaded() == Loaded(NOON, "f")

    def test_what_is_not_there_is_left_out_and_never_zero(self, place: Place) -> None:
        place.load(THREE, NOON)
        assert place.store.read_entities(["nobody", "a:1", "A:1"]) == {"a:1": PackedEntity(b"\x00one", "f")}
        assert place.store.read_index(["17", "own nobody"]) == {}
        assert place.store.read_entities([]) == {}
        assert place.store.read_index([]) == {}

    def test_more_keys_than_one_request_carries_are_all_answered(self, place: Place) -> None:
        many = {f"m:{n:03}": str(n).encode() for n in range(260)}
        assert place.load(many, NOON) == Materialised(260, 261)
        read = place.store.read_entities([f"m:{n:03}" for n in range(300)])
        assert {entity_id: entity.packed for entity_id, entity in read.items()} == many
        assert place.store.read_index(["7"])["7"] == IndexEntry(tuple(many), 261)

    def test_what_is_gone_from_the_tables_is_gone_for_whoever_had_the_store_open(self, place: Place) -> None:
        place.load(THREE, NOON)
        reader = place.opened()
        assert place.holds(reader) == THREE
        assert place.load({"a:2": b"two"}, NOON + HOUR) == Materialised(1, 2)
        for store in (place.store, reader, place.opened()):
            assert place.holds(store) == {"a:2": b"two"}
            assert store.read_index(["7", "own a:1", "own a:2"]) == {
                "7": IndexEntry(("a:2",), 2),
                "own a:2": IndexEntry(("a:2",), 2),
            }

    def test_empty_tables_empty_the_store(self, place: Place) -> None:
        place.load(THREE, NOON)
        assert place.load({}, NOON) == Materialised(0, 0)
        assert place.holds() == {}
        assert place.store.loaded() == Loaded(NOON, "f")

    def test_nothing_is_online_before_the_first_load(self, place: Place) -> None:
        assert place.store.loaded() is None

    def test_a_time_without_zone_is_refused(self, place: Place) -> None:
        with pytest.raises(StoreError, match="no time zone"):
            place.load(THREE, NOON.replace(tzinfo=None), rows_at=NOON)


class TestRefresh:
    def test_touched_keys_are_as_in_the_tables_and_the_others_as_they_were(self, place: Place) -> None:
        place.load(THREE, NOON)
        reader = place.opened()
        after = {"a:1": b"changed", "a:2": b"", "a:3": b"new"}  # and "ß:é 👋" is gone
        done = place.refresh(after, NOON + HOUR, touching("a:1", "a:3", "ß:é 👋"))
        assert done == Materialised(entities=2, keys=3)
        for store in (place.store, reader, place.opened()):
            assert place.holds(store) == after
            assert store.read_index(["7", "own a:2", "own a:3", "own ß:é 👋"]) == {
                "7": IndexEntry(("a:1", "a:2", "a:3"), 4),
                "own a:2": IndexEntry(("a:2",), 2),
                "own a:3": IndexEntry(("a:3",), 2),
            }
            assert store.loaded() == Loaded(NOON + HOUR, "f")

    def test_nothing_touched_moves_the_time_alone(self, place: Place) -> None:
        place.load(THREE, NOON)
        none = {name: pa.array([], pa.string()) for name in (ONLINE_ENTITIES.name, BLOCKING_INDEX.name)}
        assert place.refresh(THREE, NOON + HOUR, none) == Materialised(0, 0)
        assert place.holds() == THREE
        assert place.store.loaded() == Loaded(NOON + HOUR, "f")

    @pytest.mark.parametrize("seed", range(2))
    def test_any_sequence_of_loads_and_refreshes_holds_what_the_last_tables_hold(self, place: Place, seed: int) -> None:
        drawn, tables = random.Random(seed), dict(THREE)
        place.load(tables, NOON)
        for step in range(1, 9):
            ids = drawn.sample(["a:1", "a:2", "a:3", "a:4"], drawn.randint(1, 3))
            for entity_id in ids:
                if drawn.random() < 0.4:
                    tables.pop(entity_id, None)
                else:
                    tables[entity_id] = f"{step}".encode()
            at = NOON + step * HOUR
            if drawn.random() < 0.25:
                place.load(tables, at)
            else:
                place.refresh(tables, at, touching(*ids))
            assert place.holds(place.opened()) == place.holds() == tables


class TestEventTimes:
    def test_an_older_load_or_refresh_is_refused_and_nothing_is_written(self, place: Place) -> None:
        place.load(THREE, NOON)
        with pytest.raises(StaleWriteError, match="Nothing was written"):
            place.load({"a:1": b"before", "a:4": b"deleted since"}, NOON - HOUR)
        with pytest.raises(StaleWriteError, match="Nothing was written"):
            place.refresh({"a:1": b"before"}, NOON - HOUR, touching("a:1", "a:2"))
        assert place.holds() == THREE
        assert place.store.loaded() == Loaded(NOON, "f")

    def test_an_older_row_is_refused_whatever_the_run_says_it_is_as_of(self, place: Place) -> None:
        place.load(THREE, NOON)
        with pytest.raises(StaleWriteError, match="Nothing was written"):
            place.load({"a:1": b"before"}, NOON + HOUR, rows_at=NOON - HOUR)
        with pytest.raises(StaleWriteError, match="Nothing was written"):
            place.refresh({"a:1": b"before"}, NOON + HOUR, touching("a:1"), rows_at=NOON - HOUR)
        assert place.holds() == THREE
        assert place.store.loaded() == Loaded(NOON, "f")
        place.load({"a:1": b"as old"}, NOON)  # of the same time: done again
        assert place.holds() == {"a:1": b"as old"}

    def test_going_back_is_done_where_it_is_asked_for(self, place: Place) -> None:
        place.load(THREE, NOON)
        before = place.lake.online({"a:1": b"before"}, NOON - HOUR)
        place.store.materialise(NO_SPARK, before, Loaded(NOON - HOUR, "f"), back=True)
        assert place.holds() == {"a:1": b"before"}
        assert place.store.loaded() == Loaded(NOON - HOUR, "f")
        place.load({"a:2": b"on from there"}, NOON - HOUR / 2)  # what was newer is forgotten
        assert place.holds() == {"a:2": b"on from there"}


class TestFailure:
    def test_a_load_that_fails_leaves_what_was_online_and_the_next_one_works(self, place: Place) -> None:
        place.load(THREE, NOON)
        row = {"entity_id": "a:1", "packed": b"twice", "fingerprint": "f", "event_timestamp": NOON + HOUR}
        with pytest.raises(StoreError, match="online_entities has two rows of one entity_id"):
            place.store.materialise(NO_SPARK, place.lake.tables([row, row], []), Loaded(NOON + HOUR, "f"))
        assert place.holds() == THREE
        place.load({"a:2": b"two"}, NOON + HOUR)
        assert place.holds() == {"a:2": b"two"}

    @pytest.mark.parametrize("work", ["load", "refresh"])
    def test_work_that_is_broken_off_leaves_what_was_online(self, place: Place, work: str) -> None:
        place.load(THREE, NOON)

        def breaks(table: str) -> None:
            if table == BLOCKING_INDEX.name:
                raise KeyboardInterrupt
            place.reading.before = breaks  # the entities are written, the index is not

        place.reading.before = breaks
        with pytest.raises(KeyboardInterrupt):
            if work == "load":
                place.load({"a:2": b"two"}, NOON + HOUR)
            else:
                place.refresh({"a:2": b"two"}, NOON + HOUR, touching("a:1", "a:2"))
        for store in (place.store, place.opened()):
            assert place.holds(store) == THREE
            assert store.read_index(["7"])["7"].records == 4
            assert store.loaded() == Loaded(NOON, "f")
        place.refresh(THREE | {"a:2": b"two"}, NOON + HOUR, touching("a:2"))
        assert place.holds() == THREE | {"a:2": b"two"}

    def test_of_two_that_write_at_once_one_wins(self, place: Place) -> None:
        place.load(THREE, NOON)
        other = place.opened()
        place.reading.before = lambda _: place.load({"a:2": b"other"}, NOON + HOUR, store=other)
        with pytest.raises(StoreError):
            place.load({"a:1": b"ours"}, NOON)
        assert place.holds() == {"a:2": b"other"}
        assert place.store.loaded() == Loaded(NOON + HOUR, "f")
        place.load({"a:1": b"later"}, NOON + 2 * HOUR)
        assert place.holds() == {"a:1": b"later"}

    def test_a_store_that_cannot_be_reached_says_so_and_serves_again_afterwards(self, place: Place) -> None:
        place.load(THREE, NOON)
        place.site.cut()
        attempts: list[Callable[[], Any]] = [
            lambda: place.store.read_entities(["a:1"]),
            lambda: place.store.read_index(["7"]),
            lambda: place.load({"a:1": b"later"}, NOON + HOUR),
            lambda: place.refresh({"a:1": b"later"}, NOON + HOUR, touching("a:1")),
        ]
        for attempt in attempts:
            with pytest.raises(StoreUnavailableError):
                attempt()
        place.site.mend()
        assert place.holds() == THREE
        place.load({"a:1": b"later"}, NOON + HOUR)
        assert place.holds(place.opened()) == place.holds() == {"a:1": b"later"}


class TestReaders:
    def test_whoever_reads_during_loads_and_refreshes_sees_one_state_and_never_a_mix(self, place: Place) -> None:
        ids = [f"m:{n}" for n in range(40)]
        mixed: list[Any] = []
        done = threading.Event()
        place.load(dict.fromkeys(ids, b"0"), NOON)

        def watch(store: FeatureStore) -> None:
            seen = 0
            while not done.is_set():
                read = store.read_entities(ids)
                states = {int(entity.packed) for entity in read.values()}
                if len(read) != len(ids) or len(states) != 1 or min(states) < seen:
                    mixed.append((len(read), sorted(states), seen))
                    return
                (seen,) = states

        watchers = [threading.Thread(target=watch, args=(place.opened(),)) for _ in range(2)]
        for watcher in watchers:
            watcher.start()
        try:
            for step in range(1, 7):
                entities = dict.fromkeys(ids, str(step).encode())
                if step % 2:
                    place.load(entities, NOON + step * HOUR)
                else:
                    place.refresh(entities, NOON + step * HOUR, touching(*ids))
        finally:
            done.set()
            for watcher in watchers:
                watcher.join()
        assert mixed == []


class TestDefinitions:
    def test_applying_again_and_fewer_or_more_features_are_fine_but_a_changed_type_is_refused(
        self, place: Place
    ) -> None:
        few = place.catalogue.select(["name_equal", "lei_agreement"], None)
        place.load(THREE, NOON)
        place.site.open(few).apply()
        place.opened().apply()
        with pytest.raises(SchemaChangeError, match="packed"):
            place.site.open(place.catalogue, with_another_type(place)).apply()
        assert place.holds() == THREE


def with_another_type(place: Place) -> list[Any]:
    """The definitions of the place's catalogue, in which packed records are texts."""
    from feature_repo.definitions import define  # noqa: PLC0415  importing Feast takes seconds
    from features import tables  # noqa: PLC0415

    changed = define(place.catalogue, {table.name: f"/nowhere/{table.name}" for table in tables.ALL})
    (view,) = (each for each in changed if each.name == ONLINE_ENTITIES.name)
    as_text = next(field.dtype for field in view.features if field.name == "fingerprint")
    next(field for field in view.features if field.name == "packed").dtype = as_text
    return changed

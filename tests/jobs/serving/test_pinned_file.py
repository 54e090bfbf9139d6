"""A pinned file is read as Feast reads it, in transactions, until it is let go of."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feast
import pytest
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from features import catalogue as catalogues
from features.store import StoreUnavailableError
from features.store.feast_reads import FeastReads
from features.store.feast_store import FeastStore
from jobs.online import open_store

if TYPE_CHECKING:
    from conftest import OnlineLake


def store_of(lake: OnlineLake) -> FeastStore:
    settings = lake.settings()
    return open_store(settings, catalogues.chosen(settings))


def keys_and_ids(lake: OnlineLake) -> tuple[list[str], list[str]]:
    with closing(sqlite3.connect(lake.file)) as file:
        keys = file.execute('SELECT DISTINCT entity_key FROM "pairlake_blocking_index"').fetchall()
    # Feast's bytes end in the length of the text and the text.
    return [key.decode("latin-1").rpartition("\0\0\0")[2] for (key,) in keys], [f"h:{n}" for n in range(9)]


def feasts_own(store: FeastStore, table: str, keys: list[str]) -> list[dict[str, Any]]:
    """What Feast's reader finds of these keys: the values of each that is there, by name."""
    view = store._views[table]
    asked = [EntityKey(join_keys=view.join_keys, entity_values=[Value(string_val=key)]) for key in keys]
    found = SqliteOnlineStore().online_read(feast.RepoConfig(**store._settings), view, asked)
    return [row for _, row in found if row]


def test_it_reads_what_feast_reads(online_lake: OnlineLake) -> None:
    store = store_of(online_lake)
    pinned = store.pinned(2)
    keys, ids = keys_and_ids(online_lake)
    index, entities = pinned.read_index([*keys, "none"]), pinned.read_entities(ids)
    assert (len(index), len(entities)) == (len(keys), 5)
    assert len(keys) > 20
    assert [(list(of.entity_ids), of.records) for of in map(index.get, keys) if of] == [
        (list(row["entity_ids"].string_list_val.val), row["records"].int64_val)
        for row in feasts_own(store, "blocking_index", [*keys, "none"])
    ]
    assert [(entities[i].packed, entities[i].fingerprint) for i in ids if i in entities] == [
        (row["packed"].bytes_val, row["fingerprint"].string_val) for row in feasts_own(store, "online_entities", ids)
    ]
    assert (store.read_index(keys), store.read_entities(ids)) == (index, entities)
    assert pinned.loaded() == store.loaded()
    assert pinned.stays
    assert (pinned.read_index([]), pinned.read_entities([])) == ({}, {})


def test_reads_of_one_state_see_no_refresh_in_between(own_lake: OnlineLake) -> None:
    pinned = store_of(own_lake).pinned(1)
    _, ids = keys_and_ids(own_lake)
    with pinned.one_state() as reads:
        before = reads.read_entities(ids)
        with closing(sqlite3.connect(own_lake.file, timeout=0)) as writer, pytest.raises(sqlite3.OperationalError):
            writer.execute("DELETE FROM pairlake_online_entities")
            writer.commit()  # what reads holds it up: a refresh waits for that long
        assert reads.read_entities(ids) == before
    with closing(sqlite3.connect(own_lake.file)) as writer:
        writer.execute("DELETE FROM pairlake_online_entities")
        writer.commit()
    assert pinned.read_entities(ids) == {}
    assert pinned.loaded() == store_of(own_lake).loaded()


def test_another_file_in_its_place_changes_nothing_for_those_who_read(own_lake: OnlineLake) -> None:
    pinned = store_of(own_lake).pinned(1)
    _, ids = keys_and_ids(own_lake)
    before = pinned.read_entities(ids)
    own_lake.load([{"name": "Another"}])
    assert pinned.loaded() is None  # it is not what is online
    assert pinned.read_entities(ids) == before


def test_what_is_read_is_never_written(own_lake: OnlineLake) -> None:
    pinned = store_of(own_lake).pinned(1)
    with pytest.raises(StoreUnavailableError, match="readonly"), pinned.one_state() as reads:
        reads.load._connection.execute("DELETE FROM loaded")
    assert pinned.loaded() is not None


def test_a_file_that_is_not_there_is_away(own_lake: OnlineLake) -> None:
    store = store_of(own_lake)
    own_lake.file.unlink()
    with pytest.raises(StoreUnavailableError, match="there is no online store"):
        store.pinned(1)
    assert not own_lake.file.exists()


def test_a_file_that_is_no_database_is_away_and_not_answered_from(own_lake: OnlineLake) -> None:
    store = store_of(own_lake)
    own_lake.file.write_bytes(b"no database at all, for more than a hundred bytes" * 9)
    with pytest.raises(StoreUnavailableError):
        store.pinned(1).loaded()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted by Linux's /proc")
def test_it_is_closed_when_the_last_reader_is_done(own_lake: OnlineLake) -> None:
    gc.collect()  # of what loaded the lake, nothing is left to be counted
    before = _open_files(own_lake.file)
    pinned: FeastReads | None = store_of(own_lake).pinned(3)
    assert _open_files(own_lake.file) == before + 3
    pinned = None
    gc.collect()
    assert (_open_files(own_lake.file), pinned) == (before, None)


def _open_files(file: Path) -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(file) == str(link.readlink()) for link in links)

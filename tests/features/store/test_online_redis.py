"""Redis behind Feast: its layout, what a kill leaves, and settings that would break what is promised."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import feast
import pyarrow as pa
import pytest
import yaml
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from features import tables
from features.catalogue import Catalogue
from features.store import Loaded, StoreError, StoreUnavailableError
from features.store.feast_store import FeastStore
from features.store.layers import Claim
from features.tables import ONLINE_ENTITIES

redis = pytest.importorskip("redis", reason="redis-py is not installed; requirements/dev.txt brings it")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_SPARK = cast("Any", None)
THREE = {"a:1": b"one", "a:2": b"two", "a:3": b"three"}


@pytest.fixture
def store(redis_site: Any, catalogue: Catalogue, reading: Any) -> FeastStore:
    store: FeastStore = redis_site.open(catalogue)
    store.apply()
    return store


def client(site: Any) -> Any:
    return redis.Redis(port=site.server.port)


def keys(site: Any) -> list[bytes]:
    """What Redis holds of a site."""
    return sorted(key for key in client(site).scan_iter() if site.project.encode() in key)


def packed(store: FeastStore, *ids: str) -> dict[str, bytes]:
    return {entity_id: entity.packed for entity_id, entity in store.read_entities(ids).items()}


def test_feasts_own_reader_finds_a_load_under_the_project_of_its_layer(
    lake: Any, store: FeastStore, redis_site: Any
) -> None:
    assert not store.pinned(1).stays, "another load takes the place of the one that is read"
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    layer = client(redis_site).hget(f"{redis_site.project}:loaded", "layer").decode()
    config = feast.RepoConfig(**{**store._settings, "project": f"{redis_site.project}_{layer}"})
    reader = feast.FeatureStore(config=config).provider
    asked = [EntityKey(join_keys=["entity_id"], entity_values=[Value(string_val="a:2")])]
    ((at, row),) = reader.online_read(config, store._views[ONLINE_ENTITIES.name], asked)
    assert at == NOON
    assert row["packed"].bytes_val == b"two"
    assert row["fingerprint"].string_val == "f"


def test_a_load_leaves_nothing_of_the_one_before_and_touches_nobody_elses_keys(
    lake: Any, store: FeastStore, redis_site: Any
) -> None:
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    row = next(key for key in keys(redis_site) if b"a:1" in key)
    others = [row.replace(b"a:1", b"a:1x"), b"x" + row, row + b"0", f"{redis_site.project}_1".encode()]
    for key in others:
        client(redis_site).set(key, "somebody else's")
    store.materialise(NO_SPARK, lake.online({"a:9": b"nine"}, NOON + HOUR), Loaded(NOON + HOUR, "f"))
    left = [key for key in keys(redis_site) if key not in others]
    assert len(left) == 3 + 2  # a record and its two keys; the state and the claims
    assert all(client(redis_site).exists(key) for key in others)


@pytest.mark.parametrize("load", ["whole", "refresh"])
def test_a_load_of_a_process_that_was_killed_is_cleared_by_the_next(
    lake: Any, store: FeastStore, redis_site: Any, load: str
) -> None:
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    rows = store._online._rows
    layer = rows.claim(Claim(1))
    for key in rows.row_keys(layer, store._views[ONLINE_ENTITIES.name], ["a:1", "half"]):
        client(redis_site).hset(key, "anything", "at all")
    assert packed(store, "a:1", "half") == {"a:1": b"one"}
    given = NO_SPARK, lake.online(THREE, NOON + HOUR), Loaded(NOON + HOUR, "f")
    if load == "whole":
        store.materialise(*given)
    else:
        nothing = dict.fromkeys((table.name for table in tables.ONLINE), pa.array([], pa.string()))
        store.refresh(*given, nothing)
    assert packed(store, "a:1") == {"a:1": b"one"}
    assert not [key for key in keys(redis_site) if b"half" in key]


def test_a_redis_that_is_killed_in_the_middle_of_a_load_comes_back_with_the_old_state(
    lake: Any, store: FeastStore, redis_site: Any, reading: Any
) -> None:
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    reading.before = lambda _: redis_site.cut()
    with pytest.raises(StoreUnavailableError, match="Redis cannot be reached"):
        store.materialise(NO_SPARK, lake.online({"a:9": b"nine"}, NOON + HOUR), Loaded(NOON + HOUR, "f"))
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        store.read_entities(["a:1"])
    assert time.monotonic() - started < 30, "an answer that nothing bounds"
    redis_site.mend()
    assert packed(store, "a:1", "a:9") == {"a:1": b"one"}
    store.materialise(NO_SPARK, lake.online({"a:9": b"nine"}, NOON + HOUR), Loaded(NOON + HOUR, "f"))
    assert packed(store, "a:1", "a:9") == {"a:9": b"nine"}
    assert len(keys(redis_site)) == 3 + 2


def test_a_redis_that_lost_everything_is_no_store_without_the_entity(
    lake: Any, store: FeastStore, redis_site: Any
) -> None:
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    client(redis_site).flushall()
    with pytest.raises(StoreUnavailableError, match="nothing is online"):
        store.read_entities(["a:1"])
    assert store.loaded() is None


def test_an_error_of_redis_quotes_no_record(lake: Any, store: FeastStore, redis_site: Any) -> None:
    client(redis_site).config_set("maxmemory", "1kb")
    try:
        with pytest.raises(StoreUnavailableError) as raised:
            store.materialise(NO_SPARK, lake.online({"a:1": b"a secret name"}), Loaded(NOON, "f"))
    finally:
        client(redis_site).config_set("maxmemory", "0")
    assert str(raised.value) == "Redis does not do what it was asked: OutOfMemoryError"


def test_a_redis_that_may_throw_records_away_is_refused(redis_site: Any, store: FeastStore) -> None:
    client(redis_site).config_set("maxmemory", "10mb")
    client(redis_site).config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(StoreError, match="allkeys-lru"):
            store.apply()
    finally:
        client(redis_site).config_set("maxmemory-policy", "noeviction")
        client(redis_site).config_set("maxmemory", "0")


def test_the_secret_comes_from_the_environment(
    lake: Any, redis_site: Any, catalogue: Catalogue, reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(redis_site).acl_setuser("pairlake", enabled=True, passwords=["+s3cret"], keys=["*"], categories=["+@all"])
    settings = yaml.safe_load(redis_site.settings.read_text())
    settings["online_store"]["connection_string"] += ",username=${REDIS_USER},password=${REDIS_SECRET}"
    redis_site.settings.write_text(yaml.safe_dump(settings))
    with pytest.raises(StoreError, match="wants the environment variable REDIS_USER for connection_string"):
        redis_site.open(catalogue)
    monkeypatch.setenv("REDIS_USER", "pairlake")
    monkeypatch.setenv("REDIS_SECRET", "s3cret")
    store = redis_site.open(catalogue)
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    assert packed(store, "a:1") == {"a:1": b"one"}
    monkeypatch.setenv("REDIS_SECRET", "wr0ng")
    with pytest.raises(StoreUnavailableError) as raised:
        redis_site.open(catalogue).loaded()
    assert "wr0ng" not in str(raised.value)


@pytest.mark.parametrize(
    ("online", "message"),
    [
        ({"redis_type": "redis_cluster"}, "cannot change rows in one step"),
        ({"key_ttl_seconds": 60}, "key_ttl_seconds is set"),
        ({"connection_string": "localhost:6379,password=plain"}, "a secret written out in connection_string"),
    ],
)
def test_settings_that_would_break_a_promise_are_refused(
    redis_site: Any, catalogue: Catalogue, online: dict[str, Any], message: str
) -> None:
    settings = yaml.safe_load(redis_site.settings.read_text())
    settings["online_store"] |= online
    redis_site.settings.write_text(yaml.safe_dump(settings))
    with pytest.raises(StoreError, match=message) as raised:
        redis_site.open(catalogue)
    assert "plain" not in str(raised.value)


def test_a_port_on_which_nobody_answers_is_said_to_be_away(
    tmp_path: Path, redis_site: Any, catalogue: Catalogue
) -> None:
    settings = yaml.safe_load(redis_site.settings.read_text())
    settings["online_store"]["connection_string"] = "127.0.0.1:9"
    redis_site.settings.write_text(yaml.safe_dump(settings))
    with pytest.raises(StoreUnavailableError, match="Redis cannot be reached: ConnectionError"):
        redis_site.open(catalogue).loaded()

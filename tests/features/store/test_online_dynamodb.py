"""DynamoDB behind Feast: its tables, throttling, refreshes that lie upon a load, and nothing left of whom is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pyarrow as pa
import pytest
import yaml

from features.catalogue import Catalogue
from features.store import Loaded, StoreError, StoreUnavailableError
from features.store.aws import until_nothing_is_left
from features.store.feast_store import FeastStore
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_SPARK = cast("Any", None)
THREE = {"a:1": b"one", "a:2": b"two", "a:3": b"three"}


@pytest.fixture
def store(dynamodb_site: Any, catalogue: Catalogue, reading: Any) -> FeastStore:
    store: FeastStore = dynamodb_site.open(catalogue)
    store.apply()
    return store


def items(store: FeastStore, view: str = ONLINE_ENTITIES.name) -> list[dict[str, Any]]:
    """The rows of a view's table, as they lie there."""
    rows = store._online._rows
    found = rows.client.scan(TableName=rows.table(view))["Items"]
    return [item for item in found if "/" in item["entity_id"]["S"]]


def packed(store: FeastStore, *ids: str) -> dict[str, bytes]:
    return {entity_id: entity.packed for entity_id, entity in store.read_entities(ids).items()}


def refresh(store: FeastStore, lake: Any, entities: dict[str, bytes], hour: int, *ids: str) -> None:
    touched = {ONLINE_ENTITIES.name: pa.array(ids), BLOCKING_INDEX.name: pa.array([f"own {i}" for i in ids])}
    at = NOON + hour * HOUR
    store.refresh(NO_SPARK, lake.online(entities, at), Loaded(at, "f"), touched)


def test_rows_lie_as_feast_lays_them_out_but_for_the_layer_before_the_key(lake: Any, store: FeastStore) -> None:
    from feast.infra.online_stores.helpers import compute_entity_id  # noqa: PLC0415  Feast takes seconds
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey  # noqa: PLC0415
    from feast.protos.feast.types.Value_pb2 import Value  # noqa: PLC0415

    assert not store.pinned(1).stays, "another load takes the place of the one that is read"
    store.materialise(NO_SPARK, lake.online({"a:1": b"one"}), Loaded(NOON, "f"))
    (item,) = items(store)
    feasts = compute_entity_id(EntityKey(join_keys=["entity_id"], entity_values=[Value(string_val="a:1")]))
    assert item["entity_id"]["S"] == f"1/{feasts}"
    assert datetime.fromisoformat(item["event_ts"]["S"]) == NOON
    assert Value.FromString(item["values"]["M"]["packed"]["B"]).bytes_val == b"one"


def test_nothing_is_left_of_an_entity_that_a_refresh_or_a_load_took_out(lake: Any, store: FeastStore) -> None:
    store.materialise(NO_SPARK, lake.online({"a:1": b"FORGOTTEN", "a:2": b"two"}), Loaded(NOON, "f"))
    refresh(store, lake, {"a:2": b"two"}, 1, "a:1")
    assert b"FORGOTTEN" not in repr(items(store)).encode()
    assert packed(store, "a:1", "a:2") == {"a:2": b"two"}
    store.materialise(NO_SPARK, lake.online({"a:3": b"three"}, NOON + 2 * HOUR), Loaded(NOON + 2 * HOUR, "f"))
    assert len(items(store)) == 1
    assert len(items(store, BLOCKING_INDEX.name)) == 2


def test_after_a_few_refreshes_all_is_loaded_anew_so_that_reads_stay_cheap(lake: Any, store: FeastStore) -> None:
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    for hour in range(1, 9):
        entities = THREE | {"a:1": str(hour).encode()}
        refresh(store, lake, entities, hour, "a:1")
        assert packed(store, *THREE) == entities
        state = store._online._rows.state()
        assert state is not None
        assert len(state.layers) <= 4


def test_what_dynamodb_does_not_get_to_is_asked_for_again(
    lake: Any, store: FeastStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Feast's own reader takes such keys for unknown ones."""
    client = store._online._rows.client
    write, read = client.batch_write_item, client.batch_get_item

    def writes_one(RequestItems: Any) -> Any:  # noqa: N803  boto3's name
        ((table, asked),) = RequestItems.items()
        write(RequestItems={table: asked[:1]})
        return {"UnprocessedItems": {table: asked[1:]} if asked[1:] else {}}

    def reads_one(RequestItems: Any) -> Any:  # noqa: N803
        ((table, asked),) = RequestItems.items()
        answer = read(RequestItems={table: asked | {"Keys": asked["Keys"][:1]}})
        rest = asked["Keys"][1:]
        return answer | {"UnprocessedKeys": {table: asked | {"Keys": rest}} if rest else {}}

    monkeypatch.setattr(client, "batch_write_item", writes_one)
    monkeypatch.setattr(client, "batch_get_item", reads_one)
    at_once = partial(until_nothing_is_left, sleep=lambda seconds: None)
    monkeypatch.setattr("features.store.dynamodb_layers.until_nothing_is_left", at_once)
    store.materialise(NO_SPARK, lake.online(THREE), Loaded(NOON, "f"))
    assert packed(store, *THREE) == THREE
    monkeypatch.setattr(
        client, "batch_get_item", lambda **asked: {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}
    )
    with pytest.raises(StoreUnavailableError, match="throttling"):
        store.read_entities(["a:1"])


def test_a_row_over_dynamodbs_limit_is_refused_by_its_key_and_nothing_of_its_load_is_seen(
    lake: Any, store: FeastStore
) -> None:
    fits = {"a:1": b"x" * 400_000}
    store.materialise(NO_SPARK, lake.online(fits), Loaded(NOON, "f"))
    with pytest.raises(StoreError, match=r"'a:2' of online_entities has 410,\d+ bytes; DynamoDB takes 409,600 an item"):
        store.materialise(NO_SPARK, lake.online({"a:1": b"new", "a:2": b"x" * 410_000}), Loaded(NOON + HOUR, "f"))
    assert packed(store, "a:1", "a:2") == fits


def test_a_table_that_is_not_there_says_who_makes_it(dynamodb_site: Any, catalogue: Catalogue) -> None:
    settings = yaml.safe_load(dynamodb_site.settings.read_text())
    settings["pairlake"]["create_tables"] = False
    dynamodb_site.settings.write_text(yaml.safe_dump(settings))
    store = dynamodb_site.open(catalogue)
    for attempt in (store.apply, store.loaded):
        with pytest.raises(StoreError, match="Terraform makes it"):
            attempt()

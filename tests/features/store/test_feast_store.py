"""Feast on Delta and SQLite: what it loses in silence is not lost here."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feast
import pyarrow as pa
import pytest
from pyspark.sql import functions as F

import feature_repo
from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score
from features.store import (
    IndexEntry,
    Loaded,
    Materialised,
    NotRegisteredError,
    PackedEntity,
    SchemaChangeError,
    StoreError,
    StoreUnavailableError,
)
from features.store.feast_store import FeastStore
from features.store.lookup import Lookup
from features.store.packing import Packing
from features.tables import PAIR_FEATURES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

REPO = Path(feature_repo.__file__).parent
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOWHERE = {table.name: f"/nowhere/{table.name}" for table in tables.ALL}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def store_of(catalogue: Catalogue, root: Path, paths: dict[str, str] | None = None) -> FeastStore:
    return FeastStore(REPO, str(root), define(catalogue, NOWHERE | (paths or {})))


@pytest.fixture
def store(root: Path, catalogue: Catalogue) -> FeastStore:
    store = store_of(catalogue, root)
    store.apply()
    return store


# --- online ---------------------------------------------------------------------------------------------------------


def test_what_spark_reads_is_put_online_and_refreshed_and_feast_itself_reads_it(
    spark: SparkSession, lake: Any, store: FeastStore, root: Path
) -> None:
    """The file is written in Feast's layout, so its own interface, server and tools see the same."""
    entities = {f"m:{n:03}": str(n).encode() for n in range(150)}
    assert store.materialise(spark, lake.online(entities, NOON), loaded(NOON)) == Materialised(150, 151)
    del entities["m:007"]
    touched = {"online_entities": pa.array(["m:007", "m:008"]), "blocking_index": pa.array(["7", "own m:007"])}
    after = lake.online(entities | {"m:008": b"eight"}, NOON + HOUR)
    assert store.refresh(spark, after, loaded(NOON + HOUR), touched) == Materialised(1, 1)
    assert store.read_entities(["m:007", "m:008", "m:009"]) == {
        "m:008": PackedEntity(b"eight", "f"),
        "m:009": PackedEntity(b"9", "f"),
    }
    assert store.read_index(["7"]) == {"7": IndexEntry(tuple(entities), 150)}
    assert b"m:007" not in (root / "feast" / "online.db").read_bytes()

    feasts_own = feast.FeatureStore(config=feast.RepoConfig(**store._settings))
    found = feasts_own.get_online_features(
        features=["online_entities:packed", "online_entities:fingerprint"],
        entity_rows=[{"entity_id": "m:008"}, {"entity_id": "nobody"}],
    ).to_dict()
    assert found == {"entity_id": ["m:008", "nobody"], "packed": [b"eight", None], "fingerprint": ["f", None]}
    found = feasts_own.get_online_features(
        features=["blocking_index:entity_ids", "blocking_index:records"], entity_rows=[{"key": "own m:009"}]
    ).to_dict()
    assert found == {"key": ["own m:009"], "entity_ids": [["m:009"]], "records": [2]}


def test_a_store_that_was_never_loaded_says_so(root: Path, catalogue: Catalogue) -> None:
    with pytest.raises(StoreError, match="there is no online store"):
        store_of(catalogue, root).read_entities(["a:1"])


def test_a_typed_record_is_looked_up_through_feast_with_the_kernels_own_numbers(
    spark: SparkSession, lake: Any, store: FeastStore, catalogue: Catalogue
) -> None:
    records = [{"name": "Deutsche Bank AG", "country": "DE"}, {"name": "Zanzibar Trust", "country": "IT"}]
    prepared = prepare(standardise(raw_batch(records, source="bank"), catalogue), catalogue, NOON)
    rows = prepared.to_pylist()
    carriers: dict[int, list[str]] = {}
    for row in rows:
        for key in row["keys"]:
            carriers.setdefault(key, []).append(row["entity_id"])
    packed = zip(rows, Packing(catalogue).pack_batch(prepared), strict=True)
    fixed = {"fingerprint": catalogue.fingerprint, "event_timestamp": NOON}
    snapshot = lake.tables(
        [{"entity_id": row["entity_id"], "packed": record, **fixed} for row, record in packed],
        [{"key": str(k), "entity_ids": i, "records": len(i), "event_timestamp": NOON} for k, i in carriers.items()],
    )
    store.materialise(spark, snapshot, Loaded(NOON, catalogue.fingerprint))
    result = Lookup(store, catalogue, deadline_ms=60_000).lookup({"name": "DEUTSCHE BANK", "country": "Germany"})
    query = prepare(
        standardise(raw_batch([{"name": "DEUTSCHE BANK", "country": "Germany"}]), catalogue), catalogue, NOON
    )
    expected = score(query, pa.Table.from_batches([prepared.slice(0, 1)]), catalogue.pair_features).to_pylist()
    assert [candidate.entity_id for candidate in result.candidates] == ["bank:0"]
    assert [dict(candidate.features) for candidate in result.candidates] == expected
    assert not result.truncated


def test_an_online_file_that_is_broken_says_what_to_do(
    spark: SparkSession, lake: Any, store: FeastStore, root: Path
) -> None:
    (root / "feast" / "online.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="remove it and load it anew"):
        store.materialise(spark, lake.online({"a:1": b"one"}, NOON), loaded(NOON))


# --- definitions ----------------------------------------------------------------------------------------------------


def test_applying_again_and_adding_a_feature_are_fine_but_a_changed_type_is_refused(
    root: Path, store: FeastStore, catalogue: Catalogue
) -> None:
    store.apply()
    store_of(catalogue.select(["name_equal", "lei_agreement"], None), root).apply()
    store_of(catalogue, root).apply()
    changed = define(catalogue, {table.name: f"/nowhere/{table.name}" for table in tables.ALL})
    for view in changed:
        if view.name == PAIR_FEATURES.name:
            as_text = next(field.dtype for field in view.features if field.name == "rule")
            next(field for field in view.features if field.name == "name_equal").dtype = as_text
    with pytest.raises(SchemaChangeError, match="name_equal is stored as Float32, declared as String"):
        FeastStore(REPO, str(root), changed).apply()


def test_a_registry_that_is_away_is_said_to_be(tmp_path: Path, catalogue: Catalogue) -> None:
    settings = REPO.joinpath("feature_store.yaml").read_text(encoding="utf-8")
    away = settings.replace(
        "path: ${PAIRLAKE_LAKE}/feast/registry.pb", "registry_type: sql\n  path: sqlite:////no/where"
    )
    (tmp_path / "feature_store.yaml").write_text(away, encoding="utf-8")
    with pytest.raises(StoreUnavailableError, match="Feast's registry cannot be reached: OperationalError"):
        FeastStore(tmp_path, str(tmp_path), define(catalogue, NOWHERE)).apply()


# --- offline --------------------------------------------------------------------------------------------------------


FEATURES = ["name_equal", "lei_agreement"]


PAIRS = [
    {"id_l": "a:1", "id_r": "b:1", "name_equal": 0.25, "lei_agreement": 0, "event_timestamp": NOON},
    {"id_l": "a:1", "id_r": "b:1", "name_equal": 0.75, "lei_agreement": 3, "event_timestamp": NOON + HOUR},
    {"id_l": "a:2", "id_r": "b:2", "name_equal": None, "lei_agreement": 1, "event_timestamp": NOON},
]
"""One pair at noon and again an hour later, another at noon."""


def pair_store_of(lake: Any, root: Path, catalogue: Catalogue, rows: list[dict[str, Any]]) -> FeastStore:
    few = catalogue.select(FEATURES, None)
    published = lake.write(PAIR_FEATURES, [{"rule": "name_words", **row} for row in rows], few.pair_schema)
    store = store_of(few, root, published)
    store.apply()
    return store


@pytest.fixture(scope="module")
def pair_store(lake: Any, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> FeastStore:
    return pair_store_of(lake, tmp_path_factory.mktemp("pairs"), catalogue, PAIRS)


def labelled(spark: SparkSession, *rows: tuple[str | None, str | None, datetime | None, int]) -> DataFrame:
    return spark.createDataFrame(list(rows), "id_l string, id_r string, event_timestamp timestamp, `is match` int")


@pytest.fixture
def far_west() -> Iterator[None]:
    """A driver eleven hours behind UTC, as on a laptop that is not in Greenwich."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Pago_Pago"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("zone", ["here", "far_west"])
def test_training_takes_the_value_that_was_valid_at_the_labels_time_and_drops_no_pair(
    spark: SparkSession, lake: Any, pair_store: FeastStore, zone: str, request: pytest.FixtureRequest
) -> None:
    pairs = labelled(
        spark,
        ("a:1", "b:1", NOON - HOUR, 0),  # before there was a value
        ("a:1", "b:1", NOON, 1),
        ("a:1", "b:1", NOON + HOUR / 2, 2),
        ("a:1", "b:1", NOON + HOUR, 3),
        ("a:1", "b:1", NOON + HOUR, 3),  # the same pair labelled twice stays twice
        ("a:2", "b:2", NOON + HOUR, 4),
        ("a:9", "b:9", NOON + HOUR, 5),  # unknown
        (None, "b:1", NOON + HOUR, 6),
    )
    if zone == "far_west":
        request.getfixturevalue("far_west")
    frame = pair_store.training_frame(pairs)
    assert frame.columns == ["id_l", "id_r", "event_timestamp", "is match", "rule", *FEATURES]
    rows = sorted((row["is match"], row["rule"], row["name_equal"], row["lei_agreement"]) for row in frame.collect())
    assert rows == [
        (0, None, None, None),
        (1, "name_words", 0.25, 0),
        (2, "name_words", 0.25, 0),
        (3, "name_words", 0.75, 3),
        (3, "name_words", 0.75, 3),
        (4, "name_words", None, 1),
        (5, None, None, None),
        (6, None, None, None),
    ]


def test_pairs_without_further_columns_are_fine_and_the_session_is_left_as_it_was(
    spark: SparkSession, lake: Any, pair_store: FeastStore
) -> None:
    pairs = labelled(spark, ("a:1", "b:1", NOON, 1)).drop("is match")
    assert pair_store.training_frame(pairs).first()["name_equal"] == 0.25
    assert spark.conf.get("spark.sql.parser.quotedRegexColumnNames") == "false"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda pairs: pairs.drop("id_r"), "no column 'id_r'"),
        (lambda pairs: pairs.withColumn("name_equal", F.lit(1.0)), "'name_equal' of their own"),
        (lambda pairs: pairs.withColumn("event_timestamp", F.lit("2026")), "is string; wanted timestamp"),
        (
            lambda pairs: pairs.withColumn("event_timestamp", F.lit(None).cast("timestamp")),
            "have no event_timestamp",
        ),
        (
            lambda pairs: pairs.unionByName(pairs.withColumns({"id_l": F.lit("a:1b"), "id_r": F.lit(":1")})),
            "read alike",
        ),
    ],
)
def test_pairs_that_feast_would_answer_wrongly_are_refused(
    spark: SparkSession, lake: Any, pair_store: FeastStore, change: Any, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        pair_store.training_frame(change(labelled(spark, ("a:1", "b:1", NOON, 1))))


def test_a_registry_without_the_view_says_what_registers_it(
    spark: SparkSession, root: Path, catalogue: Catalogue
) -> None:
    store = store_of(catalogue.select(FEATURES, None), root)
    with pytest.raises(NotRegisteredError, match=r"no pair_features yet; `pairlake run` with \[online\] enabled"):
        store.training_frame(labelled(spark, ("a:1", "b:1", NOON, 1)))


def test_a_pair_published_twice_is_not_multiplied(
    spark: SparkSession, lake: Any, root: Path, catalogue: Catalogue
) -> None:
    store = pair_store_of(lake, root, catalogue, [PAIRS[0], PAIRS[0]])
    with pytest.raises(StoreError, match="several rows of one pair"):
        store.training_frame(labelled(spark, ("a:1", "b:1", NOON, 1)))


def loaded(as_of: datetime) -> Loaded:
    return Loaded(as_of, "f")

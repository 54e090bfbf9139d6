"""Feast on Delta and SQLite: what it loses in silence is not lost here."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

import feature_repo
from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score
from features.spark.frames import from_rows
from features.store import (
    IndexEntry,
    Materialised,
    PackedEntity,
    SchemaChangeError,
    StaleWriteError,
    StoreError,
)
from features.store.feast_store import FeastStore
from features.store.lookup import Lookup
from features.store.packing import pack
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, PAIR_FEATURES, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

REPO = Path(feature_repo.__file__).parent
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Lake:
    """Delta tables of a few rows each."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.paths = {table.name: str(root / table.name) for table in tables.ALL}

    def store(self, catalogue: Catalogue) -> FeastStore:
        return FeastStore(REPO, str(self.root), define(catalogue, self.paths))

    def write(self, table: Table, rows: Sequence[dict[str, Any]], schema: pa.Schema | None = None) -> None:
        frame = from_rows(self.spark, list(rows), schema or table.schema)
        frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(self.paths[table.name])

    def online(self, entities: Mapping[str, bytes], index: Mapping[str, Sequence[str]], at: datetime) -> None:
        self.write(
            ONLINE_ENTITIES,
            [
                {"entity_id": i, "packed": packed, "fingerprint": "f", "event_timestamp": at}
                for i, packed in entities.items()
            ],
        )
        self.write(
            BLOCKING_INDEX,
            [
                {"key": key, "entity_ids": list(ids), "records": len(ids) + 1, "event_timestamp": at}
                for key, ids in index.items()
            ],
        )


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path / "lake")


@pytest.fixture
def store(lake: Lake, catalogue: Catalogue) -> FeastStore:
    store = lake.store(catalogue)
    store.apply()
    return store


# --- online ---------------------------------------------------------------------------------------------------------


def test_what_is_materialised_is_read_back(lake: Lake, store: FeastStore) -> None:
    keys = {"72057594037927936": ["a:1", "a:2"], "-5": ["ß:é 👋"]}
    lake.online({"a:1": b"\x00one", "a:2": b"", "ß:é 👋": b"three"}, keys, NOON)
    assert store.materialise(lake.spark, lake.paths, NOON) == Materialised(entities=3, keys=2)
    assert store.read_entities(["a:2", "a:1", "nobody", "ß:é 👋"]) == {
        "a:1": PackedEntity(b"\x00one", "f"),
        "a:2": PackedEntity(b"", "f"),
        "ß:é 👋": PackedEntity(b"three", "f"),
    }
    assert store.read_index(["-5", "72057594037927936", "17"]) == {
        "72057594037927936": IndexEntry(("a:1", "a:2"), 3),
        "-5": IndexEntry(("ß:é 👋",), 2),
    }
    assert store.read_index([]) == {}


def test_feast_itself_reads_what_was_loaded(lake: Lake, store: FeastStore) -> None:
    """The file is written in Feast's layout, so its own interface, server and tools see the same."""
    lake.online({"a:1": b"one"}, {"7": ["a:1", "a:2"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    feast_store = store._feast()
    found = feast_store.get_online_features(
        features=["blocking_index:entity_ids", "blocking_index:records"],
        entity_rows=[{"key": "7"}, {"key": "8"}],
    ).to_dict()
    assert found == {"key": ["7", "8"], "entity_ids": [["a:1", "a:2"], None], "records": [3, None]}
    found = feast_store.get_online_features(
        features=["online_entities:packed", "online_entities:fingerprint"], entity_rows=[{"entity_id": "a:1"}]
    ).to_dict()
    assert found == {"entity_id": ["a:1"], "packed": [b"one"], "fingerprint": ["f"]}


def test_a_deleted_entity_and_its_keys_are_not_found_any_more(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"one", "a:2": b"two"}, {"1": ["a:1"], "2": ["a:2"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    reader = store.read_entities(["a:1", "a:2"])  # an open reader sees the deletion too
    assert reader.keys() == {"a:1", "a:2"}
    lake.online({"a:2": b"two"}, {"2": ["a:2"]}, NOON + HOUR)
    assert store.materialise(lake.spark, lake.paths, NOON + HOUR) == Materialised(1, 1)
    assert store.read_entities(["a:1", "a:2"]) == {"a:2": PackedEntity(b"two", "f")}
    assert store.read_index(["1", "2"]).keys() == {"2"}
    assert b"a:1" not in (lake.root / "feast" / "online.db").read_bytes()


def test_an_older_run_cannot_replace_a_newer_one(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"new"}, {"1": ["a:1"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    lake.online({"a:1": b"old", "a:2": b"deleted since"}, {"1": ["a:1", "a:2"]}, NOON - HOUR)
    with pytest.raises(StaleWriteError, match="Nothing was written"):
        store.materialise(lake.spark, lake.paths, NOON - HOUR)
    assert store.read_entities(["a:1", "a:2"]) == {"a:1": PackedEntity(b"new", "f")}


def test_an_older_row_cannot_replace_a_newer_one_whatever_the_run_says(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"new", "a:2": b"same"}, {"1": ["a:1"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    lake.online({"a:1": b"old"}, {"1": ["a:1"]}, NOON - HOUR)
    with pytest.raises(StaleWriteError, match="values that are newer"):
        store.materialise(lake.spark, lake.paths, NOON + HOUR)
    assert store.read_entities(["a:1", "a:2"]).keys() == {"a:1", "a:2"}


def test_materialising_again_changes_nothing(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"one"}, {"1": ["a:1"]}, NOON)
    first = store.materialise(lake.spark, lake.paths, NOON)
    before = store.read_entities(["a:1"]), store.read_index(["1"])
    assert store.materialise(lake.spark, lake.paths, NOON) == first
    assert (store.read_entities(["a:1"]), store.read_index(["1"])) == before


def test_a_load_that_fails_leaves_what_was_online(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"one"}, {"1": ["a:1"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    twice = {"entity_id": "a:1", "packed": b"two", "fingerprint": "f", "event_timestamp": NOON + HOUR}
    lake.write(ONLINE_ENTITIES, [twice, twice])
    with pytest.raises(StoreError, match="online_entities has two rows of one entity_id"):
        store.materialise(lake.spark, lake.paths, NOON + HOUR)
    assert store.read_entities(["a:1"]) == {"a:1": PackedEntity(b"one", "f")}
    lake.online({"a:1": b"three"}, {"1": ["a:1"]}, NOON + HOUR)  # and the next one works
    store.materialise(lake.spark, lake.paths, NOON + HOUR)
    assert store.read_entities(["a:1"]) == {"a:1": PackedEntity(b"three", "f")}


def test_empty_tables_empty_the_store(lake: Lake, store: FeastStore) -> None:
    lake.online({"a:1": b"one"}, {"1": ["a:1"]}, NOON)
    store.materialise(lake.spark, lake.paths, NOON)
    lake.online({}, {}, NOON)
    assert store.materialise(lake.spark, lake.paths, NOON) == Materialised(0, 0)
    assert store.read_entities(["a:1"]) == {}


def test_a_store_that_was_never_loaded_says_so(lake: Lake, catalogue: Catalogue) -> None:
    with pytest.raises(StoreError, match="there is no online store"):
        lake.store(catalogue).read_entities(["a:1"])


def test_a_time_without_zone_is_refused(lake: Lake, store: FeastStore) -> None:
    with pytest.raises(StoreError, match="no time zone"):
        store.materialise(lake.spark, lake.paths, NOON.replace(tzinfo=None))


def test_a_typed_record_is_looked_up_through_feast_with_the_kernels_own_numbers(
    lake: Lake, store: FeastStore, catalogue: Catalogue
) -> None:
    records = [{"name": "Deutsche Bank AG", "country": "DE"}, {"name": "Banca d'Italia", "country": "IT"}]
    prepared = prepare(standardise(raw_batch(records, source="bank"), catalogue), catalogue, NOON)
    rows = prepared.to_pylist()
    carriers: dict[int, list[str]] = {}
    for row in rows:
        for key in row["keys"]:
            carriers.setdefault(key, []).append(row["entity_id"])
    packed = zip(rows, pack(prepared, catalogue), strict=True)
    shared = {"fingerprint": catalogue.fingerprint, "event_timestamp": NOON}
    lake.write(ONLINE_ENTITIES, [{"entity_id": r["entity_id"], "packed": b, **shared} for r, b in packed])
    lake.write(
        BLOCKING_INDEX,
        [{"key": str(k), "entity_ids": i, "records": len(i), "event_timestamp": NOON} for k, i in carriers.items()],
    )
    store.materialise(lake.spark, lake.paths, NOON)
    result = Lookup(store, catalogue).lookup({"name": "DEUTSCHE BANK", "country": "Germany"})
    query = prepare(
        standardise(raw_batch([{"name": "DEUTSCHE BANK", "country": "Germany"}]), catalogue), catalogue, NOON
    )
    expected = score(query, pa.Table.from_batches([prepared.slice(0, 1)]), catalogue.pair_features).to_pylist()
    assert [candidate.entity_id for candidate in result.candidates] == ["bank:0"]
    assert [dict(candidate.features) for candidate in result.candidates] == expected
    assert not result.truncated


# --- definitions ----------------------------------------------------------------------------------------------------


def test_applying_again_and_adding_a_feature_are_fine_but_a_changed_type_is_refused(
    lake: Lake, store: FeastStore, catalogue: Catalogue
) -> None:
    store.apply()
    lake.store(catalogue.select(["name_equal", "lei_agreement"], None)).apply()
    lake.store(catalogue).apply()
    changed = define(catalogue, lake.paths)
    for view in changed:
        if view.name == PAIR_FEATURES.name:
            as_text = next(field.dtype for field in view.features if field.name == "rule")
            next(field for field in view.features if field.name == "name_equal").dtype = as_text
    with pytest.raises(SchemaChangeError, match="name_equal is stored as Float32, declared as String"):
        FeastStore(REPO, str(lake.root), changed).apply()


@pytest.mark.parametrize(
    ("root", "yaml", "message"),
    [
        ("s3://bucket/lake", None, "local files"),
        ("/lake", "project: p\nonline_store: {type: redis}\n", "names the online store 'redis'"),
    ],
)
def test_a_store_that_cannot_be_loaded_is_refused_in_words(
    tmp_path: Path, root: str, yaml: str | None, message: str
) -> None:
    if yaml:
        (tmp_path / "feature_store.yaml").write_text(yaml, encoding="utf-8")
    with pytest.raises(StoreError, match=message):
        FeastStore(tmp_path if yaml else REPO, root, [])


# --- offline --------------------------------------------------------------------------------------------------------


FEATURES = ["name_equal", "lei_agreement"]


@pytest.fixture
def pair_store(lake: Lake, catalogue: Catalogue) -> FeastStore:
    """Pair a:1–b:1 at noon and again an hour later, a:2–b:2 at noon."""
    few = catalogue.select(FEATURES, None)
    rows = [
        {"id_l": "a:1", "id_r": "b:1", "name_equal": 0.25, "lei_agreement": 0, "event_timestamp": NOON},
        {
            "id_l": "a:1",
            "id_r": "b:1",
            "name_equal": 0.75,
            "lei_agreement": 3,
            "event_timestamp": NOON + HOUR,
        },
        {"id_l": "a:2", "id_r": "b:2", "name_equal": None, "lei_agreement": 1, "event_timestamp": NOON},
    ]
    lake.write(PAIR_FEATURES, [{"rule": "name_words", **row} for row in rows], few.pair_schema)
    store = lake.store(few)
    store.apply()
    return store


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
    lake: Lake, pair_store: FeastStore, zone: str, request: pytest.FixtureRequest
) -> None:
    pairs = labelled(
        lake.spark,
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


def test_the_callers_session_is_left_as_it_was(lake: Lake, pair_store: FeastStore) -> None:
    pair_store.training_frame(labelled(lake.spark, ("a:1", "b:1", NOON, 1)))
    assert lake.spark.conf.get("spark.sql.parser.quotedRegexColumnNames") == "false"


def test_pairs_without_further_columns_are_fine(lake: Lake, pair_store: FeastStore) -> None:
    pairs = labelled(lake.spark, ("a:1", "b:1", NOON, 1)).drop("is match")
    assert pair_store.training_frame(pairs).first()["name_equal"] == 0.25


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
    lake: Lake, pair_store: FeastStore, change: Any, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        pair_store.training_frame(change(labelled(lake.spark, ("a:1", "b:1", NOON, 1))))


def test_a_pair_published_twice_is_not_multiplied(lake: Lake, pair_store: FeastStore) -> None:
    path = lake.paths[PAIR_FEATURES.name]
    published = lake.spark.read.format("delta").load(path)
    published.write.format("delta").mode("append").save(path)
    with pytest.raises(StoreError, match="several rows of one pair"):
        pair_store.training_frame(labelled(lake.spark, ("a:1", "b:1", NOON, 1)))


def test_an_online_file_that_is_broken_says_what_to_do(lake: Lake, store: FeastStore) -> None:
    (lake.root / "feast" / "online.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="remove it and load it anew") as refused:
        store.materialise(lake.spark, lake.paths, NOON)
    assert isinstance(refused.value.__cause__, sqlite3.DatabaseError)

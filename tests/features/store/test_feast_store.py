"""Feast on Delta and SQLite: what it loses in silence is not lost here."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

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
    Loaded,
    Materialised,
    PackedEntity,
    SchemaChangeError,
    StaleWriteError,
    StoreError,
)
from features.store.feast_store import FeastStore
from features.store.lookup import Lookup
from features.store.packing import Packing
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, PAIR_FEATURES, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

REPO = Path(feature_repo.__file__).parent
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


Snapshot = dict[str, str]
"""Tables of one moment: where each lies."""


class Snapshots:
    """Delta tables of a few rows, written once for all tests."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self._root = root
        self.noon = self.online({"a:1": b"\x00one", "a:2": b"", "ß:é 👋": b"three"}, NOON)
        self.before = self.online({"a:1": b"before", "a:4": b"deleted since"}, NOON - HOUR)
        self.after = self.online({"a:2": b"two"}, NOON + HOUR)
        self.empty = self.online({}, NOON)

    def online(self, entities: Mapping[str, bytes], at: datetime) -> Snapshot:
        """Every entity under a key of its own, and all under the key 7."""
        fixed = {"fingerprint": "f", "event_timestamp": at}
        carriers = {str(n - 2**62): [i] for n, i in enumerate(entities)} | ({"7": list(entities)} if entities else {})
        return self.tables(
            [{"entity_id": i, "packed": packed, **fixed} for i, packed in entities.items()],
            [
                {"key": key, "entity_ids": ids, "records": len(ids) + 1, "event_timestamp": at}
                for key, ids in carriers.items()
            ],
        )

    def tables(self, entities: list[dict[str, Any]], index: list[dict[str, Any]]) -> Snapshot:
        return self.write(ONLINE_ENTITIES, entities) | self.write(BLOCKING_INDEX, index)

    def write(self, table: Table, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> Snapshot:
        path = str(self._root / uuid4().hex)
        from_rows(self.spark, rows, schema or table.schema).coalesce(1).write.format("delta").save(path)
        return {table.name: path}


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    return Snapshots(spark, tmp_path_factory.mktemp("snapshots"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def store_of(catalogue: Catalogue, root: Path, paths: Snapshot | None = None) -> FeastStore:
    anywhere = {table.name: f"/nowhere/{table.name}" for table in tables.ALL}
    return FeastStore(REPO, str(root), define(catalogue, anywhere | (paths or {})))


@pytest.fixture
def store(root: Path, catalogue: Catalogue) -> FeastStore:
    store = store_of(catalogue, root)
    store.apply()
    return store


# --- online ---------------------------------------------------------------------------------------------------------


def test_what_is_materialised_is_read_back_and_doing_it_again_changes_nothing(
    lake: Snapshots, store: FeastStore
) -> None:
    for _ in range(2):
        assert store.materialise(lake.spark, lake.noon, loaded(NOON)) == Materialised(entities=3, keys=4)
        assert store.read_entities(["a:2", "a:1", "nobody", "ß:é 👋"]) == {
            "a:1": PackedEntity(b"\x00one", "f"),
            "a:2": PackedEntity(b"", "f"),
            "ß:é 👋": PackedEntity(b"three", "f"),
        }
        assert store.read_index(["7", str(-(2**62)), "17"]) == {
            "7": IndexEntry(("a:1", "a:2", "ß:é 👋"), 4),
            str(-(2**62)): IndexEntry(("a:1",), 2),
        }
        assert store.read_index([]) == {}


def test_feast_itself_reads_what_was_loaded(lake: Snapshots, store: FeastStore) -> None:
    """The file is written in Feast's layout, so its own interface, server and tools see the same."""
    store.materialise(lake.spark, lake.noon, loaded(NOON))
    feast_store = store._feast()
    found = feast_store.get_online_features(
        features=["blocking_index:entity_ids", "blocking_index:records"], entity_rows=[{"key": "7"}, {"key": "8"}]
    ).to_dict()
    assert found == {"key": ["7", "8"], "entity_ids": [["a:1", "a:2", "ß:é 👋"], None], "records": [4, None]}
    found = feast_store.get_online_features(
        features=["online_entities:packed", "online_entities:fingerprint"], entity_rows=[{"entity_id": "ß:é 👋"}]
    ).to_dict()
    assert found == {"entity_id": ["ß:é 👋"], "packed": [b"three"], "fingerprint": ["f"]}


def test_a_deleted_entity_and_its_keys_are_not_found_any_more(
    lake: Snapshots, store: FeastStore, root: Path, catalogue: Catalogue
) -> None:
    store.materialise(lake.spark, lake.noon, loaded(NOON))
    reader = store_of(catalogue, root)
    assert reader.read_entities(["a:1", "a:2"]).keys() == {"a:1", "a:2"}
    assert store.materialise(lake.spark, lake.after, loaded(NOON + HOUR)) == Materialised(1, 2)
    for each in (store, reader):  # a reader that was open before sees the deletion too
        assert each.read_entities(["a:1", "a:2"]) == {"a:2": PackedEntity(b"two", "f")}
        assert each.read_index(["7", str(1 - 2**62)]) == {"7": IndexEntry(("a:2",), 2)}
    assert b"a:1" not in (root / "feast" / "online.db").read_bytes()


def test_neither_an_older_run_nor_an_older_row_replaces_a_newer_one(lake: Snapshots, store: FeastStore) -> None:
    store.materialise(lake.spark, lake.noon, loaded(NOON))
    with pytest.raises(StaleWriteError, match="Nothing was written"):
        store.materialise(lake.spark, lake.before, loaded(NOON - HOUR))
    with pytest.raises(StaleWriteError, match="values that are newer"):
        store.materialise(lake.spark, lake.before, loaded(NOON + HOUR))  # whatever the run says
    assert store.read_entities(["a:1", "a:2", "a:4"]) == {
        "a:1": PackedEntity(b"\x00one", "f"),
        "a:2": PackedEntity(b"", "f"),
    }


def test_a_load_that_fails_leaves_what_was_online(lake: Snapshots, store: FeastStore) -> None:
    store.materialise(lake.spark, lake.noon, loaded(NOON))
    row = {"entity_id": "a:1", "packed": b"twice", "fingerprint": "f", "event_timestamp": NOON + HOUR}
    with pytest.raises(StoreError, match="online_entities has two rows of one entity_id"):
        store.materialise(lake.spark, lake.tables([row, row], []), loaded(NOON + HOUR))
    assert store.read_entities(["a:1"]) == {"a:1": PackedEntity(b"\x00one", "f")}
    store.materialise(lake.spark, lake.after, loaded(NOON + HOUR))  # and the next one works
    assert store.read_entities(["a:2"]) == {"a:2": PackedEntity(b"two", "f")}


def test_empty_tables_empty_the_store(lake: Snapshots, store: FeastStore) -> None:
    store.materialise(lake.spark, lake.noon, loaded(NOON))
    assert store.materialise(lake.spark, lake.empty, loaded(NOON)) == Materialised(0, 0)
    assert store.read_entities(["a:1"]) == {}


def test_a_store_that_was_never_loaded_says_so(root: Path, catalogue: Catalogue) -> None:
    with pytest.raises(StoreError, match="there is no online store"):
        store_of(catalogue, root).read_entities(["a:1"])


def test_a_time_without_zone_is_refused(lake: Snapshots, store: FeastStore) -> None:
    with pytest.raises(StoreError, match="no time zone"):
        store.materialise(lake.spark, lake.noon, loaded(NOON.replace(tzinfo=None)))


def test_a_typed_record_is_looked_up_through_feast_with_the_kernels_own_numbers(
    lake: Snapshots, store: FeastStore, catalogue: Catalogue
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
    store.materialise(lake.spark, snapshot, Loaded(NOON, catalogue.fingerprint))
    result = Lookup(store, catalogue).lookup({"name": "DEUTSCHE BANK", "country": "Germany"})
    query = prepare(
        standardise(raw_batch([{"name": "DEUTSCHE BANK", "country": "Germany"}]), catalogue), catalogue, NOON
    )
    expected = score(query, pa.Table.from_batches([prepared.slice(0, 1)]), catalogue.pair_features).to_pylist()
    assert [candidate.entity_id for candidate in result.candidates] == ["bank:0"]
    assert [dict(candidate.features) for candidate in result.candidates] == expected
    assert not result.truncated


def test_an_online_file_that_is_broken_says_what_to_do(lake: Snapshots, store: FeastStore, root: Path) -> None:
    (root / "feast" / "online.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="remove it and load it anew"):
        store.materialise(lake.spark, lake.noon, loaded(NOON))


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


PAIRS = [
    {"id_l": "a:1", "id_r": "b:1", "name_equal": 0.25, "lei_agreement": 0, "event_timestamp": NOON},
    {"id_l": "a:1", "id_r": "b:1", "name_equal": 0.75, "lei_agreement": 3, "event_timestamp": NOON + HOUR},
    {"id_l": "a:2", "id_r": "b:2", "name_equal": None, "lei_agreement": 1, "event_timestamp": NOON},
]
"""One pair at noon and again an hour later, another at noon."""


def pair_store_of(lake: Snapshots, root: Path, catalogue: Catalogue, rows: list[dict[str, Any]]) -> FeastStore:
    few = catalogue.select(FEATURES, None)
    published = lake.write(PAIR_FEATURES, [{"rule": "name_words", **row} for row in rows], few.pair_schema)
    store = store_of(few, root, published)
    store.apply()
    return store


@pytest.fixture(scope="module")
def pair_store(lake: Snapshots, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> FeastStore:
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
    lake: Snapshots, pair_store: FeastStore, zone: str, request: pytest.FixtureRequest
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


def test_pairs_without_further_columns_are_fine_and_the_session_is_left_as_it_was(
    lake: Snapshots, pair_store: FeastStore
) -> None:
    pairs = labelled(lake.spark, ("a:1", "b:1", NOON, 1)).drop("is match")
    assert pair_store.training_frame(pairs).first()["name_equal"] == 0.25
    assert lake.spark.conf.get("spark.sql.parser.quotedRegexColumnNames") == "false"


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
    lake: Snapshots, pair_store: FeastStore, change: Any, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        pair_store.training_frame(change(labelled(lake.spark, ("a:1", "b:1", NOON, 1))))


def test_a_pair_published_twice_is_not_multiplied(lake: Snapshots, root: Path, catalogue: Catalogue) -> None:
    store = pair_store_of(lake, root, catalogue, [PAIRS[0], PAIRS[0]])
    with pytest.raises(StoreError, match="several rows of one pair"):
        store.training_frame(labelled(lake.spark, ("a:1", "b:1", NOON, 1)))


def loaded(as_of: datetime) -> Loaded:
    return Loaded(as_of, "f")

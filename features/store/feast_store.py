"""Feast: definitions, the online store and point-in-time reads, with its silent losses closed.

Definitions come from the caller, so this knows no feature repository. Importing Feast takes seconds: only
what needs a store imports this module, workers and the lookup never do.
"""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import feast
import feast.infra.offline_stores.contrib.spark_offline_store.spark  # sets warning filters: here, before ours
import pyarrow as pa
import yaml
from feast.infra.online_stores.helpers import compute_table_id
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.store import (
    IndexEntry,
    Loaded,
    Materialised,
    PackedEntity,
    StoreError,
    StoreUnavailableError,
    refuse_stale,
    refuse_type_changes,
)
from features.store.online_file import EPOCH, changing, read_loaded, replacing
from features.store.pinned_file import Layout, PinnedFile
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, PAIR_FEATURES, Table, quoted

LAKE_VARIABLE = "PAIRLAKE_LAKE"
"""What feature_store.yaml calls the lake's root; an environment variable for Feast's own command line."""

ONLINE = (ONLINE_ENTITIES, BLOCKING_INDEX)
"""What a lookup reads. entity_features stays offline: thirty values an entity would take many times longer
to load than these, and the packed record holds the same values."""

_PAIR_KEY = ("id_l", "id_r", "event_timestamp")
_LAST = datetime(9000, 1, 1)
_REGEX_NAMES = "spark.sql.parser.quotedRegexColumnNames"


class FeastStore:
    """A `FeatureStore` over Feast with a Spark offline store and a SQLite online store.

    `repo` holds feature_store.yaml, `root` is the lake's root, `definitions` are Feast objects.
    """

    def __init__(self, repo: Path, root: str, definitions: Sequence[Any]) -> None:
        self._settings = _settings(repo / "feature_store.yaml", root)
        self._definitions = list(definitions)
        self._views = {d.name: d for d in definitions if isinstance(d, feast.FeatureView)}
        self._online = Path(self._settings["online_store"]["path"])
        self._opened: tuple[tuple[int, int], feast.FeatureStore] | None = None

    def apply(self) -> None:
        """Register the definitions. SchemaChangeError when a registered field has another type now."""
        with self._reached(), _quiet():
            self._online.parent.mkdir(parents=True, exist_ok=True)
            store = self._feast()
            for registered in store.list_feature_views():
                if registered.name in self._views:
                    refuse_type_changes(registered.name, _types(registered), _types(self._views[registered.name]))
            store.apply(self._definitions)

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        with self._reached():
            return read_loaded(self._online)

    def materialise(self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded) -> Materialised:
        """Load what a lookup reads; see `FeatureStore.materialise`."""
        refuse_stale(self.loaded(), loaded.as_of)
        views = [self._view(table) for table in ONLINE]
        self._online.parent.mkdir(parents=True, exist_ok=True)
        with self._reached(), replacing(self._online, self._settings, views, loaded) as file:
            counts = [
                file.write(view, table.key[0], _batches(spark, lake_paths[table.name], table))
                for table, view in zip(ONLINE, views, strict=True)
            ]
        return Materialised(*counts)

    def refresh(
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, touched: Mapping[str, pa.Array]
    ) -> Materialised:
        """Put the touched keys online as the tables have them now; see `FeatureStore.refresh`."""
        refuse_stale(self.loaded(), loaded.as_of)
        with self._reached(), changing(self._online, self._settings, loaded) as file:
            counts = []
            for table in ONLINE:
                view, keys = self._view(table), touched[table.name]
                file.remove(view, table.key[0], keys.to_pylist())
                rows = _batches(spark, lake_paths[table.name], table, keys)
                counts.append(file.write(view, table.key[0], rows))
        return Materialised(*counts)

    def training_frame(self, pairs: DataFrame) -> DataFrame:
        """Point-in-time features of pairs; see `FeatureStore.training_frame`."""
        view = self._view(PAIR_FEATURES)
        features = [field.name for field in view.features]
        count = _check_pairs(pairs, features)
        kept = [name for name in pairs.columns if name not in _PAIR_KEY]
        # Feast writes column names into its SQL unquoted: what it need not see travels in one column.
        asked = pairs.select(*_PAIR_KEY, F.struct(*(F.col(quoted(name)) for name in kept)).alias("kept"))
        with _quiet(), _unchanged(pairs.sparkSession, _REGEX_NAMES):
            job = self._feast().get_historical_features(
                entity_df=asked.unionByName(_latest(pairs.sparkSession), allowMissingColumns=True),
                features=[f"{view.name}:{name}" for name in features],
            )
            found = job.to_spark_df()
        frame: DataFrame = found.where(F.col("event_timestamp") < F.lit(_LAST)).select(*_PAIR_KEY, "kept.*", *features)
        returned = frame.count()
        if returned != count:
            raise StoreError(
                f"{count:,} pairs went into the point-in-time join and {returned:,} came back: {view.name} holds "
                "several rows of one pair and event time"
            )
        return frame

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """Online: the records of these blocking keys. A key that nobody carries is left out."""
        return {
            key: IndexEntry(tuple(row["entity_ids"].string_list_val.val), row["records"].int64_val)
            for key, row in self._read(BLOCKING_INDEX, keys)
        }

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """Online: these entities' prepared records. An unknown entity is left out."""
        return {
            entity_id: PackedEntity(row["packed"].bytes_val, row["fingerprint"].string_val)
            for entity_id, row in self._read(ONLINE_ENTITIES, ids)
        }

    def pinned(self, connections: int) -> PinnedFile:
        """What is online now: reads that go on seeing this one file. StoreUnavailableError when there is none."""
        config = feast.RepoConfig(**self._settings)
        names = {table.name: str(compute_table_id(config.project, self._view(table))) for table in ONLINE}
        return PinnedFile(self._online, Layout(names, config.entity_key_serialization_version), connections)

    def _read(self, table: Table, keys: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Feast's own read of the rows that are there, without the registry round of get_online_features."""
        if not self._online.is_file():
            raise StoreUnavailableError(f"there is no online store at {self._online}; `pairlake run` loads it")
        if not keys:
            return
        asked = [EntityKey(join_keys=[table.key[0]], entity_values=[Value(string_val=key)]) for key in keys]
        with self._reached():
            store, view = self._feast(), self._view(table)
            rows = store.provider.online_read(store.config, view, asked)
        for key, (_, row) in zip(keys, rows, strict=True):
            if row:
                yield key, row

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Around what touches files: one that is locked, full, away or not to be written may be so for a while."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise StoreUnavailableError(f"the online store {self._online} cannot be reached: {why}") from error

    def _view(self, table: Table) -> feast.FeatureView:
        if table.name not in self._views:
            raise StoreError(f"no feature view {table.name} is defined; there are {', '.join(sorted(self._views))}")
        return self._views[table.name]

    def _feast(self) -> feast.FeatureStore:
        """Feast's store, opened anew when a load has put another online file in place."""
        status = self._online.stat() if self._online.is_file() else None
        file = (status.st_ino, status.st_mtime_ns) if status else (0, 0)
        if self._opened is None or self._opened[0] != file:
            self._opened = file, feast.FeatureStore(config=feast.RepoConfig(**self._settings))
        return self._opened[1]


def _settings(path: Path, root: str) -> dict[str, Any]:
    """feature_store.yaml with the lake's root put in, as Feast itself does with environment variables."""
    if "://" in root:
        raise StoreError(
            f"the lake is at {root}, but Feast's registry and SQLite online store are local files; name a "
            f"registry and an online store for it in {path}"
        )
    text = path.read_text(encoding="utf-8")

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        return os.path.expandvars(value.replace(f"${{{LAKE_VARIABLE}}}", root)) if isinstance(value, str) else value

    settings: dict[str, Any] = filled(yaml.safe_load(text))
    kind = settings["online_store"]["type"]
    if kind != "sqlite":
        raise StoreError(f"{path} names the online store {kind!r}; Pairlake loads 'sqlite'")
    return settings


def _types(view: feast.FeatureView) -> dict[str, str]:
    return {field.name: str(field.dtype) for field in view.schema}


def _batches(spark: SparkSession, path: str, table: Table, keys: pa.Array | None = None) -> Iterator[pa.RecordBatch]:
    """A Delta table, or its rows of these keys, as Arrow batches in the order of its key, a partition at a time.

    The key's order is nearly that of the online file's own tree, which is then built from left to right.
    """
    columns = [name for name in table.schema.names if name != "event_timestamp"]
    epoch = F.col("event_timestamp").cast("long").alias(EPOCH)

    def as_ipc(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield pa.RecordBatch.from_pydict({"ipc": [sink.getvalue().to_pybytes()]})

    frame = spark.read.format("delta").load(path).select(*columns, epoch)
    if keys is not None:
        wanted = spark.createDataFrame(keys.to_pandas().to_frame(table.key[0]), f"{table.key[0]} string")
        frame = frame.join(F.broadcast(wanted), table.key[0], "left_semi")
    frame = frame.orderBy(table.key[0])
    for row in frame.mapInArrow(as_ipc, "ipc binary").toLocalIterator(prefetchPartitions=True):
        yield from pa.ipc.open_stream(row["ipc"])


def _check_pairs(pairs: DataFrame, features: Sequence[str]) -> int:
    """Number of pairs, after refusing what Feast's join would answer wrongly or not at all."""
    missing = [name for name in _PAIR_KEY if name not in pairs.columns]
    if missing:
        raise StoreError(f"the pairs have no column {missing[0]!r}; wanted {', '.join(_PAIR_KEY)} and any others")
    taken = [name for name in pairs.columns if name in features]
    if taken:
        raise StoreError(f"the pairs have a column {taken[0]!r} of their own, which is also a feature; rename it")
    kind = pairs.schema["event_timestamp"].dataType.simpleString()
    if kind != "timestamp":
        raise StoreError(f"event_timestamp of the pairs is {kind}; wanted timestamp, the time of the label")
    row = pairs.agg(
        F.count(F.lit(1)).alias("pairs"),
        F.count(F.lit(1)).alias("rows") - F.count("event_timestamp").alias("timed"),
        F.count_distinct("id_l", "id_r").alias("distinct"),
        F.count_distinct(F.concat("id_l", "id_r")).alias("joined"),
    ).collect()[0]
    if row[1]:
        raise StoreError(f"{row[1]:,} pairs have no event_timestamp; a label without a time has no features")
    # Feast joins on id_l and id_r written one after the other.
    if row["distinct"] != row["joined"]:
        raise StoreError("two pairs have ids that read alike when id_r is written after id_l; ask for them apart")
    return int(row["pairs"])


def _latest(spark: SparkSession) -> DataFrame:
    """A row after every pair.

    Feast leaves out features after the last pair's time, which it reads in the driver's time zone: west of
    Greenwich that hides the newest ones. This row's time is the last instead; it is taken out again.
    """
    return spark.range(1).select(F.lit(_LAST).alias("event_timestamp"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Feast's warning, at every call, that its Spark store is experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@contextmanager
def _unchanged(spark: SparkSession, name: str) -> Iterator[None]:
    """Put a setting of the caller's session back to what it was: Feast changes how names are parsed."""
    before = spark.conf.get(name)
    try:
        yield
    finally:
        spark.conf.set(name, before or "false")

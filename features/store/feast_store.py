"""Feast: definitions, the online store and point-in-time reads, with its silent losses closed.

Definitions come from the caller, so this knows no feature repository. Importing Feast takes seconds: only
what needs a store imports this module, workers and the lookup never do.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import feast
import feast.infra.offline_stores.contrib.spark_offline_store.spark  # sets warning filters: here, before ours
import pyarrow as pa
from feast.errors import FeastExtrasDependencyImportError, FeatureViewNotFoundException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.store import (
    Loaded,
    Materialised,
    NotRegisteredError,
    StoreError,
    Told,
    feast_settings,
    refuse_type_changes,
    registry,
    table_rows,
    untold,
)
from features.store.feast_reads import FeastReads, LoadReads
from features.store.online import Online
from features.store.point_in_time import PAIR_KEY, refuse_pairs
from features.store.reading import SingleReads
from features.tables import ONLINE, PAIR_FEATURES, Table, quoted

_ONLINE = {
    "sqlite": ("features.store.online_file", "OnlineFile", ""),
    "redis": ("features.store.online_redis", "OnlineRedis", "redis"),
    "dynamodb": ("features.store.online_dynamodb", "OnlineDynamoDB", "aws"),
}
"""Kind of the online store → its module, its class, and the extra that installs what it needs."""

_LAST = datetime(9000, 1, 1)
_REGEX_NAMES = "spark.sql.parser.quotedRegexColumnNames"


class FeastStore(SingleReads):
    """A `FeatureStore` over Feast with a Spark offline store and one of the online stores of `_ONLINE`.

    `repo` is a feature_store.yaml, here or in an object store, or the folder it lies in here; `root` is the lake's
    root, `definitions` are Feast objects.
    """

    def __init__(self, repo: Path | str, root: str, definitions: Sequence[Any]) -> None:
        file = Path(repo, "feature_store.yaml") if Path(repo).is_dir() else repo
        self._settings = feast_settings.read(file, root, _ONLINE)
        self._definitions = list(definitions)
        self._views = {d.name: d for d in definitions if isinstance(d, feast.FeatureView)}
        self._online = _online(self._settings)

    def apply(self) -> None:
        """Register the definitions. SchemaChangeError when a registered field has another type now."""
        self._online.prepare([self._view(table) for table in ONLINE])
        with _quiet(), registry.changing(self._settings) as (store, views):
            for registered in views:
                if registered.name in self._views:
                    refuse_type_changes(registered.name, _types(registered), _types(self._views[registered.name]))
            store.apply(self._definitions)

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        return self._online.loaded()

    def materialise(
        self,
        spark: SparkSession,
        lake_paths: Mapping[str, str],
        loaded: Loaded,
        *,
        back: bool = False,
        told: Told = untold,
    ) -> Materialised:
        """Load what a lookup reads; see `FeatureStore.materialise`."""
        views = [self._view(table) for table in ONLINE]
        of = table_rows.pinned({table.name: lake_paths[table.name] for table in ONLINE})
        with self._online.replacing(views, loaded, of=of, back=back) as writer:
            counts = []
            for table, view in zip(ONLINE, views, strict=True):
                batches = table_rows.batches(spark, lake_paths[table.name], table)
                counts.append(writer.write(view, table_rows.telling(batches, table, told)))
        return Materialised(*counts)

    def refresh(
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, touched: Mapping[str, pa.Array]
    ) -> Materialised:
        """Put the touched keys online as the tables have them now; see `FeatureStore.refresh`."""
        if not self._online.changeable():
            return self.materialise(spark, lake_paths, loaded)
        views = [self._view(table) for table in ONLINE]
        with self._online.changing(views, loaded) as writer:
            counts = []
            for table, view in zip(ONLINE, views, strict=True):
                keys = touched[table.name]
                writer.remove(view, keys.to_pylist())
                counts.append(writer.write(view, table_rows.batches(spark, lake_paths[table.name], table, keys)))
        return Materialised(*counts)

    def training_frame(self, pairs: DataFrame) -> DataFrame:
        """Point-in-time features of pairs; see `FeatureStore.training_frame`."""
        view = self._view(PAIR_FEATURES)
        features = [field.name for field in view.features]
        count = _check_pairs(pairs, features)
        kept = [name for name in pairs.columns if name not in PAIR_KEY]
        # Feast writes column names into its SQL unquoted: what it need not see travels in one column.
        asked = pairs.select(*PAIR_KEY, F.struct(*(F.col(quoted(name)) for name in kept)).alias("kept"))
        with _quiet(), _unchanged(pairs.sparkSession, _REGEX_NAMES), registry.opened(self._settings) as store:
            _refuse_unregistered(store, view)
            job = store.get_historical_features(
                entity_df=asked.unionByName(_latest(pairs.sparkSession), allowMissingColumns=True),
                features=[f"{view.name}:{name}" for name in features],
            )
            found = job.to_spark_df()
        frame: DataFrame = found.where(F.col("event_timestamp") < F.lit(_LAST)).select(*PAIR_KEY, "kept.*", *features)
        returned = frame.count()
        if returned != count:
            raise StoreError(
                f"{count:,} pairs went into the point-in-time join and {returned:,} came back: {view.name} holds "
                "several rows of one pair and event time"
            )
        return frame

    def pinned(self, connections: int) -> FeastReads:
        """Reads, so many at once, that go on seeing the load that is online now where it is a file; see `Online`."""
        online = self._online.pinned(connections)
        return FeastReads(online, self._views, stays=online is not self._online)

    @contextmanager
    def one_state(self) -> Iterator[LoadReads]:
        """Reads that all see one load; see `OnlineReads.one_state`."""
        with self._online.one_state() as load:
            yield LoadReads(load, self._views)

    def _view(self, table: Table) -> feast.FeatureView:
        if table.name not in self._views:
            raise StoreError(f"no feature view {table.name} is defined; there are {', '.join(sorted(self._views))}")
        return self._views[table.name]


def _online(settings: Mapping[str, Any]) -> Online:
    """The online store that settings name."""
    module, name, extra = _ONLINE[settings["online_store"]["type"]]
    try:
        online: Online = getattr(importlib.import_module(module), name)(settings)
    except (ImportError, FeastExtrasDependencyImportError) as error:
        raise StoreError(
            f"{settings['online_store']['type']} takes `pip install 'pairlake[{extra}]'`: {error}"
        ) from error
    return online


def _types(view: feast.FeatureView) -> dict[str, str]:
    return {field.name: str(field.dtype) for field in view.schema}


def _refuse_unregistered(store: feast.FeatureStore, view: feast.FeatureView) -> None:
    try:
        store.get_feature_view(view.name)
    except FeatureViewNotFoundException as error:
        raise NotRegisteredError(
            f"Feast's registry has no {view.name} yet; `pairlake run` with [online] enabled registers it"
        ) from error


def _check_pairs(pairs: DataFrame, features: Sequence[str]) -> int:
    """Number of pairs, after refusing what Feast's join would answer wrongly or not at all."""
    refuse_pairs(pairs, features)
    row = pairs.agg(
        F.count(F.lit(1)).alias("pairs"),
        F.count_distinct("id_l", "id_r").alias("distinct"),
        F.count_distinct(F.concat("id_l", "id_r")).alias("joined"),
    ).collect()[0]
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

"""The SageMaker Feature Store as a `FeatureStore`: online in feature groups, offline in the lake's own tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import Loaded, Materialised, Told, refuse_stale, table_rows, untold
from features.store import sagemaker_groups as groups
from features.store.feature_groups import EVENT_TIME, feature_groups
from features.store.point_in_time import features_as_of
from features.store.reading import SingleReads
from features.store.sagemaker_client import control_plane, data_plane
from features.store.sagemaker_layers import Layers, Online, floored, new_layer
from features.store.sagemaker_reads import Reads
from features.store.sagemaker_records import Record, Records
from features.store.sagemaker_rows import Ages, noting, once, records
from features.store.sagemaker_writes import Writes
from features.tables import ONLINE, PAIR_FEATURES, Table


class SageMakerStore(SingleReads):
    """A `FeatureStore` over feature groups of the catalogue, and the lake's tables, which lie at `paths` by name."""

    def __init__(
        self,
        settings: SageMaker,
        catalogue: Catalogue,
        paths: Mapping[str, str],
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._paths = dict(paths)
        self._sleep = sleep
        self._groups = {group.table: group for group in feature_groups(catalogue)}

    def apply(self) -> None:
        """Make or extend the feature groups. SchemaChangeError when a feature has another type now."""
        client, wanted = control_plane(self._settings), self._groups.values()
        groups.apply(client, wanted, self._settings, self._catalogue.fingerprint, self._sleep)

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        online = self._layers.online()
        return online.loaded if online else None

    def materialise(
        self,
        spark: SparkSession,
        lake_paths: Mapping[str, str],
        loaded: Loaded,
        *,
        back: bool = False,
        told: Told = untold,
    ) -> Materialised:
        """Load what a lookup reads, as a layer of its own; see `FeatureStore.materialise`."""
        before = self._layers.online()
        refuse_stale(before.loaded if before and not back else None, loaded.as_of)
        layer, ages, counts = new_layer(before), Ages(), []
        for table in ONLINE:
            batches = table_rows.batches(spark, lake_paths[table.name], table)
            rows = self._rows(table, table_rows.telling(batches, table, told))
            rows = rows if back else self._writes.not_older(table, rows, before)
            counts.append(self._writes.write(table, layer, ages.over(rows)))
        online = self._layers.commit(Online((layer,), loaded, ages.oldest, ages.newest), before)
        self._writes.sweep(online)
        return Materialised(*counts)

    def refresh(
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, touched: Mapping[str, pa.Array]
    ) -> Materialised:
        """Put the touched keys online as the tables have them now; see `FeatureStore.refresh`.

        They are seen at once, as a layer above the one in force, and then folded into it.
        """
        before = self._layers.online()
        refuse_stale(before.loaded if before else None, loaded.as_of)
        if before is None or len(before.layers) > 1:  # a whole load puts right what an earlier refresh broke off
            return self.materialise(spark, lake_paths, loaded)
        above, ages = new_layer(before), Ages(before.oldest, before.newest)
        kept: dict[Table, list[str]] = {}
        gone: dict[Table, list[str]] = {}
        for table in ONLINE:
            keys = touched[table.name]
            rows = self._rows(table, table_rows.batches(spark, lake_paths[table.name], table, keys))
            kept[table] = []
            noted = noting(kept[table], table.key[0], self._writes.not_older(table, rows, before))
            self._writes.write(table, above, ages.over(noted))
            gone[table] = sorted(set(keys.to_pylist()) - set(kept[table]))
            self._writes.mark_gone(table, above, gone[table], floored(loaded.as_of))
        online = Online((above, *before.layers), loaded, ages.oldest, ages.newest)
        online = self._layers.commit(online, before)
        self._writes.fold(online, before, kept, gone)
        return Materialised(*(len(keys) for keys in kept.values()))

    def training_frame(self, pairs: DataFrame) -> DataFrame:
        """Point-in-time features of pairs; see `FeatureStore.training_frame`.

        They are read from the lake's table, which the service's own offline store could only repeat.
        """
        names = [name for name in self._catalogue.pair_schema.names if name not in (*PAIR_FEATURES.key, EVENT_TIME)]
        return features_as_of(pairs, self._paths[PAIR_FEATURES.name], names)

    @contextmanager
    def one_state(self) -> Iterator[Reads]:
        """Reads that all see one load, for as long as what a load replaces is kept; StoreUnavailableError later."""
        yield Reads(self._layers, self._groups, self._layers.hold(self._settings.grace_seconds))

    def _rows(self, table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[Record]:
        """The rows of a table, in the order of its key, as records without an identifier."""
        group = self._groups[table.name]
        return once((row for batch in batches for row in records(group, batch)), table.name, table.key[0])

    @cached_property
    def _records(self) -> Records:
        return Records(data_plane(self._settings), self._settings.writers, self._sleep)

    @cached_property
    def _layers(self) -> Layers:
        days = self._settings.ttl_days
        ttl = timedelta(days=days) if days else None
        return Layers(self._records, self._settings.prefix, ttl, sleep=self._sleep)

    @cached_property
    def _writes(self) -> Writes:
        online = {table.name: self._groups[table.name] for table in ONLINE}
        settings = self._settings
        return Writes(self._records, self._layers, online, settings.prefix, settings.grace_seconds, self._sleep)

"""The SageMaker Feature Store as a `FeatureStore`: online in feature groups, offline in the lake's own tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import uuid4

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import (
    IndexEntry,
    Loaded,
    Materialised,
    PackedEntity,
    StaleWriteError,
    StoreUnavailableError,
    refuse_stale,
)
from features.store import sagemaker_groups as groups
from features.store.feature_groups import EVENT_TIME, FeatureGroup, feature_groups
from features.store.point_in_time import features_as_of, rows_of
from features.store.sagemaker_client import control_plane, data_plane
from features.store.sagemaker_layers import Layers, Online, floored
from features.store.sagemaker_records import Record, Records
from features.store.sagemaker_rows import Ages, listed, once, records, under, unpacked
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, PAIR_FEATURES, Table

ONLINE = (ONLINE_ENTITIES, BLOCKING_INDEX)
_COMPARED_AT_ONCE = 5_000
"""Rows whose event times are compared with those online at once."""


class SageMakerStore:
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
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, *, back: bool = False
    ) -> Materialised:
        """Load what a lookup reads, as a layer of its own; see `FeatureStore.materialise`.

        With `back`, older values may take the place of newer ones.
        """
        before = self._layers.online()
        refuse_stale(None if back else before and before.loaded, loaded.as_of)
        layer, ages = uuid4().hex, Ages()
        guard = None if back else before
        counts = [
            self._write(table, layer, ages.over(self._not_older(table, self._rows(spark, lake_paths, table), guard)))
            for table in ONLINE
        ]
        online = self._layers.commit(Online((layer,), loaded, ages.oldest, ages.newest), before)
        self._sweep(online)
        return Materialised(*counts)

    def refresh(
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, touched: Mapping[str, pa.Array]
    ) -> Materialised:
        """Put the touched keys online as the tables have them now; see `FeatureStore.refresh`.

        They are seen at once, as a layer above the one in force, and then folded into it.
        """
        before = self._layers.online()
        refuse_stale(before and before.loaded, loaded.as_of)
        if before is None or len(before.layers) != 1:  # what an earlier refresh broke off is put right by a whole load
            return self.materialise(spark, lake_paths, loaded)
        above, ages = uuid4().hex, Ages(before.oldest, before.newest)
        gone: dict[str, list[str]] = {}
        counts = []
        for table in ONLINE:
            keys = set[str]()
            rows = self._not_older(table, self._rows(spark, lake_paths, table, touched[table.name]), before)
            counts.append(self._write(table, above, _noting(keys, table, ages.over(rows))))
            gone[table.name] = [key for key in dict.fromkeys(touched[table.name].to_pylist()) if key not in keys]
            self._write(table, above, ({table.key[0]: key, EVENT_TIME: ages.newest} for key in gone[table.name]))
        both = Online((above, *before.layers), loaded, ages.oldest, ages.newest)
        both = self._layers.commit(both, before)
        self._fold(spark, lake_paths, touched, gone, before, both)
        return Materialised(*counts)

    def training_frame(self, pairs: DataFrame) -> DataFrame:
        """Point-in-time features of pairs; see `FeatureStore.training_frame`.

        They are read from the lake's table, which the service's own offline store could only repeat.
        """
        names = [name for name in self._catalogue.pair_schema.names if name not in (*PAIR_FEATURES.key, EVENT_TIME)]
        return features_as_of(pairs, self._paths[PAIR_FEATURES.name], names)

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """Online: the records of these blocking keys. A key that nobody carries is left out."""
        found = self._read(BLOCKING_INDEX, ["entity_ids", "records"], keys)
        return {key: IndexEntry(listed(row["entity_ids"]), int(row["records"])) for key, row in found.items()}

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """Online: these entities' prepared records. An unknown entity is left out."""
        found = self._read(ONLINE_ENTITIES, ["packed", "fingerprint"], ids)
        return {
            each: PackedEntity(unpacked(row.get("packed", "")), row["fingerprint"]) for each, row in found.items()
        }

"""What Feast is told: entities, feature views and their fields, all derived from the catalogue.

A new feature needs no edit here. `define` serves the jobs; the names at the end of the module are for Feast's own
command line, which imports this file by itself and wants every object bound to a name.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from feast import Entity, FeatureView, Field, ValueType
from feast.infra.offline_stores.contrib.spark_offline_store.spark_source import SparkSource
from feast.table_format import DeltaFormat
from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp

from features import tables
from features.catalogue import Catalogue, load
from features.sections import Spark
from features.spark.session import session
from features.tables import Table

_FEAST_TYPES: dict[pa.DataType, Any] = {
    pa.string(): String,
    pa.binary(): Bytes,
    pa.bool_(): Bool,
    pa.int8(): Int32,  # Feast has nothing smaller
    pa.int32(): Int32,
    pa.int64(): Int64,
    pa.float32(): Float32,
    pa.float64(): Float64,
    pa.list_(pa.string()): Array(String),
    pa.list_(pa.int32()): Array(Int32),
    pa.list_(pa.int64()): Array(Int64),
    tables.TIMESTAMP: UnixTimestamp,
}


def define(catalogue: Catalogue, paths: Mapping[str, str]) -> list[Any]:
    """Entities and feature views of a catalogue over the Delta tables at `paths`, by table name."""
    entity, key, left, right = (
        Entity(name=name, join_keys=[name], value_type=ValueType.STRING, description=text)
        for name, text in (
            ("entity_id", "A record: source and id."),
            ("key", "A blocking key: the 64-bit number as text."),
            ("id_l", "The left record of a pair."),
            ("id_r", "The right record of a pair."),
        )
    )
    of_records = {f.name: f for f in (*catalogue.standardisers, *catalogue.entity_features)}
    of_pairs = {f.name: f for f in catalogue.pair_features}

    def view(
        table: Table,
        schema: pa.Schema,
        entities: Iterable[Entity],
        described: Mapping[str, Any],
        *,
        online: bool,
    ) -> FeatureView:
        return FeatureView(
            name=table.name,
            description=table.doc,
            entities=list(entities),
            schema=[_field(f, described.get(f.name)) for f in schema if f.name != "event_timestamp"],
            source=_source(table, paths[table.name]),
            online=online,
            tags={"fingerprint": catalogue.fingerprint},
        )

    return [
        entity,
        key,
        left,
        right,
        view(tables.ENTITY_FEATURES, catalogue.entity_schema, [entity], of_records, online=False),
        view(tables.ONLINE_ENTITIES, tables.ONLINE_ENTITIES.schema, [entity], {}, online=True),
        view(tables.BLOCKING_INDEX, tables.BLOCKING_INDEX.schema, [key], {}, online=True),
        view(tables.PAIR_FEATURES, catalogue.pair_schema, [left, right], of_pairs, online=False),
    ]


def _field(column: pa.Field, declaration: Any) -> Field:
    """A column as Feast's field, described by its declaration where it has one."""
    if column.type not in _FEAST_TYPES:
        raise TypeError(f"{column.name} is {column.type}, which Feast has no type for; add one to _FEAST_TYPES")
    if declaration is None:
        return Field(name=column.name, dtype=_FEAST_TYPES[column.type])
    return Field(
        name=column.name,
        dtype=_FEAST_TYPES[column.type],
        description=declaration.doc,
        tags={"version": str(declaration.version), "declared_in": declaration.module},
    )


def _source(table: Table, path: str) -> SparkSource:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Feast calls its Spark source experimental each time
        return SparkSource(
            name=f"{table.name}_delta",
            path=path,
            table_format=DeltaFormat(),
            timestamp_field="event_timestamp",
        )


if __name__ == "definitions":  # imported by `feast -c feature_repo apply`
    _lake = os.environ.get("PAIRLAKE_LAKE", "")
    if not (Path(_lake).is_absolute() and Path(_lake).is_dir()):
        raise SystemExit(f"PAIRLAKE_LAKE is {_lake!r}; wanted the absolute path of a lake that a run has published to")
    session(Spark())  # Feast reads every table to check it, and takes the session it finds: this one knows Delta
    _paths = {table.name: f"{_lake}/{table.name}" for table in tables.ALL}
    globals().update({f"{type(d).__name__}_{d.name}": d for d in define(load(), _paths)})

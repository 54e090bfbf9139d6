"""Profiles of tables, taken by the workers from their data files, past the JVM: one pass over what is asked of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from features.declare import PairFeature
from features.gate import REASONS
from features.kernel.filled import Filled, filled
from features.kernel.profile import Profile, profile
from features.spark.frames import to_arrow
from features.spark.table_files import map_files

P = TypeVar("P", Filled, Profile)

_JSON = pa.schema([pa.field("profile", pa.string())])


def of_pairs(spark: SparkSession, paths: Sequence[str], features: Sequence[PairFeature]) -> Profile:
    """The distribution of each feature over the pairs of these data files."""
    read = pa.schema([pa.field(feature.name, feature.returns.arrow) for feature in features])
    return _sum(spark, paths, read, lambda batch: profile(batch, features), Profile)


def of_records(spark: SparkSession, paths: Sequence[str], schema: pa.Schema) -> Filled:
    """How far the fields of a schema are filled in the rows of staged data files that broke no row rule."""
    fields = [name for name in schema.names if name != "source"]
    read = schema.append(pa.field(REASONS, pa.list_(pa.string())))

    def of_batch(batch: pa.RecordBatch) -> Filled:
        return filled(batch.filter(pc.equal(pc.list_value_length(batch.column(REASONS)), 0)), fields)

    return _sum(spark, paths, read, of_batch, Filled)


def _sum(
    spark: SparkSession,
    paths: Sequence[str],
    read: pa.Schema,
    function: Callable[[pa.RecordBatch], P],
    kind: type[P],
) -> P:
    def over(batch: pa.RecordBatch) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict({"profile": [json.dumps(function(batch).to_dict())]}, schema=_JSON)

    texts = to_arrow(map_files(spark, paths, read, over, _JSON))["profile"].to_pylist() if paths else []
    return reduce(add, (kind.from_dict(json.loads(text)) for text in texts), kind())

"""Blocks in Spark: the census, and the one shuffle that brings the records of a tile together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.catalogue import Catalogue
from features.kernel.plan import Plan, scatter
from features.kernel.records import RULE_BITS
from features.kernel.tile import block_and_compare
from features.spark.frames import map_batches, spark_schema
from features.tables import BLOCK_CENSUS, BLOCKING_INDEX

PAIRS_PER_TASK = 1_000_000
"""Pairs that a task of the comparison is planned for."""


def census(entity_features: DataFrame, catalogue: Catalogue, *, linking: bool) -> DataFrame:
    """Exact counts of every blocking key that makes a pair: block_census."""
    right = F.col("side") == "right"
    counted = (
        entity_features.select(F.explode("keys").alias("key"), "side")
        .groupBy("key")
        .agg(F.count_if(~right).alias("left"), F.count_if(right).alias("right"))
    )
    left, right_count = F.col("left"), F.col("right")
    pairs = left * right_count if linking else F.expr("`left` * (`left` - 1) div 2")
    names = F.array(*(F.lit(rule.name) for rule in catalogue.rules))
    rule = F.element_at(names, (F.shiftright("key", RULE_BITS) + 1).cast("int"))
    return (
        counted.withColumn("pairs", pairs)
        .where("pairs > 0")
        .withColumn("rule", rule)
        .select(*BLOCK_CENSUS.schema.names)
    )


def compare_blocks(
    entity_features: DataFrame,
    plan: Plan,
    catalogue: Catalogue,
    as_of: datetime,
    *,
    partitions: int | None = None,
) -> DataFrame:
    """Candidate pairs of the plan with their features: pair_features.

    Records travel, pairs do not: one row for every tile a record is in is brought to its tile's task,
    sorted, and compared there.
    """
    columns = ["entity_id", "side", "keys", *catalogue.kernel_columns]
    prepared = entity_features.select(*columns)
    sent = pa.schema(
        [
            pa.field("key", pa.int64()),
            pa.field("tile", pa.int32()),
            pa.field("role", pa.int8()),
            *(catalogue.entity_schema.field(name) for name in columns),
        ]
    )
    tasks = partitions or max(8, -(-plan.pairs // PAIRS_PER_TASK))
    tiles = (
        map_batches(prepared, lambda batch: scatter(batch, plan), sent)
        .repartition(tasks, "key", "tile")
        .sortWithinPartitions("key", "tile", "role")
    )
    names = F.array(*(F.lit(rule.name) for rule in catalogue.rules))
    emitted = _compared(tiles, catalogue, linking=plan.linking)
    return emitted.withColumn("rule", F.element_at(names, F.col("rule").cast("int") + 1)).withColumn(
        "event_timestamp", F.lit(as_of)
    )


def _compared(tiles: DataFrame, catalogue: Catalogue, *, linking: bool) -> DataFrame:
    emitted = pa.schema(
        [
            pa.field("id_l", pa.string(), nullable=False),
            pa.field("id_r", pa.string(), nullable=False),
            pa.field("rule", pa.int8(), nullable=False),
            *(feature.field for feature in catalogue.pair_features),
        ]
    )

    def kernel(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return block_and_compare(batches, catalogue.pair_features, linking=linking)

    return tiles.mapInArrow(kernel, spark_schema(emitted))


def blocking_index(entity_features: DataFrame, plan: Plan, as_of: datetime, *, cap: int) -> DataFrame:
    """Key → the first `cap` records that carry it, in id order: blocking_index. Dropped keys are left out."""
    keys = entity_features.select(F.explode("keys").alias("key"), "entity_id")
    dropped = plan.dropped.tolist()
    if dropped:
        spark = entity_features.sparkSession
        gone = spark.createDataFrame([(key,) for key in dropped], "key long")
        keys = keys.join(F.broadcast(gone), "key", "left_anti")
    of_key = Window.partitionBy("key")
    return (
        keys.withColumn("place", F.row_number().over(of_key.orderBy("entity_id")))
        .withColumn("records", F.count(F.lit(1)).over(of_key))
        .where(F.col("place") <= cap)
        .groupBy("key", "records")
        .agg(F.sort_array(F.collect_list("entity_id")).alias("entity_ids"))
        .withColumn("key", F.col("key").cast("string"))
        .withColumn("event_timestamp", F.lit(as_of))
        .select(*BLOCKING_INDEX.schema.names)
    )

"""Blocks in Spark: the census, and the one shuffle that brings the records of a tile together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.arrays import BoolArray
from features.catalogue import Catalogue
from features.kernel.plan import Plan, scatter
from features.kernel.prune import Prune
from features.kernel.records import RULE_BITS
from features.kernel.tile import PRUNED, block_and_compare
from features.spark.data_files import write_files
from features.spark.frames import map_batches
from features.spark.table_files import is_in
from features.tables import BLOCK_CENSUS, BLOCKING_INDEX, TIMESTAMP

PAIRS_PER_TASK = 2_000_000
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
    folder: str,
    *,
    prune: Prune | None = None,
    partitions: int | None = None,
    changed: pa.Array | None = None,
) -> tuple[pa.Table, int]:
    """Candidate pairs of the plan with their features, as data files of pair_features in a folder: DATA_FILES.

    Returned with them: the number of pairs that `prune` left out. With `changed`, ids of records, only pairs of which
    one side is among them.

    Records travel, pairs do not: one row for every tile a record is in is brought to its tile's task,
    sorted, compared and written there.
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
        map_batches(prepared, lambda batch: scatter(batch, plan, _flags(batch, changed)), sent)
        .repartition(tasks, "key", "tile")
        .sortWithinPartitions("key", "tile", "role")
    )
    # Not the catalogue itself: its statistics would travel to the workers, and no pair needs them.
    features, schema, linking = catalogue.pair_features, catalogue.pair_schema, plan.linking
    rules = pa.array([rule.name for rule in catalogue.rules])

    def compared(batches: Iterable[pa.RecordBatch], tally: Counter[str]) -> Iterator[pa.RecordBatch]:
        for pairs in block_and_compare(batches, features, linking=linking, prune=prune, tally=tally):
            yield _named(pairs, rules, schema, as_of)

    files, tally = write_files(tiles, compared, folder)
    return files, tally[PRUNED]


def _flags(batch: pa.RecordBatch, ids: pa.Array | None) -> BoolArray | None:
    """Which records of a batch are among the ids."""
    return None if ids is None else is_in(batch.column("entity_id"), ids)


def _named(pairs: pa.RecordBatch, rules: pa.Array, schema: pa.Schema, as_of: datetime) -> pa.RecordBatch:
    """What the kernel emits as rows of pair_features: rules by name, and the time."""
    columns = {name: pairs.column(name) for name in pairs.schema.names}
    columns["rule"] = pa.DictionaryArray.from_arrays(columns["rule"], rules)
    columns["event_timestamp"] = pa.repeat(pa.scalar(as_of, type=TIMESTAMP), pairs.num_rows)
    fields = [field.with_type(columns[field.name].type) for field in schema]
    return pa.RecordBatch.from_arrays([columns[field.name] for field in fields], schema=pa.schema(fields))


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

"""Blocks in Spark: the census, and the one shuffle that brings the records of a tile together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.arrays import BoolArray
from features.catalogue import Catalogue
from features.kernel.census import CARRIED_KEYS, carried_keys, count_keys
from features.kernel.plan import MEMBERSHIP, PARTS_OF_CHANGED, Plan, scatter
from features.kernel.prune import Prune
from features.kernel.tasks import Tasks, in_order, parcels
from features.kernel.tile import PRUNED, block_and_compare
from features.spark.data_files import write_files
from features.spark.exchange import exchange, opened
from features.spark.frames import StreamFunction, map_streams
from features.spark.table_files import DataFiles, Rows, is_in
from features.tables import BLOCK_CENSUS, BLOCKING_INDEX, ENTITY_FEATURES, TIMESTAMP

_COUNTED = pa.schema([ENTITY_FEATURES.schema.field(name) for name in ("keys", "side")])

LEAST_TASKS = 8
"""Tasks of a comparison, however little there is to compare."""


def census(entity_features: Rows, catalogue: Catalogue, *, linking: bool) -> DataFrame:
    """Exact counts of every blocking key that makes a pair: block_census."""
    spark = entity_features.spark if isinstance(entity_features, DataFiles) else entity_features.sparkSession
    partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    rules = pa.array([rule.name for rule in catalogue.rules])

    def split(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
        for batch in batches:
            yield from carried_keys(batch, partitions)

    def counted(parcels: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield count_keys(opened(parcels, CARRIED_KEYS), rules, linking=linking)

    keys = exchange(entity_features, _COUNTED, split, CARRIED_KEYS, partitions)
    return map_streams(keys, counted, BLOCK_CENSUS.schema)


def compare_blocks(
    entity_features: Rows,
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

    Records travel, pairs do not: what a record is in, once for every tile, is brought to the tile's task, sorted,
    compared and written there.
    """
    columns = ["entity_id", "side", "keys", *catalogue.kernel_columns]
    # Not the catalogue itself: its statistics would travel to the workers, and no pair needs them.
    features, schema, linking = catalogue.pair_features, catalogue.pair_schema, plan.linking
    rules = pa.array([rule.name for rule in catalogue.rules])

    def compared(batches: Iterable[pa.RecordBatch], tally: Counter[str]) -> Iterator[pa.RecordBatch]:
        for pairs in block_and_compare(read(batches), features, linking=linking, prune=prune, tally=tally):
            yield _named(pairs, rules, schema, as_of)

    sent = pa.schema([catalogue.entity_schema.field(name) for name in columns])
    tasks = Tasks.of(plan, features=len(features), columns=len(columns), count=partitions, least=LEAST_TASKS)
    parcels_of_tasks, read = tiles(entity_features, sent, plan, tasks, changed)
    files, tally = write_files(parcels_of_tasks, compared, folder)
    return files, tally[PRUNED]


def tiles(
    records: Rows, sent: pa.Schema, plan: Plan, tasks: Tasks, changed: pa.Array | None = None
) -> tuple[DataFrame, StreamFunction]:
    """The tiles of a plan with these columns of their records, a partition a task, and how a worker reads them.

    What is read is sorted, as `block_and_compare` takes it.
    """
    memberships = pa.schema([*MEMBERSHIP, *sent])
    parts = 1 if changed is None else PARTS_OF_CHANGED
    slim = plan.without_counts()

    def split(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
        filled = (batch for batch in batches if batch.num_rows)
        scattered = chain.from_iterable(scatter(batch, slim, _flags(batch, changed)) for batch in filled)
        yield from parcels(scattered, tasks, parts)

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return in_order(opened(batches, memberships))

    return exchange(records, sent, split, memberships, tasks.count), read


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

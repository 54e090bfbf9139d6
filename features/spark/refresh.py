"""The blocks that a change of records concerns, found in entity_features: see `features.kernel.refresh`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.arrays import member
from features.catalogue import Catalogue
from features.kernel.refine import Keys, key_list
from features.kernel.refresh import COUNTS, Counts, distinct_keys, turned, with_any_key
from features.spark.frames import map_batches, to_arrow
from features.spark.table_files import is_in, map_files

KEYED = pa.schema(
    [
        pa.field("entity_id", pa.string()),
        pa.field("side", pa.string()),
        pa.field("keys", pa.list_(pa.int64())),
    ]
)
"""What of a record decides with whom it is compared."""


@dataclass(frozen=True)
class Concerned:
    """What a change of records concerns.

    `counts` are those of all keys that a changed record has or had, `again` the unchanged records whose pairs are
    made anew all the same, `keys` those of all records whose pairs are made anew.
    """

    counts: Counts
    again: pa.Array
    keys: Keys


class Unchanged:
    """The records of entity_features that did not change, in the data files `paths`."""

    def __init__(self, spark: SparkSession, paths: Sequence[str], changed: pa.Array, catalogue: Catalogue) -> None:
        self._spark = spark
        self._paths = paths
        self._changed = changed
        self._catalogue = catalogue

    def concerned(self, now: pa.Table, *, linking: bool) -> Concerned:
        """What the change concerns, where `now` are the changed records that are still there, as KEYED."""
        before = self._before()
        keys = distinct_keys(before, now)
        there = self._counts(keys)
        turns = turned(
            there + Counts.of(before, keys), there + Counts.of(now, keys), self._catalogue.rules, linking=linking
        )
        again = to_arrow(self.with_keys(turns, KEYED)) if len(turns) else KEYED.empty_table()
        if again.num_rows:
            keys = distinct_keys(before, now, again)
            there = self._counts(keys)
        ids = again.column("entity_id").combine_chunks()
        return Concerned(there + Counts.of(now, keys), ids, distinct_keys(now, again))

    def with_keys(self, keys: Keys, schema: pa.Schema) -> DataFrame:
        """Those records that have one of the keys."""
        changed = self._changed

        def chosen(batch: pa.RecordBatch) -> pa.RecordBatch:
            unchanged = ~is_in(batch.column("entity_id"), changed)
            return batch.filter(pa.array(unchanged & with_any_key(batch, keys)))

        return map_files(self._spark, self._paths, schema, chosen, schema)

    def _before(self) -> pa.Table:
        """The changed records as they were."""
        changed = self._changed

        def chosen(batch: pa.RecordBatch) -> pa.RecordBatch:
            return batch.filter(pa.array(is_in(batch.column("entity_id"), changed)))

        return to_arrow(map_files(self._spark, self._paths, KEYED, chosen, KEYED)).cast(KEYED)

    def _counts(self, keys: Keys) -> Counts:
        changed = self._changed

        def counted(batch: pa.RecordBatch) -> pa.RecordBatch:
            counts = Counts.of(batch.filter(pa.array(~is_in(batch.column("entity_id"), changed))), keys)
            some = np.flatnonzero(counts.left + counts.right)
            columns = [pa.array(values[some]) for values in (keys, counts.left, counts.right)]
            return pa.RecordBatch.from_arrays(columns, schema=COUNTS)

        found = map_files(self._spark, self._paths, KEYED, counted, COUNTS)
        sums = to_arrow(found.groupBy("key").agg(F.sum("left").alias("left"), F.sum("right").alias("right")))
        left, right = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
        at = np.searchsorted(keys, sums["key"].to_numpy())
        left[at], right[at] = sums["left"].to_numpy(), sums["right"].to_numpy()
        return Counts(keys, left, right)


def of_keys(records: DataFrame, keys: Keys) -> DataFrame:
    """The records with these keys alone in their key lists."""
    schema = pa.schema([KEYED.field("entity_id"), KEYED.field("keys")])

    def cut(batch: pa.RecordBatch) -> pa.RecordBatch:
        carried, rows = key_list(batch.column("keys"))
        kept = member(carried, keys)[0]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=batch.num_rows))])
        lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(carried[kept]))
        return pa.RecordBatch.from_arrays([batch.column("entity_id"), lists], schema=schema)

    return map_batches(records.select("entity_id", "keys"), cut, schema)

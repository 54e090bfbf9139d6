"""What the plan asks of the prepared records, answered by Spark in counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.arrays import BoolArray
from features.catalogue import Catalogue
from features.kernel.estimate import count_pairs
from features.kernel.ladder import Labelled, rules_of
from features.kernel.plan import Plan
from features.kernel.refine import SPLIT, Keys, Refinement, refined, split
from features.kernel.tasks import Tasks
from features.spark.blocks import tiles
from features.spark.frames import map_batches, map_streams, to_arrow
from features.spark.table_files import Rows, map_rows

_REACH = pa.schema([pa.field("rules", pa.binary())])
_SIZE = pa.schema([pa.field("rows", pa.int64()), pa.field("bytes", pa.int64())])
_FIRST = pa.schema([pa.field("rule", pa.int32()), pa.field("pairs", pa.int64())])


class SparkCorpus:
    """Prepared records, a frame of entity_features, as the ladder's corpus."""

    def __init__(self, entity_features: DataFrame, catalogue: Catalogue, *, linking: bool) -> None:
        self.entities = entity_features
        self.catalogue = catalogue
        self.linking = linking
        self._slim = entity_features.select("entity_id", "side", "keys", *catalogue.refining_columns)

    def split(self, refinement: Refinement, keys: Keys, allowed: BoolArray) -> pa.Table:
        """As `ladder.Corpus` asks."""
        rows = map_batches(self._slim, lambda batch: split(batch, refinement, keys, allowed), SPLIT)
        counted = rows.groupBy("key", "by", "sub").agg(
            F.count_if(~F.col("right")).alias("left"), F.count_if("right").alias("right")
        )
        left, right = F.col("left"), F.col("right")
        some = (left > 0) & (right > 0) if self.linking else left > 1
        return to_arrow(counted.where((F.col("sub") < 0) | some))

    def reach(self, plan: Plan) -> pa.Table:
        """As `ladder.Corpus` asks."""

        def of(batch: pa.RecordBatch) -> pa.RecordBatch:
            return pa.RecordBatch.from_arrays([rules_of(batch, plan)], schema=_REACH)

        return to_arrow(map_batches(self._slim, of, _REACH).groupBy("rules").agg(F.count("*").alias("records")))

    def labelled(self, pairs: Sequence[tuple[str, str]]) -> Labelled:
        """The prepared records of pairs of entity ids; every id must be that of a record."""
        found = to_arrow(self._of(sorted({entity for pair in pairs for entity in pair}))).combine_chunks()
        place = {entity: row for row, entity in enumerate(found["entity_id"].to_pylist())}
        left, right = (np.array([place[pair[side]] for pair in pairs], dtype=np.int64) for side in (0, 1))
        return Labelled(found.to_batches()[0], left, right)

    def union(self, plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Distinct pairs by the rule they are credited to, counted by the kernel without a feature."""
        rules = len(self.catalogue.rules)
        sent = pa.schema([self.catalogue.entity_schema.field(name) for name in ("entity_id", "side", "keys")])
        tasks = Tasks.of(plan, features=0, columns=len(sent))
        parcels, read = tiles(refined_records(self.entities, plan, self.catalogue), sent, plan, tasks)

        def of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            counts = count_pairs(read(batches), rules)
            yield pa.RecordBatch.from_arrays([pa.array(np.arange(rules), pa.int32()), pa.array(counts)], schema=_FIRST)

        counted = to_arrow(map_streams(parcels, of, _FIRST).groupBy("rule").agg(F.sum("pairs").alias("n")))
        first = np.zeros(rules, dtype=np.int64)
        first[np.asarray(counted["rule"].to_numpy(), dtype=np.int64)] = counted["n"].to_numpy()
        return first

    def record_bytes(self) -> float:
        """Mean size of a record as it travels to the kernel; 0 where there is none."""

        def of(batch: pa.RecordBatch) -> pa.RecordBatch:
            return pa.RecordBatch.from_pydict({"rows": [batch.num_rows], "bytes": [batch.nbytes]}, schema=_SIZE)

        columns = ("entity_id", "side", "keys", *self.catalogue.kernel_columns)
        sizes = to_arrow(map_batches(self.entities.select(*columns), of, _SIZE).agg(F.sum("rows"), F.sum("bytes")))
        rows, size = (column[0].as_py() or 0 for column in sizes.columns)
        return size / rows if rows else 0.0

    def _of(self, ids: Sequence[str]) -> DataFrame:
        named = self.entities.sparkSession.createDataFrame([(entity,) for entity in ids], "entity_id string")
        return self._slim.join(F.broadcast(named), "entity_id", "left_semi")


def refined_records(entity_features: Rows, plan: Plan, catalogue: Catalogue) -> Rows:
    """The records as the plan takes them: with the keys that its ladder refined in the place of their own."""
    refinement = plan.refinement
    if not len(refinement.keys):
        return entity_features
    schema = catalogue.entity_schema

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (refined(batch, refinement) for batch in batches if batch.num_rows)

    return map_rows(entity_features, schema, over, schema)

"""Features of given pairs, by the kernel that scores blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from features.catalogue import Catalogue
from features.errors import outlined
from features.kernel.score import score_known
from features.spark.frames import spark_schema
from features.spark.given import beside
from features.tables import quoted

_RECORD = "{side}:{column}"
"""Columns of records on their way to the kernel: no list has such a name."""


def scored(pairs: DataFrame, entities: DataFrame, catalogue: Catalogue) -> DataFrame:
    """Pairs (id_l, id_r, reason and any further columns) with every feature; null where there is a reason.

    Records travel to their pairs, so memory is that of a batch, whatever the list.
    """
    columns, features = catalogue.kernel_columns, catalogue.pair_features
    joined = beside(pairs, entities, columns, _RECORD).select(
        *(F.col(quoted(name)) for name in pairs.columns),
        *(F.col(quoted(_RECORD.format(column=c, side=side))) for side in "lr" for c in columns),
    )
    names = {side: {_RECORD.format(column=c, side=side): c for c in columns} for side in "lr"}
    given = list(pairs.columns)
    fields = [T.StructField(f.name, f.dataType) for f in spark_schema(pa.schema([f.field for f in features]))]

    def one(batch: pa.RecordBatch) -> pa.RecordBatch:
        known = batch.column("reason").is_null().to_numpy(zero_copy_only=False)
        found = score_known(known, _records(batch, names["l"]), _records(batch, names["r"]), features)
        arrays = [*(batch.column(name) for name in given), *found.columns]
        return pa.RecordBatch.from_arrays(arrays, names=[*given, *found.schema.names])

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with outlined():
            yield from map(one, batches)

    return joined.mapInArrow(over, T.StructType([*pairs.schema, *fields]))


def _records(batch: pa.RecordBatch, names: Mapping[str, str]) -> pa.Table:
    return pa.table({column: batch.column(name) for name, column in names.items()})

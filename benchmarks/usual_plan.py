"""The plan most teams write: pairs by a self-join, made distinct, records joined back twice, a pandas UDF.

Both forms give the same pairs with the same features as `features.spark.blocks.compare_blocks`, less the rule's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from rapidfuzz import process

from benchmarks.scalar.features import FEATURES
from features.catalogue import Catalogue
from features.comparators.strings import StringComparator
from features.declare import PairFeature
from features.spark.frames import spark_schema


def with_compiled_scorers(prepared: DataFrame, catalogue: Catalogue, as_of: datetime) -> DataFrame:
    """A pandas UDF a string similarity, one compiled call an Arrow batch; equalities in SQL."""
    pairs = _joined(prepared, prepared.select("entity_id", *catalogue.kernel_columns))
    features = [_computed(feature).alias(feature.name) for feature in catalogue.pair_features]
    return pairs.select("id_l", "id_r", *features, F.lit(as_of).alias("event_timestamp"))


def with_scalar_functions(prepared: DataFrame, catalogue: Catalogue, as_of: datetime) -> DataFrame:
    """One pandas UDF for all features, which calls a Python function for each feature of each row."""
    records = prepared.select("entity_id", F.struct(*catalogue.kernel_columns).alias("record"))
    features = _row_by_row(catalogue.pair_features)(F.col("record_l"), F.col("record_r"))
    compared = _joined(prepared, records).select("id_l", "id_r", features.alias("features"))
    return compared.select("id_l", "id_r", "features.*", F.lit(as_of).alias("event_timestamp"))


def _joined(prepared: DataFrame, records: DataFrame) -> DataFrame:
    """Distinct pairs that share a key, with the columns of `records` beside entity_id for both sides."""
    keyed = prepared.select("entity_id", F.explode("keys").alias("key"))
    left, right = (keyed.withColumnRenamed("entity_id", f"id_{side}") for side in "lr")
    pairs = left.join(right, "key").where("id_l < id_r").select("id_l", "id_r").distinct()
    for side in "lr":
        renamed = [F.col(name).alias(f"{name}_{side}") for name in records.columns if name != "entity_id"]
        pairs = pairs.join(records.select(F.col("entity_id").alias(f"id_{side}"), *renamed), f"id_{side}")
    return pairs


def _computed(feature: PairFeature) -> Column:
    """A string similarity as a pandas UDF; an equality as the SQL it is."""
    left, right = (F.col(f"{feature.inputs[0]}_{side}") for side in "lr")
    if isinstance(feature.comparator, StringComparator):
        return _udf(feature.comparator)(left, right)
    if feature.name.endswith("_equal") and len(feature.inputs) == 1:
        return (left == right).cast("float")
    raise SystemExit(f"this plan knows no {feature.name}: choose string similarities and equalities")


def _udf(comparator: StringComparator) -> F.UserDefinedFunctionLike:
    @F.pandas_udf("float")
    def compared(left: pd.Series, right: pd.Series) -> pd.Series:
        scores = process.cpdist(left.tolist(), right.tolist(), scorer=comparator.scorer, dtype=np.float32)
        return pd.Series(np.where(left.isna() | right.isna(), np.float32(np.nan), scores))

    return compared


def _row_by_row(features: Sequence[PairFeature]) -> F.UserDefinedFunctionLike:
    schema = pa.schema([feature.field for feature in features])
    types = {field.name: field.type.to_pandas_dtype() for field in schema}

    @F.pandas_udf(spark_schema(schema))
    def compared(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
        return rows_compared(left, right, types)

    return compared


def rows_compared(left: pd.DataFrame, right: pd.DataFrame, types: dict[str, Any]) -> pd.DataFrame:
    """The features named in `types` of the records of one Arrow batch, as Spark hands them over.

    By name, since compiled scorers do not travel to a worker.
    """
    functions = [FEATURES[name] for name in types]
    pairs = zip(_records(left), _records(right), strict=True)
    rows = [[function(one, other) for function in functions] for one, other in pairs]
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries of Python values: Spark hands lists over as arrays."""
    columns = {name: [_plain(value) for value in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value

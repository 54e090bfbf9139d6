"""The plan most teams write: pairs by a self-join, made distinct, strings joined back twice, a pandas UDF."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from rapidfuzz import process

from features.catalogue import Catalogue
from features.comparators.strings import StringComparator
from features.declare import PairFeature


def usual_plan(prepared: DataFrame, catalogue: Catalogue, as_of: datetime) -> DataFrame:
    """The same pairs with the same features as `features.spark.blocks.compare_blocks`, less the rule's name."""
    keyed = prepared.select("entity_id", F.explode("keys").alias("key"))
    left, right = (keyed.withColumnRenamed("entity_id", f"id_{side}") for side in "lr")
    pairs = left.join(right, "key").where("id_l < id_r").select("id_l", "id_r").distinct()
    texts = prepared.select("entity_id", *catalogue.kernel_columns)
    for side in "lr":
        renamed = [F.col(name).alias(f"{name}_{side}") for name in catalogue.kernel_columns]
        pairs = pairs.join(texts.select(F.col("entity_id").alias(f"id_{side}"), *renamed), f"id_{side}")
    features = [_computed(feature).alias(feature.name) for feature in catalogue.pair_features]
    return pairs.select("id_l", "id_r", *features, F.lit(as_of).alias("event_timestamp"))


def _computed(feature: PairFeature) -> Column:
    """A string similarity as a pandas UDF; an equality as the SQL it is."""
    left, right = (F.col(f"{feature.inputs[0]}_{side}") for side in "lr")
    if isinstance(feature.comparator, StringComparator):
        return _udf(feature.comparator)(left, right)
    if feature.name.endswith("_equal") and len(feature.inputs) == 1:
        return (left == right).cast("float")
    raise SystemExit(f"the usual plan knows no {feature.name}: choose string similarities and equalities")


def _udf(comparator: StringComparator) -> F.UserDefinedFunctionLike:
    @F.pandas_udf("float")
    def compared(left: pd.Series, right: pd.Series) -> pd.Series:
        scores = process.cpdist(left.tolist(), right.tolist(), scorer=comparator.scorer, dtype=np.float32)
        return pd.Series(np.where(left.isna() | right.isna(), np.float32(np.nan), scores))

    return compared

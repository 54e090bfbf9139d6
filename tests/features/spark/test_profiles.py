"""Profiles taken by the workers from data files: the same as over the table in one piece, whoever wrote the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import Catalogue
from features.gate import REASONS
from features.kernel.filled import Filled
from features.kernel.profile import Profile, profile
from features.lake import Lake
from features.spark import profiles
from features.spark.corrections import frame_of
from features.spark.frames import arrow_schema
from features.tables import RAW_ENTITIES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_pairs_of_several_files_have_the_profile_of_them_all(
    spark: SparkSession, catalogue: Catalogue, tmp_path: Path
) -> None:
    features = [catalogue.pair_feature(name) for name in ("name_jaro_winkler", "lei_agreement")]
    draw = np.random.default_rng(1)
    values = {f.name: draw.integers(0, 2, 500) for f in features}
    whole = pa.table({f.name: pa.array(values[f.name], f.returns.arrow) for f in features} | {"id_l": ["x"] * 500})
    paths = [str(tmp_path / f"{n}.parquet") for n in range(3)]
    for path, start in zip(paths, (0, 100, 350), strict=True):
        pq.write_table(whole.slice(start, {0: 100, 100: 250, 350: 150}[start]), path)
    assert profiles.of_pairs(spark, paths, features) == profile(whole, features)
    assert profiles.of_pairs(spark, [], features) == Profile()


def test_staged_rows_that_were_turned_away_do_not_count(spark: SparkSession, lake_root: str) -> None:
    from pyspark.sql import functions as F  # noqa: PLC0415  tests without Spark need no JVM

    lake = Lake(lake_root)
    rows = [{"entity_id": f"b:{n}", "source": "b", "side": "left", "name": "N" if n % 2 else None} for n in range(10)]
    broken = F.when(F.col("entity_id") == "b:1", F.array(F.lit("odd"))).otherwise(F.array().cast("array<string>"))
    staged = frame_of(spark, rows).withColumn(REASONS, broken)
    lake.overwrite(staged, RAW_ENTITIES, staged=True)
    schema = arrow_schema(staged)
    read = pa.schema([schema.field(name) for name in ("source", "name", "aliases")])
    found = profiles.of_records(spark, lake.data_files(RAW_ENTITIES, staged=True), read)
    assert found == Filled({"b": 9}, {"b": {"name": 4}})

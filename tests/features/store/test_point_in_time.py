"""The point-in-time join of Pairlake's own: the rows that Feast's has, and of the SageMaker store too."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

import feature_repo
from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import StoreError
from features.store.feast_store import FeastStore
from features.store.point_in_time import features_as_of
from features.tables import PAIR_FEATURES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEATURES = ["rule", "name_equal", "lei_agreement"]
AT_NOON = {"id_l": "a:1", "id_r": "b:1", "rule": "name_words", "name_equal": 0.25, "lei_agreement": 0}
PUBLISHED = [
    {**AT_NOON, "event_timestamp": NOON},
    {**AT_NOON, "name_equal": 0.75, "lei_agreement": 3, "event_timestamp": NOON + HOUR},
    {**AT_NOON, "id_l": "a:2", "id_r": "b:2", "name_equal": None, "event_timestamp": NOON},
]


@pytest.fixture
def far_west() -> Iterator[None]:
    """A driver eleven hours behind UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Pago_Pago"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def published(lake: Any, catalogue: Catalogue, rows: list[dict[str, Any]]) -> str:
    schema = catalogue.select(FEATURES[1:], None).pair_schema
    return str(lake.write(PAIR_FEATURES, rows, schema)[PAIR_FEATURES.name])


def labelled(spark: SparkSession, *rows: tuple[str | None, str | None, datetime | None, int]) -> DataFrame:
    return spark.createDataFrame(list(rows), "id_l string, id_r string, event_timestamp timestamp, `is match` int")


def test_a_pair_has_the_last_features_by_its_time_and_every_pair_comes_back_once(
    spark: SparkSession, lake: Any, catalogue: Catalogue, request: pytest.FixtureRequest
) -> None:
    path = published(lake, catalogue, PUBLISHED)
    pairs = labelled(
        spark,
        ("a:1", "b:1", NOON - timedelta(microseconds=1), 0),  # before there was a value
        ("a:1", "b:1", NOON, 1),
        ("a:1", "b:1", NOON + HOUR - timedelta(microseconds=1), 2),
        ("a:1", "b:1", NOON + HOUR, 3),
        ("a:1", "b:1", NOON + HOUR, 3),  # the same pair labelled twice stays twice
        ("a:2", "b:2", NOON + HOUR, 4),
        ("a:9", "b:9", NOON + HOUR, 5),  # unknown
        (None, "b:1", NOON + HOUR, 6),
        ("a:1b", ":1", NOON + HOUR, 7),  # reads like a pair that is there
    )
    request.getfixturevalue("far_west")  # not before the labels, which are made in local time
    frame = features_as_of(pairs, path, FEATURES)
    assert frame.columns == ["id_l", "id_r", "event_timestamp", "is match", *FEATURES]
    rows = sorted((row["is match"], row["rule"], row["name_equal"], row["lei_agreement"]) for row in frame.collect())
    assert rows == [
        (0, None, None, None),
        (1, "name_words", 0.25, 0),
        (2, "name_words", 0.25, 0),
        (3, "name_words", 0.75, 3),
        (3, "name_words", 0.75, 3),
        (4, "name_words", None, 0),
        (5, None, None, None),
        (6, None, None, None),
        (7, None, None, None),
    ]


def test_any_pairs_have_the_features_that_feasts_join_gives_them(
    spark: SparkSession, lake: Any, catalogue: Catalogue, tmp_path: Path
) -> None:
    drawn = random.Random(7)
    keys = [(f"a:{n}", f"b:{n % 7}", hour) for n in range(20) for hour in drawn.sample(range(6), 3)]
    rows = [
        {**AT_NOON, "id_l": left, "id_r": right, "name_equal": drawn.random(), "event_timestamp": NOON + hour * HOUR}
        for left, right, hour in keys
    ]
    path = published(lake, catalogue, rows)
    asked = [(left, right, NOON + drawn.randrange(-1, 7) * HOUR, n) for n, (left, right, _) in enumerate(keys)]
    pairs = labelled(spark, *asked)
    few = catalogue.select(FEATURES[1:], None)
    anywhere = {table.name: f"/nowhere/{table.name}" for table in tables.ALL} | {PAIR_FEATURES.name: path}
    feasts = FeastStore(Path(feature_repo.__file__).parent, str(tmp_path), define(few, anywhere))
    feasts.apply()
    pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")
    from features.store.sagemaker_store import SageMakerStore  # noqa: PLC0415

    sagemakers = SageMakerStore(SageMaker(), few, {PAIR_FEATURES.name: path})
    found, expected = sagemakers.training_frame(pairs), feasts.training_frame(pairs)
    assert found.columns == expected.columns
    assert sorted(found.collect(), key=str) == sorted(expected.collect(), key=str)
    assert found.count() == len(asked)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda pairs: pairs.drop("id_r"), "no column 'id_r'"),
        (lambda pairs: pairs.withColumn("name_equal", F.lit(1.0)), "'name_equal' of their own"),
        (lambda pairs: pairs.withColumn("event_timestamp", F.lit("2026")), "is string; wanted timestamp"),
        (lambda pairs: pairs.withColumn("event_timestamp", F.lit(None).cast("timestamp")), "have no event_timestamp"),
    ],
)
def test_pairs_that_cannot_be_answered_are_refused(spark: SparkSession, change: Any, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        features_as_of(change(labelled(spark, ("a:1", "b:1", NOON, 1))), "/nowhere", FEATURES)


def test_a_pair_published_twice_at_one_time_is_not_multiplied(
    spark: SparkSession, lake: Any, catalogue: Catalogue
) -> None:
    path = published(lake, catalogue, [PUBLISHED[0], PUBLISHED[0]])
    with pytest.raises(StoreError, match="several rows of one pair"):
        features_as_of(labelled(spark, ("a:1", "b:1", NOON, 1)), path, FEATURES)

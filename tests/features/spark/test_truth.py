"""Labelled pairs: read from what people have, by the ids they have, and nothing dropped in silence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.spark.files import SourceError
from features.spark.truth import known_matches, matches_of, open_truth

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

LEFT = ("clients:1", "clients:2", "clients:007", "clients:5", "prospects:5")
RIGHT = ("register:a", "register:b", "register:c", "register:1e3")


@pytest.fixture(scope="module")
def entities(spark: SparkSession) -> DataFrame:
    rows = [(i, i.partition(":")[0], side) for side, ids in (("left", LEFT), ("right", RIGHT)) for i in ids]
    return spark.createDataFrame(rows, "entity_id string, source string, side string")


def written(folder: Path, *lines: str) -> str:
    path = folder / "truth.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_matches_are_pairs_of_two_records_each_once_and_every_row_is_accounted_for(
    spark: SparkSession, entities: DataFrame, tmp_path: Path
) -> None:
    table = (
        "id_left,id_right,match",
        "007,1e3,1",  # ids are texts
        "clients:1,a,1.0",
        "register:a,clients:1,true",  # the same pair by other ids
        "2,c,0",
        "2,b,1",
        "2,register:b,0",
        "5,a,1",
        "9,c,TRUE",
        "clients:1,clients:2,1",
    )
    known = known_matches(open_truth(spark, written(tmp_path, *table)), entities, linking=True)
    assert known.pairs == (("clients:007", "register:1e3"), ("clients:1", "register:a"))
    assert known.account == {
        "rows": 9,
        "no_match": 2,
        "unknown_id": 1,
        "ambiguous_id": 1,
        "same_record": 0,
        "same_side": 1,
        "contradicted": 1,
        "copies": 1,
        "matches": 2,
    }
    assert str(known) == (
        "2 labelled pairs of which both records are there; rows that are not used: 1 unknown_id, 1 ambiguous_id, "
        "1 same_side, 1 contradicted"
    )
    with matches_of(open_truth(spark, str(tmp_path / "truth.csv")), entities, linking=True) as matches:
        assert (matches.account, matches.unknown_ids) == (known.account, ("5", "9"))


def test_deduplicating_a_pair_is_one_whichever_side_comes_first(
    spark: SparkSession, entities: DataFrame, tmp_path: Path
) -> None:
    given = open_truth(spark, written(tmp_path, "id_l,id_r", "2,1", "1,2", "clients:1,2", "1,1"))
    assert known_matches(given, entities, linking=False).pairs == (("clients:1", "clients:2"),)


def test_a_row_whose_label_says_nothing_is_refused_not_left_out(
    spark: SparkSession, entities: DataFrame, tmp_path: Path
) -> None:
    given = open_truth(spark, written(tmp_path, "id_l,id_r,label", "1,a,1", "2,b,"))
    with pytest.raises(SourceError, match="in 1 of 2 rows the label is empty or neither 0 nor 1; wanted 1 for a match"):
        known_matches(given, entities, linking=True)

"""Pairs given from outside: every row is kept, told what it names, and scored by the kernel that scores blocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_pairs
from features.spark.files import SourceError
from features.spark.frames import from_rows, to_arrow
from features.spark.given import files_of, no_pair, open_pairs, resolved, unknown_ids
from features.spark.scoring import scored

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

FEATURES = ("name_token_containment", "name_jaro_winkler", "bic_agreement", "name_embedding_cosine")
"""The first one is not symmetric: which record stands left shows in it."""

RECORDS = {
    ("a", "left"): ["1", "2", "3"],
    ("b", "left"): ["1", "9", "a:2"],
    ("c", "right"): ["1", "5", "9"],
}
NAMES = [
    "Zanzibar Trust Bank AG",
    "Zanzibar Bank",
    None,
    "Quorum Ærø Capital",
    "東京銀行",
    "Quorum Capital Partners Ltd",
]


class Entities:
    """Prepared records of three sources, as Arrow and as Spark has them; all on one side where they are not linked."""

    def __init__(self, spark: SparkSession, catalogue: Catalogue, *, linking: bool) -> None:
        chosen = catalogue.select(FEATURES, ["name_words"])
        batches = [
            prepare(
                standardise(
                    raw_batch(
                        [{"id": i, "name": NAMES[(place * 3 + n) % 6], "bic": "DEUTDEFF"} for n, i in enumerate(ids)],
                        side=side if linking else "left",
                        source=source,
                    ),
                    chosen,
                ),
                chosen,
                datetime(2026, 1, 1, tzinfo=UTC),
            )
            for place, ((source, side), ids) in enumerate(RECORDS.items())
        ]
        self.catalogue = chosen
        self.linking = linking
        self.table = pa.Table.from_batches(batches)
        self.frame = from_rows(spark, self.table.to_pylist(), chosen.entity_schema)

    def of(self, entity_id: str) -> pa.Table:
        return self.table.slice(self.table["entity_id"].to_pylist().index(entity_id), 1)

    def direct(self, left: str, right: str) -> dict[str, Any]:
        values: dict[str, Any] = score_pairs(self.of(left), self.of(right), self.catalogue.pair_features).to_pylist()[0]
        return values


@pytest.fixture(scope="module", params=["link", "dedupe"])
def entities(spark: SparkSession, catalogue: Catalogue, request: pytest.FixtureRequest) -> Entities:
    return Entities(spark, catalogue, linking=request.param == "link")


LINKED = {
    ("a:1", "c:5"): ("a:1", "c:5", None),
    ("c:5", "a:1"): ("a:1", "c:5", None),  # entity ids say by themselves which side they are of
    ("2", "5"): ("a:2", "c:5", None),
    (" 2 ", "c:5"): ("a:2", "c:5", None),
    ("a:2", "c:1"): ("a:2", "c:1", None),  # the id of a record before the like one that source b gave
    ("9", "9"): ("b:9", "c:9", None),  # one of each side
    ("1", "1"): (None, "c:1", "ambiguous_id"),
    ("a:1", "nobody"): ("a:1", None, "unknown_id"),
    ("5", "9"): (None, "c:9", "unknown_id"),  # 5 is of the other side
    ("", None): (None, None, "unknown_id"),
    ("a:1", "b:1"): ("a:1", "b:1", "same_side"),
    ("a:1", "a:1"): ("a:1", "a:1", "same_record"),
}
DEDUPED = {
    ("a:1", "c:5"): ("a:1", "c:5", None),
    ("c:5", "a:1"): ("a:1", "c:5", None),
    ("2", "5"): ("a:2", "c:5", None),
    ("5", "2"): ("a:2", "c:5", None),
    ("9", "3"): (None, "a:3", "ambiguous_id"),
    ("a:1", "b:1"): ("a:1", "b:1", None),
    ("a:1", "a:1"): ("a:1", "a:1", "same_record"),
    ("nobody", "c:5"): (None, "c:5", "unknown_id"),
}


def test_ids_name_the_records_they_can_only_mean(spark: SparkSession, entities: Entities) -> None:
    wanted = LINKED if entities.linking else DEDUPED
    rows = resolved(listed(spark, list(wanted)), entities.frame, linking=entities.linking)
    found = {row["row"]: (row["id_l"], row["id_r"], row["reason"]) for row in rows.collect()}
    assert [found[n] for n in range(len(wanted))] == list(wanted.values())
    assert unknown_ids(rows) == (("", "1", "5", "nobody") if entities.linking else ("9", "nobody"))


def test_a_given_pair_has_the_bits_of_the_kernel_and_every_row_is_kept(spark: SparkSession, entities: Entities) -> None:
    wanted = [*(LINKED if entities.linking else DEDUPED), ("c:5", "a:1"), ("b:9", "c:1"), ("a:3", "c:1")]
    frame = resolved(listed(spark, wanted), entities.frame, linking=entities.linking)
    table = to_arrow(scored(frame.repartition(3), entities.frame, entities.catalogue).orderBy("row"))
    assert table["row"].to_pylist() == list(range(len(wanted)))
    assert table["note"].to_pylist() == [f"row {n}" for n in range(len(wanted))]
    known = 0
    for row in table.to_pylist():
        values = {name: row[name] for name in FEATURES}
        if row["reason"] is None:
            known += 1
            assert bits(values) == bits(entities.direct(row["id_l"], row["id_r"]))
            assert not entities.linking or row["id_r"].startswith("c:")
        else:
            assert set(values.values()) == {None}
    assert 0 < known < len(wanted)


def test_a_list_of_unknown_ids_alone_is_scored_to_nulls(spark: SparkSession, entities: Entities) -> None:
    frame = resolved(listed(spark, [("x", "y")]), entities.frame, linking=entities.linking)
    rows = scored(frame, entities.frame, entities.catalogue).collect()
    assert [row["bic_agreement"] for row in rows] == [None]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "delta"])
def test_a_list_is_read_in_its_order_with_its_further_columns(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    columns = {"id_left": [3, 1, 1, 2], "id_right": ["x", "y", "y", "z"], "note": ["Ä", None, "", "a, b"]}
    table = pa.table(columns)
    path = tmp_path / f"pairs.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=1)
    elif kind == "delta":
        frame = spark.createDataFrame(table.to_pandas()).coalesce(1)
        frame.write.format("delta").save(str(path))
    else:
        table.to_pandas().to_csv(path, index=False)
    given = open_pairs(spark, str(path), "pairs")
    rows = [tuple(row[name] or "" for name in given.frame.columns) for row in given.frame.orderBy("row").collect()]
    assert given.frame.columns == ["row", "given_l", "given_r", "note"]
    assert rows == [(1, "3", "x", "Ä"), (2, "1", "y", ""), (3, "1", "y", ""), (4, "2", "z", "a, b")]
    assert (given.rows, given.further) == (4, ("note",))
    assert open_pairs(spark, str(path), "pairs", further=("label",)).further == ()


def test_rows_of_several_files_are_numbered_without_a_gap(spark: SparkSession, tmp_path: Path) -> None:
    for n in range(5):
        rows = "\n".join(f"{n},{row}" for row in range(n + 1))
        (tmp_path / f"{n}.csv").write_text(f"id_l,id_r\n{rows}\n")
    given = open_pairs(spark, str(tmp_path / "*.csv"), "pairs")
    assert [row["row"] for row in given.frame.orderBy("row").collect()] == list(range(1, 16))
    assert given.frame.select("given_l", "given_r").distinct().count() == 15


BROKEN: dict[str, tuple[str, str]] = {
    "no id columns": ("left,right\n1,2\n", "has no column of ids among its 2; wanted the columns id_l and id_r, or"),
    "one id column": ("id_l,idr\n1,2\n", "has a column 'id_l' and no 'id_r'; wanted"),
    "no rows": ("id_l,id_r\n", "holds no pair"),
    "nothing": ("", "is an empty file"),
    "a short row": ("id_l,id_r,note\n1,2,3\n1,2\n", "1 lines have too many or too few fields"),
    "a column of ours": ("id_l,id_r,Reason\n1,2,3\n", "has a column 'Reason', which the result has as well; rename it"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_list_that_cannot_be_used_is_refused_in_words(spark: SparkSession, tmp_path: Path, name: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(BROKEN[name][0])
    with pytest.raises(SourceError) as caught:
        open_pairs(spark, str(path), "pairs")
    assert BROKEN[name][1] in str(caught.value)


def test_a_path_that_says_nothing_is_refused_in_words(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "pairs.xlsx").write_text("x")
    for path, said in {
        "pairs.xlsx": "does not say what it is; wanted a .csv or .parquet file, or a Delta table",
        "nothing": "there is nothing at",
        "nothing.csv": "there is nothing at",
    }.items():
        with pytest.raises(SourceError, match=said):
            open_pairs(spark, str(tmp_path / path), "pairs")
    assert files_of(str(tmp_path), "pairs").format == "parquet"


def test_numbers_with_a_point_are_no_ids(spark: SparkSession, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id_l": [1.0], "id_r": ["x"]}), tmp_path / "pairs.parquet")
    with pytest.raises(SourceError, match="the column 'id_l' is double, whose text is not stable"):
        open_pairs(spark, str(tmp_path / "pairs.parquet"), "pairs")


def test_a_list_without_a_pair_of_records_is_told_by_reason(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("id_l,id_r\n1,2\n")
    given = open_pairs(spark, str(path), "pairs")
    said = no_pair(given, {"unknown_id": 1}, ["1", "2"])
    assert said.startswith(f"source 'pairs' ({path}): none of its 1 pairs is one of two records of the lake ")
    assert "(1 unknown_id; unknown are '1', '2'). Wanted entity ids" in said


def listed(spark: SparkSession, pairs: list[tuple[Any, Any]]) -> DataFrame:
    """What `open_pairs` makes of a list."""
    rows = [(n, left and left.strip(), right, f"row {n}") for n, (left, right) in enumerate(pairs)]
    return spark.createDataFrame(rows, "row long, given_l string, given_r string, note string")


def bits(values: dict[str, Any]) -> dict[str, Any]:
    shown: Callable[[Any], Any] = lambda v: v.hex() if isinstance(v, float) else v  # noqa: E731
    return {name: shown(value) for name, value in values.items()}

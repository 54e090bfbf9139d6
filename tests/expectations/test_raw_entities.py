"""raw_entities: each rule turns away its row and no other; a table that is broken as a whole is stopped."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.raw_entities import MAX_CHARACTERS, suite
from features.gate import REASONS, Verdict, audit, split
from features.sections import Gates, Source
from features.spark.frames import spark_schema
from features.spark.sources import MALFORMED
from features.tables import RAW_ENTITIES

pytestmark = pytest.mark.spark

COLUMNS = {"name": "n"}
SOURCES = [
    Source(name="books", side="left", format="csv", path="x", id="i", columns=COLUMNS),
    Source(name="register", side="right", format="csv", path="x", id="i", columns=COLUMNS),
]
LONG = "x" * MAX_CHARACTERS
BROKEN = "caf\N{REPLACEMENT CHARACTER}"


def row(number: int, **fields: Any) -> dict[str, Any]:
    """A good row of `books`, with what is wrong about it."""
    blank = dict.fromkeys(RAW_ENTITIES.schema.names)
    good = {"entity_id": f"books:{number}", "source": "books", "side": "left", "name": "Müller 株式会社 😀 Ltd"}
    return {**blank, MALFORMED: None, **good, **fields}


def of_register(number: int, **fields: Any) -> dict[str, Any]:
    return row(number, **{"entity_id": f"register:{number}", "source": "register", "side": "right", **fields})


def frame_of(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    schema = spark_schema(RAW_ENTITIES.schema)
    for field in schema:
        field.nullable = True
    return spark.createDataFrame(
        [tuple(r[c] for c in [*schema.names, MALFORMED]) for r in rows], schema.add(MALFORMED, "string")
    )


def reasons(spark: SparkSession, *rows: dict[str, Any]) -> list[list[str]]:
    """Reasons of each row, in the rows' order."""
    numbered = frame_of(spark, *rows).coalesce(1).withColumn("n", F.monotonically_increasing_id())
    return [r[REASONS] for r in split(numbered, suite(SOURCES)).orderBy("n").collect()]


def verdict_on(spark: SparkSession, *rows: dict[str, Any], gates: Gates | None = None) -> Verdict:
    rules = suite(SOURCES, gates or Gates())
    return audit(split(frame_of(spark, *rows), rules), rules, table=RAW_ENTITIES.name)


def test_good_rows_pass_whatever_their_script_and_up_to_the_longest_text(spark: SparkSession) -> None:
    assert reasons(
        spark,
        row(1),
        row(2, name=None, aliases=None),
        row(3, aliases=[]),
        row(4, name=LONG, aliases=[LONG, LONG], address=LONG),
        row(5, name="שלום 🏦 e\u0301", aliases=["مصرف"]),
    ) == [[], [], [], [], []]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"entity_id": None}, "missing_id"),
    ({"source": None}, "missing_source"),
    ({"side": None}, "missing_side"),
    ({"name": LONG + "x"}, "name_too_long"),
    ({"aliases": ["A", LONG + "x"]}, "name_too_long"),
    ({"family_name": "😀" * MAX_CHARACTERS + "x"}, "name_too_long"),
    ({"address": LONG + "x"}, "field_too_long"),
    ({"tax_id": LONG + "x"}, "field_too_long"),
    ({"name": BROKEN}, "invalid_utf8"),
    ({"aliases": ["A", BROKEN]}, "invalid_utf8"),
    ({"city": BROKEN}, "invalid_utf8"),
    ({MALFORMED: "1;2;3"}, "malformed_row"),
]
"""What is wrong with a row, and the one rule it breaks."""


def test_each_row_rule_turns_away_its_row_and_only_it(spark: SparkSession) -> None:
    rows = (row(n, **fields) for n, (fields, _) in enumerate(BAD))
    assert reasons(spark, row(-1), *rows) == [[], *([reason] for _, reason in BAD)]


def test_every_row_of_an_id_that_is_not_unique_goes(spark: SparkSession) -> None:
    one, other = row(1), row(1, name="Other Ltd")
    assert reasons(spark, one, row(2), other) == [["duplicate_id"], [], ["duplicate_id"]]


def test_rows_without_an_id_are_no_duplicates_of_one_another(spark: SparkSession) -> None:
    assert reasons(spark, row(1, entity_id=None), row(2, entity_id=None)) == [["missing_id"], ["missing_id"]]


def test_a_good_table_passes(spark: SparkSession) -> None:
    assert verdict_on(spark, row(1), of_register(1)).passed


def test_a_source_without_a_row_stops_the_table(spark: SparkSession) -> None:
    verdict = verdict_on(spark, row(1))
    assert [r.name for r in verdict.broken] == ["no_rows_from_register"]


def test_an_empty_table_is_stopped(spark: SparkSession) -> None:
    assert {r.name for r in verdict_on(spark).broken} == {"no_rows_from_books", "no_rows_from_register"}


def test_too_large_a_share_of_quarantined_rows_stops_the_table(spark: SparkSession) -> None:
    rows = [of_register(1), row(0), *(row(n, name=BROKEN) for n in (1, 2))]
    assert verdict_on(spark, *rows, gates=Gates(max_quarantined_share=0.5)).passed
    verdict = verdict_on(spark, *rows, gates=Gates(max_quarantined_share=0.49))
    assert [(r.name, r.observed) for r in verdict.broken] == [("too_many_quarantined", "2 rows and 2 quarantined")]


def test_a_table_where_every_name_is_null_is_stopped_and_says_which_columns_to_map(spark: SparkSession) -> None:
    verdict = verdict_on(spark, row(1, name=None), row(2, name=" "), of_register(1))
    assert [(r.name, r.observed) for r in verdict.broken] == [("unidentified_books", "2 of 2 rows that break it")]
    assert "[sources.columns]" in verdict.broken[0].remedy


def test_an_identifier_or_a_person_name_stands_in_for_the_name(spark: SparkSession) -> None:
    fields = ("lei", "bic", "isin", "registration_number", "tax_id", "given_name", "family_name")
    rows = [row(n, name=None, **{field: "X"}) for n, field in enumerate(fields)]
    other = of_register(1, name=None, aliases=["A"])
    assert verdict_on(spark, *rows, other, gates=Gates(max_unidentified_share=0)).passed

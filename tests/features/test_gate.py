"""The gate: rows that break a row rule are split off with the reasons, what was written is judged by the same suite."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features import data_docs
from features.declare import DeclarationError
from features.gate import (
    REASONS,
    ExpectFigureToBeBetween,
    ExpectRowsToSatisfy,
    GateFailedError,
    audit,
    row_rule,
    split,
    table_rule,
)
from features.gate import suite_of as with_severities

pytestmark = pytest.mark.spark

SCHEMA = "id string, other string, similarity float, state int"
Row = tuple[str | None, str | None, float | None, int | None]

NO_ID = row_rule("no_id", gxe.ExpectColumnValuesToNotBeNull, "an id in every row", column="id")
UNUSED = row_rule("unused", gxe.ExpectColumnValuesToBeNull, "nothing in other", column="other")
RANGE = row_rule(
    "range",
    gxe.ExpectColumnValuesToBeBetween,
    "similarity from 0 to 1",
    column="similarity",
    min_value=0.0,
    max_value=1.0,
)
AT_LEAST = row_rule(
    "at_least", gxe.ExpectColumnValuesToBeBetween, "similarity from 0", column="similarity", min_value=0.0
)
STATE = row_rule("state", gxe.ExpectColumnValuesToBeInSet, "state 0, 1 or 2", column="state", value_set=[0, 1, 2])
FORM = row_rule("form", gxe.ExpectColumnValuesToMatchRegex, "capital letters", column="id", regex=r"\A[A-Z]+\z")
TWICE = row_rule("twice", gxe.ExpectColumnValuesToBeUnique, "an id once", column="id")
ORDER = row_rule("order", ExpectRowsToSatisfy, "id before other", column_list=["id", "other"], condition="id < other")
ROW_RULES = (NO_ID, UNUSED, RANGE, AT_LEAST, STATE, FORM, TWICE, ORDER)

SOME_ROWS = table_rule(
    "empty", gxe.ExpectTableRowCountToBeBetween, "at least one row", "look at the source", min_value=1
)
FEW_QUARANTINED = table_rule(
    "too_many_quarantined",
    gxe.ExpectTableRowCountToBeBetween,
    "at most a tenth quarantined",
    "look at the reasons",
    min_value={"$PARAMETER": "checked - trunc(checked * 0.1)"},
)


def suite_of(*rules: Any) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name="rules", expectations=list(rules))


@pytest.fixture
def frame_of(spark: SparkSession) -> Callable[..., DataFrame]:
    return lambda *rows: spark.createDataFrame(list(rows), SCHEMA)


# --- split: which rows break which rule ---


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        (NO_ID, (None, None, 0.5, 1)),
        (UNUSED, ("A", "B", 0.5, 1)),
        (RANGE, ("A", None, 1.5, 1)),
        (RANGE, ("A", None, -0.5, 1)),
        (RANGE, ("A", None, float("nan"), 1)),
        (AT_LEAST, ("A", None, -0.5, 1)),
        (STATE, ("A", None, 0.5, 7)),
        (FORM, ("a", None, 0.5, 1)),
        (TWICE, ("GOOD", None, 0.5, 1)),
        (ORDER, ("B", "A", 0.5, 1)),
    ],
    ids=lambda value: value.meta["rule"] if hasattr(value, "meta") else "",
)
def test_a_row_that_breaks_a_rule_carries_its_name(frame_of: Callable[..., DataFrame], rule: Any, row: Row) -> None:
    found = split(frame_of(row, ("GOOD", None, 0.5, 1)), suite_of(rule)).select("id", REASONS).collect()
    clones = rule is TWICE
    assert [tuple(r) for r in found if r["id"] != "GOOD" or clones] == [
        (row[0], [rule.meta["rule"]]) for _ in range(2 if clones else 1)
    ]


def test_a_missing_value_breaks_no_rule_but_the_one_that_asks_for_it(
    frame_of: Callable[..., DataFrame],
) -> None:
    missing = (None, None, None, None)
    found = split(frame_of(missing, missing), suite_of(*ROW_RULES)).collect()
    assert [row[REASONS] for row in found] == [["no_id"], ["no_id"]]


def test_all_reasons_stand_on_the_row_in_the_order_of_the_suite(frame_of: Callable[..., DataFrame]) -> None:
    row = split(frame_of(("b", "a", 2.0, 9)), suite_of(*ROW_RULES)).collect()[0]
    assert row[REASONS] == ["unused", "range", "state", "form", "order"]


def test_split_changes_no_row_and_ignores_table_rules(frame_of: Callable[..., DataFrame]) -> None:
    frame = frame_of(("A", "B", 0.25, 1), (None, None, None, None))
    found = split(frame, suite_of(SOME_ROWS))
    assert found.columns == [*frame.columns, REASONS]
    assert sorted(map(str, found.drop(REASONS).collect())) == sorted(map(str, frame.collect()))
    assert all(row[REASONS] == [] for row in found.collect())


# --- what a suite may hold ---


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (row_rule("odd", gxe.ExpectColumnValuesToBeOfType, "", column="id", type_="StringType"), "cannot be"),
        (row_rule("most", gxe.ExpectColumnValuesToNotBeNull, "", column="id", mostly=0.9), "'mostly'"),
        (
            row_rule(
                "strict",
                gxe.ExpectColumnValuesToBeBetween,
                "",
                column="similarity",
                min_value=0,
                strict_min=True,
            ),
            "'strict_min'",
        ),
        (gxe.ExpectColumnValuesToNotBeNull(column="id"), "does not say its rule"),
    ],
)
def test_a_row_rule_that_cannot_be_compiled_is_refused_at_once(
    frame_of: Callable[..., DataFrame], rule: Any, says: str
) -> None:
    frame = frame_of(("A", None, 0.5, 1))
    for use in (lambda: split(frame, suite_of(rule)), lambda: audit(frame, suite_of(rule), table="t")):
        with pytest.raises(DeclarationError, match=says):
            use()


def test_two_rules_of_one_name_are_refused(frame_of: Callable[..., DataFrame]) -> None:
    other = row_rule("no_id", gxe.ExpectColumnValuesToNotBeNull, "", column="other")
    with pytest.raises(DeclarationError, match="two rules called 'no_id'"):
        split(frame_of(("A", None, 0.5, 1)), suite_of(NO_ID, other))


def test_split_names_the_nearest_column_when_one_is_not_there(frame_of: Callable[..., DataFrame]) -> None:
    frame = frame_of(("A", None, 0.5, 1)).withColumnRenamed("similarity", "similarities")
    with pytest.raises(DeclarationError, match="no column similarity; did you mean 'similarities'"):
        split(frame, suite_of(RANGE))


# --- audit: the verdict ---


def test_a_good_table_passes(frame_of: Callable[..., DataFrame]) -> None:
    verdict = audit(frame_of(("A", None, 0.5, 1)), suite_of(NO_ID, RANGE, SOME_ROWS), table="t")
    assert verdict.passed
    assert not verdict.mended_by_split
    assert str(verdict) == "t passed its gate: 1 rows, 3 rules"


def test_a_broken_row_rule_says_how_many_rows_and_that_a_split_would_mend_it(
    frame_of: Callable[..., DataFrame],
) -> None:
    frame = frame_of(("A", None, 1.5, 1), ("B", None, 0.5, 1), ("C", None, None, 1))
    verdict = audit(frame, suite_of(NO_ID, RANGE), table="t")
    assert [(r.name, r.observed) for r in verdict.broken] == [("range", "1 of 3 rows that break it")]
    assert not verdict.passed
    assert verdict.mended_by_split


def test_an_empty_table_passes_row_rules_and_is_stopped_by_a_table_rule(
    frame_of: Callable[..., DataFrame],
) -> None:
    verdict = audit(frame_of(), suite_of(*ROW_RULES, SOME_ROWS), table="t")
    assert [(r.name, r.observed) for r in verdict.broken] == [("empty", "0 rows")]
    assert verdict.rows == 0
    assert not verdict.mended_by_split


def test_a_missing_column_never_passes(frame_of: Callable[..., DataFrame]) -> None:
    frame = frame_of(("A", "B", 0.5, 1)).drop("other", "similarity")
    verdict = audit(frame, suite_of(NO_ID, RANGE, ORDER), table="t")
    assert {r.name: r.observed for r in verdict.broken} == {
        "range": "no column similarity",
        "order": "no column other",
    }


def test_a_column_of_the_wrong_type_never_passes(frame_of: Callable[..., DataFrame]) -> None:
    frame = frame_of(("A", "B", 0.5, 1)).withColumn("similarity", F.lit("Erika Mustermann"))
    verdict = audit(frame, suite_of(NO_ID, RANGE), table="t")
    assert "range" in {r.name for r in verdict.broken}
    assert "Mustermann" not in str(GateFailedError(verdict))


def test_what_was_turned_away_is_counted_by_reason_and_may_not_be_too_much(
    frame_of: Callable[..., DataFrame],
) -> None:
    rows = [("A", None, 0.5, 1)] * 18 + [(None, None, 0.5, 1), (None, None, 7.0, 1)]
    suite = suite_of(NO_ID, RANGE, FEW_QUARANTINED)
    verdict = audit(split(frame_of(*rows), suite), suite, table="t")
    assert (verdict.passed, verdict.rows, verdict.quarantined) == (True, 18, 2)
    assert dict(verdict.reasons) == {"no_id": 2, "range": 1}
    assert str(verdict) == ("t passed its gate: 18 rows, 3 rules, 2 rows quarantined (no_id 2, range 1)")
    verdict = audit(split(frame_of(*rows[1:]), suite), suite, table="t")
    assert [(r.name, r.observed) for r in verdict.broken] == [("too_many_quarantined", "17 rows and 2 quarantined")]


def test_mostly_bounds_a_share_in_a_table_rule(frame_of: Callable[..., DataFrame]) -> None:
    rule = table_rule("known", gxe.ExpectColumnValuesToNotBeNull, "half of them", "mend it", column="other", mostly=0.5)
    half, less = [("A", None, 0.5, 1), ("B", "B", 0.5, 1)], [("A", None, 0.5, 1)] * 2 + [("B", "B", 0.5, 1)]
    assert audit(frame_of(*half), suite_of(rule), table="t").passed
    verdict = audit(frame_of(*less), suite_of(rule), table="t")
    assert verdict.broken[0].observed == "2 of 3 rows that break it"


def test_the_error_says_what_was_found_what_was_wanted_and_what_to_do_and_no_value(
    frame_of: Callable[..., DataFrame],
) -> None:
    verdict = audit(frame_of(("Erika Mustermann", None, 0.5, 1)), suite_of(FORM, SOME_ROWS), table="t")
    assert str(GateFailedError(verdict)) == (
        "t did not pass its gate: form (1 rows, 2 rules). form: found 1 of 1 rows that break it, wanted capital "
        "letters; split the table with gate.split first, so that such rows go to quarantine. The last good "
        "version stays in force"
    )


def test_a_verdict_survives_json(frame_of: Callable[..., DataFrame]) -> None:
    done = split(frame_of(("A", None, 1.5, 1), (None, None, 0.5, 1)), suite_of(NO_ID))
    verdict = audit(done, suite_of(NO_ID, RANGE), table="t").to_dict()
    assert json.loads(json.dumps(verdict)) == verdict
    assert verdict["rules"][1]["observed"] == "1 of 1 rows that break it"


def test_the_table_is_not_left_in_sparks_cache(spark: SparkSession, frame_of: Callable[..., DataFrame]) -> None:
    frame = frame_of(("A", None, 0.5, 1))
    before = spark.sql("SHOW TABLES").collect()
    audit(frame, suite_of(NO_ID), table="t")
    assert not frame.is_cached
    assert spark.sql("SHOW TABLES").collect() == before


# --- what a breach does ---


def weighed(severity: dict[str, Any], *rules: Any) -> gx.ExpectationSuite:
    return with_severities("rules", [copy.deepcopy(rule) for rule in rules], severity)


def test_a_row_rule_set_to_warn_turns_no_row_away_and_is_told(frame_of: Callable[..., DataFrame]) -> None:
    suite = weighed({"range": "warn"}, NO_ID, RANGE, SOME_ROWS)
    done = split(frame_of(("A", None, 1.5, 1), ("B", None, 0.5, 1)), suite)
    assert [row[REASONS] for row in done.collect()] == [[], []]
    verdict = audit(done.drop(REASONS), suite, table="t")
    assert (verdict.passed, verdict.broken, verdict.mended_by_split) == (True, (), False)
    assert [(r.name, r.observed) for r in verdict.warnings] == [("range", "1 of 2 rows that break it")]
    assert str(verdict) == "t passed its gate: 2 rows, 3 rules, 1 warnings (range)"


def test_a_table_rule_set_to_warn_stops_nothing(frame_of: Callable[..., DataFrame]) -> None:
    verdict = audit(frame_of(), weighed({"empty": "warn"}, SOME_ROWS), table="t")
    assert verdict.passed
    assert [r.name for r in verdict.warnings] == ["empty"]


def test_a_row_rule_set_to_stop_turns_its_rows_away_and_stops_the_table(frame_of: Callable[..., DataFrame]) -> None:
    suite = weighed({"range": "stop"}, NO_ID, RANGE)
    done = split(frame_of(("A", None, 1.5, 1), ("B", None, 0.5, 1), (None, None, 0.5, 1)), suite)
    verdict = audit(done, suite, table="t")
    assert [(r.name, r.observed) for r in verdict.broken] == [("range", "1 of 3 rows that break it")]
    assert dict(verdict.reasons) == {"no_id": 1, "range": 1}
    assert not verdict.mended_by_split


def test_a_figure_that_was_taken_elsewhere_is_judged_with_the_rest(frame_of: Callable[..., DataFrame]) -> None:
    figures = (
        table_rule("near", ExpectFigureToBeBetween, "", "", observed=0.2, said="0.2", max_value=0.25),
        table_rule("far", ExpectFigureToBeBetween, "at most 0.25", "", observed=0.3, said="0.3", max_value=0.25),
        table_rule("none", ExpectFigureToBeBetween, "", "", said="nothing to compare with", max_value=0.25),
    )
    verdict = audit(frame_of(("A", None, 0.5, 1)), suite_of(NO_ID, *figures), table="t")
    assert [(r.name, r.passed, r.observed) for r in verdict.rules] == [
        ("no_id", True, "no breach"),
        ("near", True, "0.2"),
        ("far", False, "0.3"),
        ("none", True, "nothing to compare with"),
    ]


def test_a_page_of_data_docs_shows_every_rule_and_no_value_and_fetches_nothing(
    frame_of: Callable[..., DataFrame],
) -> None:
    pages: list[str] = []

    def document(judged: Any) -> str:
        pages.append(data_docs.page(judged, "R1", datetime(2026, 1, 1, tzinfo=UTC)))
        return "docs/t.html"

    broken = frame_of(("Erika Mustermann", "Erika", 7.0, 1)).withColumn("state", F.lit("Mustermann"))
    verdict = audit(broken, suite_of(*ROW_RULES, SOME_ROWS), table="t", document=document)
    (page,) = pages
    assert verdict.docs == "docs/t.html"
    assert all(rule.wanted in page for rule in verdict.rules)
    assert not any(word in page for word in ("Erika", "Mustermann", "<script", "<link", "<img", "://"))


# --- both halves of the gate ---

texts = st.sampled_from([None, "A", "B", "b", "", "Ä", "😀", "A\n"])
numbers = st.none() | st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0])
rows = st.lists(st.tuples(texts, texts, numbers, st.none() | st.integers(-1, 3)), max_size=30)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows)
def test_split_and_great_expectations_agree_on_every_rule(frame_of: Callable[..., DataFrame], rows: list[Row]) -> None:
    """Over any rows, a rule is broken in the audit exactly when split gave its name to a row, as often."""
    frame, suite = frame_of(*rows), suite_of(*ROW_RULES)
    names = [name for row in split(frame, suite).select(REASONS).collect() for name in row[REASONS]]
    verdict = audit(frame, suite, table="t")
    assert {r.name: r.observed for r in verdict.broken} == {
        name: f"{names.count(name)} of {len(rows)} rows that break it" for name in set(names)
    }

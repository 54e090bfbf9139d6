"""pair_features: the suite follows from the contracts; a value outside one is turned away, a broken table stopped."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.contracts import breaches
from expectations.pair_features import suite
from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.gate import REASONS, audit, split
from features.kernel.profile import Profile, profile
from features.spark.frames import spark_schema, to_arrow

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def few(catalogue: Catalogue) -> Catalogue:
    """Two features, for what is said of the table and not of a column."""
    return catalogue.select(["name_jaro_winkler", "bic_agreement"], ["name_words"])


def pair(catalogue: Catalogue, number: int, **fields: Any) -> dict[str, Any]:
    """A pair within every contract: numbers at their bounds or missing, states the first or the last."""
    features = {
        f.name: len(f.returns.states) - 1 if f.returns.states else [f.returns.low, f.returns.high, None][number % 3]
        for f in catalogue.pair_features
    }
    ids = {"id_l": f"books:{number}", "id_r": f"register:{number}", "rule": catalogue.rules[0].name}
    return {**ids, **features, "event_timestamp": datetime(2026, 1, 1, tzinfo=UTC), **fields}


def frame_of(spark: SparkSession, catalogue: Catalogue, *pairs: dict[str, Any]) -> DataFrame:
    schema = spark_schema(catalogue.pair_schema)
    for field in schema:
        field.nullable = True
    return spark.createDataFrame([tuple(p[c] for c in schema.names) for p in pairs], schema)


def reasons(frame: DataFrame, catalogue: Catalogue, *, linking: bool = True) -> list[list[str]]:
    return [r[REASONS] for r in split(frame, suite(catalogue, linking=linking)).orderBy("id_r").collect()]


def test_pairs_within_every_contract_pass(spark: SparkSession, catalogue: Catalogue) -> None:
    frame = frame_of(spark, catalogue, *(pair(catalogue, n) for n in range(3)))
    assert reasons(frame, catalogue) == [[], [], []]
    verdict = audit(frame, suite(catalogue, linking=False, planned_pairs=3), table="pair_features")
    assert verdict.passed, str(verdict)


def test_every_feature_out_of_its_contract_is_found_under_its_own_rule(
    spark: SparkSession, catalogue: Catalogue
) -> None:
    above = {f.name: len(f.returns.states) if f.returns.states else f.returns.high + 1 for f in catalogue.pair_features}
    below = {f.name: -1 if f.returns.states else f.returns.low - 1 for f in catalogue.pair_features}
    expected = [f"{'unknown_state' if f.returns.states else 'out_of_range'}_{f.name}" for f in catalogue.pair_features]
    frame = frame_of(spark, catalogue, pair(catalogue, 1, **above), pair(catalogue, 2, **below), pair(catalogue, 3))
    assert reasons(frame, catalogue) == [expected, expected, []]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"id_l": None}, "missing_id_l"),
    ({"rule": None}, "missing_rule"),
    ({"event_timestamp": None}, "missing_event_timestamp"),
    ({"lei_agreement": None}, "missing_lei_agreement"),
    ({"rule": "no_such_rule"}, "unknown_rule"),
    ({"name_jaro_winkler": float("nan")}, "out_of_range_name_jaro_winkler"),
]
"""What is wrong with a pair, and the one rule it breaks."""


def test_each_row_rule_turns_away_its_row_and_only_it(spark: SparkSession, catalogue: Catalogue) -> None:
    pairs = (pair(catalogue, n, **fields) for n, (fields, _) in enumerate(BAD, start=1))
    frame = frame_of(spark, catalogue, pair(catalogue, 0), *pairs)
    assert reasons(frame, catalogue) == [[], *([reason] for _, reason in BAD)]


def test_what_a_profile_counts_is_what_spark_finds(spark: SparkSession, catalogue: Catalogue) -> None:
    worst = {f.name: len(f.returns.states) if f.returns.states else f.returns.high + 1 for f in catalogue.pair_features}
    pairs = (pair(catalogue, n, **fields) for n, (fields, _) in enumerate(BAD, start=2))
    frame = frame_of(spark, catalogue, pair(catalogue, 0), pair(catalogue, 1, **worst), *pairs)
    known = breaches(profile(to_arrow(frame), catalogue.pair_features), catalogue.pair_features)
    rules = suite(catalogue, linking=True)
    found, counted = (audit(frame, rules, table="t", breaches=given) for given in (None, known))
    assert counted == found
    assert len(found.broken) > len(catalogue.pair_features)


def test_of_no_pairs_nothing_is_known_beforehand(catalogue: Catalogue) -> None:
    assert breaches(Profile(), catalogue.pair_features) == {}


def test_deduplicating_the_ids_of_a_pair_are_in_order(spark: SparkSession, few: Catalogue) -> None:
    swapped, itself = ({"id_l": "books:9", "id_r": r} for r in ("books:1", "books:9"))
    frame = frame_of(spark, few, pair(few, 1, **swapped), pair(few, 2, **itself))
    assert reasons(frame, few, linking=False) == [["ids_out_of_order"], ["ids_out_of_order"]]
    assert reasons(frame, few, linking=True) == [[], []]


def test_a_pair_that_occurs_twice_stops_the_table(spark: SparkSession, few: Catalogue) -> None:
    frame = frame_of(spark, few, *(pair(few, n) for n in (1, 2, 1)))
    verdict = audit(frame, suite(few, linking=True), table="pair_features")
    assert [(r.name, r.observed) for r in verdict.broken] == [("duplicate_pair", "2 of 3 rows that break it")]
    assert not verdict.mended_by_split


def test_no_pair_and_more_pairs_than_planned_stop_the_table(spark: SparkSession, few: Catalogue) -> None:
    rules = suite(few, linking=True, planned_pairs=1)
    none = audit(frame_of(spark, few), rules, table="pair_features")
    assert [(r.name, r.observed) for r in none.broken] == [("no_or_too_many_pairs", "0 rows")]
    frame = frame_of(spark, few, pair(few, 1), pair(few, 2))
    many = audit(frame, rules, table="pair_features")
    assert [(r.name, r.observed) for r in many.broken] == [("no_or_too_many_pairs", "2 rows")]


@pytest.fixture
def own_features() -> Iterator[str]:
    """A module of a user's own with one pair feature."""
    module = types.ModuleType("own_features_of_this_test")
    sys.modules[module.__name__] = module
    source = """
from features.declare import Cosine, Text, pair_feature

@pair_feature()
def own_feature(city_l: Text, city_r: Text) -> Cosine:
    '''A feature of one's own.'''
"""
    exec(source, module.__dict__)
    yield module.__name__
    del sys.modules[module.__name__]


def test_a_feature_declared_in_a_module_of_ones_own_is_in_the_suite(own_features: str) -> None:
    rules = {rule.meta["rule"]: rule for rule in suite(catalogues.load([own_features]), linking=True).expectations}
    assert (rules["out_of_range_own_feature"].min_value, rules["out_of_range_own_feature"].max_value) == (-1, 1)


def test_every_contract_and_required_column_has_a_rule(catalogue: Catalogue) -> None:
    ruled = {rule.configuration.kwargs.get("column") for rule in suite(catalogue, linking=True).expectations}
    assert ruled.issuperset(f.name for f in catalogue.pair_features)
    assert all(f.nullable or f.name in ruled for f in catalogue.pair_schema)

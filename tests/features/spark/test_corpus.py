"""The ladder over Spark: it decides by the counts of the records, and loses no pair but those it gave up."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.kernel import ladder
from features.kernel.ladder import descend, rules_of
from features.kernel.plan import Plan
from features.kernel.records import prepare, raw_batch, rule_of, standardise
from features.kernel.refine import sub_key
from features.sections import Blocking
from features.spark.blocks import census, compare_blocks
from features.spark.corpus import SparkCorpus, refined_records
from features.spark.data_files import read_files
from features.spark.frames import from_rows, to_arrow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
OF_PREFIX = {"name_compact": 8}
DECLARED = (
    {"kind": "composite", "name": "prefix_country", "fields": ["name_compact", "country"], "start": OF_PREFIX},
    {"kind": "composite", "name": "word_country", "fields": ["name_tokens", "country"], "max_pairs": 20_000},
)
RULES = ("name_words", "prefix_country", "word_country")
CITIES = ("Paris", "Lyon", "Nantes", None)


@pytest.fixture(scope="module")
def chosen() -> Catalogue:
    return catalogues.load(declared=DECLARED).select(("name_jaro_winkler",), RULES)


@pytest.fixture(scope="module")
def rows(chosen: Catalogue) -> list[dict[str, Any]]:
    """A giant block of one name in several cities, and names of words of which some are common."""
    words = ("orion", "delta", "harbour", "savings", "trust")
    records = [{"name": "Grand Bank", "city": CITIES[n % 4], "country": "FR"} for n in range(60)]
    records += [{"name": f"{words[n % 5]} {words[n % 3]} bank", "city": "Lyon", "country": "FR"} for n in range(40)]
    records = [{"id": f"{n:03d}", **record} for n, record in enumerate(records)]
    return prepare(standardise(raw_batch(records), chosen), chosen, AS_OF).to_pylist()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, chosen: Catalogue, rows: list[dict[str, Any]]) -> DataFrame:
    return from_rows(spark, rows, chosen.entity_schema).repartition(3)


@pytest.fixture(scope="module")
def corpus(frame: DataFrame, chosen: Catalogue) -> SparkCorpus:
    return SparkCorpus(frame, chosen, linking=False)


@pytest.fixture(scope="module")
def plan(corpus: SparkCorpus, frame: DataFrame, chosen: Catalogue) -> Plan:
    """A plan that was refined and gave up a rule."""
    whole = to_arrow(census(frame, chosen, linking=False))
    blocking = Blocking(pair_budget=700, over_budget=("refine", "drop_rules"))
    truth = corpus.labelled([("query:000", "query:004"), ("query:001", "query:002"), ("query:060", "query:075")])
    with patch.object(ladder, "OVERSIZED", 100):
        return descend(whole, chosen.rules, corpus, blocking, linking=False, labelled=truth)


def test_both_rungs_were_taken_and_say_what_they_cost(plan: Plan) -> None:
    assert {step.rung for step in plan.ladder} == {"refine", "drop_rules"}
    assert plan.pairs <= 700
    assert {step.labelled for step in plan.ladder} == {3}
    assert plan.ladder[0].found_before == 3
    assert plan.ladder[-1].found_after == 2  # of different cities, and of one name


def test_the_plan_is_that_of_a_census_of_the_refined_records(plan: Plan, frame: DataFrame, chosen: Catalogue) -> None:
    counted = to_arrow(census(refined_records(frame, plan, chosen), chosen, linking=False))
    compared = counted.filter(np.isin(counted["key"].to_numpy(), plan.keys))
    assert sum(compared["pairs"].to_pylist()) == plan.pairs
    assert compared.num_rows == plan.blocks


def test_pairs_are_those_of_a_brute_force_search(
    spark: SparkSession,
    plan: Plan,
    frame: DataFrame,
    corpus: SparkCorpus,
    rows: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    chosen, folder = corpus.catalogue, tempfile.mkdtemp(dir=tmp_path)
    files, _ = compare_blocks(refined_records(frame, plan, chosen), plan, chosen, AS_OF, folder, partitions=3)
    found = read_files(spark, folder, files, chosen.pair_schema).collect()
    pairs = {(row["id_l"], row["id_r"]): row["rule"] for row in found}
    wanted = {
        (one["entity_id"], other["entity_id"]): chosen.rules[rule_of(min(keys))].name
        for one, other in combinations(rows, 2)
        if (keys := [end for key in set(one["keys"]) & set(other["keys"]) for end in _agreed(one, other, key, plan)])
    }
    assert len(found) == len(pairs)
    assert pairs == wanted
    credited = Counter(wanted.values())
    assert corpus.union(plan).tolist() == [credited[rule.name] for rule in chosen.rules]


def test_records_are_counted_by_the_rules_that_reach_them(
    plan: Plan, corpus: SparkCorpus, rows: list[dict[str, Any]]
) -> None:
    batch = pa.RecordBatch.from_pylist(rows, schema=corpus.catalogue.entity_schema)
    reach = corpus.reach(plan)
    counts = dict(zip(reach["rules"].to_pylist(), reach["records"].to_pylist(), strict=True))
    assert counts == Counter(rules_of(batch, plan).to_pylist())


def test_a_record_has_a_size(corpus: SparkCorpus) -> None:
    assert 50 < corpus.record_bytes() < 2_000


def _agreed(one: dict[str, Any], other: dict[str, Any], key: int, plan: Plan) -> list[int]:
    """The keys of the plan that a pair still shares of a key it shared before."""
    at = np.flatnonzero(plan.refinement.keys == key)
    if not len(at):
        return [key] if key in plan.keys else []
    column = plan.refinement.columns[int(plan.refinement.by[at[0]])]
    values = [set([row[column]] if isinstance(row[column], str) else row[column] or ()) for row in (one, other)]
    return [end for value in values[0] & values[1] for end in _agreed(one, other, sub_key(key, column, value), plan)]

"""Pruning: what is left out is told by the floors alone, and what is kept keeps its bits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.declare import DeclarationError
from features.kernel.plan import make_plan, scatter
from features.kernel.prune import Prune
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.tile import PRUNED, block_and_compare

RULES = (
    {"name": "start", "kind": "composite", "fields": ["name_compact", "country"], "start": {"name_compact": 8}},
    {"name": "word", "kind": "composite", "fields": ["name_tokens", "country"]},
)
CATALOGUE = catalogues.load((), RULES).select(
    ["name_jaro_winkler", "name_levenshtein", "name_token_jaccard", "bic_agreement", "country_equal"],
    ["start", "word"],
)
WORDS = ("orion bank", "orion bank ag", "orion trust", "orion savings bank", "orient bank", "oriental trust", "harbour")


def pairs(records: list[dict[str, Any]], prune: Prune | None, chunk_pairs: int) -> tuple[pa.Table, Counter[str]]:
    prepared = prepare(standardise(raw_batch(records), CATALOGUE), CATALOGUE, datetime(2026, 1, 1, tzinfo=UTC))
    keys = Counter(key for of_record in prepared.column("keys").to_pylist() for key in of_record)
    shared = {key: count for key, count in sorted(keys.items()) if count > 1}
    census = {
        "key": pa.array(shared, pa.int64()),
        "left": pa.array(shared.values(), pa.int64()),
        "right": pa.array([0] * len(shared), pa.int64()),
        "pairs": pa.array([n * (n - 1) // 2 for n in shared.values()], pa.int64()),
    }
    plan = make_plan(pa.table(census), CATALOGUE.rules, linking=False, tile_pairs=10_000)
    sent = pa.Table.from_batches(scatter(prepared, plan)).sort_by([(c, "ascending") for c in ("key", "tile", "role")])
    tally: Counter[str] = Counter()
    found = block_and_compare(
        sent.to_batches(), CATALOGUE.pair_features, linking=False, prune=prune, tally=tally, chunk_pairs=chunk_pairs
    )
    batches = list(found)
    return pa.Table.from_batches(batches) if batches else pa.table({}), tally


@given(
    names=st.lists(st.sampled_from(WORDS), min_size=2, max_size=30),
    floor=st.sampled_from([0.0, 0.6, 0.8, 0.95]),
    chunk_pairs=st.sampled_from([7, 100, 100_000]),
)
def test_pairs_that_reach_no_floor_are_left_out_and_counted_the_others_unchanged(
    names: list[str], floor: float, chunk_pairs: int
) -> None:
    bics = ("DEUTDEFF", "COBADEFF", None)
    records = [{"id": n, "name": name, "country": "DE", "bic": bics[n % 3]} for n, name in enumerate(names)]
    floors: dict[str, float | str] = {"name_levenshtein": floor, "bic_agreement": "agree"}
    everything, none = pairs(records, None, chunk_pairs)
    kept, tally = pairs(records, Prune.of(floors, CATALOGUE), chunk_pairs)
    agree = CATALOGUE.pair_feature("bic_agreement").returns.states.index("agree")
    wanted = [
        row for row in everything.to_pylist() if row["name_levenshtein"] >= floor or row["bic_agreement"] == agree
    ]
    assert sorted(map(str, kept.to_pylist())) == sorted(map(str, wanted))
    assert (none[PRUNED], tally[PRUNED]) == (0, everything.num_rows - len(wanted))


def test_a_pair_of_which_nothing_is_known_is_kept() -> None:
    prune = Prune.of({"name_levenshtein": 0.9, "bic_agreement": "agree"}, CATALOGUE)
    assert prune is not None
    unknown, known = pa.array([None, 0.1], pa.float32()), pa.array([0, 0], pa.int8())
    assert prune.keeps([unknown, known]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("floors", "message"),
    [
        ({"name_levenstein": 0.5}, "no pair feature 'name_levenstein'; did you mean 'name_levenshtein'"),
        ({"name_levenshtein": 5}, "name_levenshtein: found 5, wanted a number 0 to 1"),
        ({"name_levenshtein": "high"}, "found 'high', wanted a number 0 to 1"),
        ({"bic_agreement": "agrees"}, "no state 'agrees'; did you mean 'agree'"),
    ],
)
def test_a_floor_that_cannot_be_is_refused_in_words(floors: dict[str, float | str], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        Prune.of(floors, CATALOGUE)


def test_no_floors_prune_nothing() -> None:
    assert Prune.of({}, CATALOGUE) is None

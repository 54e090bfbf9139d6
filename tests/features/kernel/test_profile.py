"""Distributions of pair features: every pair counted once, however the table is cut; moved or not."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.contracts import Agreement, Contract, Cosine, Days, Similarity
from features.declare import PairFeature
from features.kernel.profile import Distribution, Profile, edges_of, profile, stability

UNBOUNDED = Contract("unbounded", pa.float32(), 0.0, math.inf)


def contract(hint: Any) -> Contract:
    return get_args(hint)[1]


def feature(returns: Contract, name: str = "likeness", version: int = 1) -> PairFeature:
    return PairFeature(name, "tests", ("name",), returns, "A feature.", version, True)


def counted(values: list[float | None], hint: Any = Similarity) -> Distribution:
    returns = contract(hint)
    batch = pa.record_batch({"likeness": pa.array(values, returns.arrow)})
    return profile(batch, [feature(returns)]).features["likeness"]


similarities = st.lists(st.none() | st.floats(0, 1, width=32))


@given(similarities, st.integers(0, 50), st.randoms(use_true_random=False))
def test_a_profile_does_not_depend_on_how_the_pairs_are_cut_or_ordered(
    values: list[float | None], cut: int, random: Any
) -> None:
    shuffled = random.sample(values, len(values))
    of = [feature(contract(Similarity))]
    batches = [pa.record_batch({"likeness": pa.array(part, pa.float32())}) for part in (shuffled[:cut], shuffled[cut:])]
    whole = pa.table({"likeness": pa.array(values, pa.float32())})
    assert sum((profile(batch, of) for batch in batches), Profile()) == profile(whole, of)


@given(similarities)
def test_every_pair_is_counted_once(values: list[float | None]) -> None:
    of = counted(values)
    assert of.pairs == len(values)
    assert of.missing == values.count(None)
    assert of.outside == 0
    for count, low, high in zip(of.counts, of.edges, of.edges[1:], strict=False):
        last = high == of.edges[-1]
        here = [v for v in values if v is not None and low <= np.float32(v) and (v < high or (last and v == high))]
        assert count == len(here)


def test_a_null_is_missing_and_no_number_or_one_out_of_range_lies_outside_the_contract() -> None:
    of = counted([None, math.nan, -0.01, 1.01, math.inf, 0.0, 1.0])
    assert (of.missing, of.outside) == (1, 4)
    assert (of.counts[0], of.counts[-1], sum(of.counts)) == (1, 1, 2)
    assert of.missing_share == pytest.approx(1 / 7)
    assert counted([]).missing_share is None


def test_states_are_counted_by_name() -> None:
    of = counted([0, 3, 3, 4, 5], Agreement)
    assert dict(zip(of.labels, of.counts, strict=True)) == {
        "both_missing": 1,
        "one_missing": 0,
        "conflict": 0,
        "agree": 2,
        "invalid": 1,
    }
    assert of.outside == 1


def test_a_long_range_is_cut_where_numbers_double_so_that_small_ones_are_told_apart() -> None:
    assert edges_of(contract(Days))[:6] == (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
    assert edges_of(contract(Days))[-2:] == (32768.0, 36525.0)
    of = counted([0, 1, 36_525], Days)
    assert (of.counts[0], of.counts[1], of.counts[-1]) == (1, 1, 1)


@pytest.mark.parametrize("returns", [contract(Similarity), contract(Cosine), contract(Days), UNBOUNDED])
def test_edges_cover_the_contract_in_rising_order(returns: Contract) -> None:
    edges = edges_of(returns)
    assert list(edges) == sorted(set(edges))
    assert edges[0] == returns.low
    assert edges[-1] == min(returns.high, 2.0**40)
    assert edges == tuple(map(float, np.asarray(edges, np.float32)))  # values are of single precision, and so are edges


def test_every_feature_of_the_catalogue_has_a_profile_that_comes_back_from_json(catalogue: Catalogue) -> None:
    columns = {f.name: pa.array([f.returns.low, f.returns.high], f.returns.arrow) for f in catalogue.pair_features}
    found = profile(pa.table(columns), catalogue.pair_features)
    assert Profile.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert {(of.pairs, of.outside) for of in found.features.values()} == {(2, 0)}


def test_other_features_or_versions_are_not_added_up() -> None:
    batch = pa.record_batch({"likeness": pa.array([0.5], pa.float32()), "other": pa.array([0.5], pa.float32())})
    similarity = contract(Similarity)
    one = profile(batch, [feature(similarity)])
    with pytest.raises(ValueError, match="different features"):
        one + profile(batch, [feature(similarity, "other")])
    with pytest.raises(ValueError, match="versions"):
        one + profile(batch, [feature(similarity, version=2)])


@given(similarities, similarities)
def test_an_index_is_the_same_both_ways_and_never_negative(before: list[float | None], now: list[float | None]) -> None:
    one, other = counted(before), counted(now)
    forth, back = stability(one, other), stability(other, one)
    assert forth == back
    assert (forth is None) == (not before or not now)
    assert forth is None or forth.index >= 0
    assert not before or stability(one, one).index == 0


def test_an_index_is_what_the_formula_gives_by_hand() -> None:
    # 100 and 100 pairs over two parts, 50:50 then 80:20, half a pair added to each part.
    moved = stability(counted([0.0] * 50 + [1.0] * 50), counted([0.0] * 80 + [1.0] * 20))
    p, q = 50.5 / 101, 80.5 / 101
    by_hand = (p - q) * math.log(p / q) + (q - p) * math.log((1 - p) / (1 - q))
    assert moved.index == pytest.approx(by_hand, abs=1e-6)
    assert moved.by_chance == pytest.approx(3.841459 * 0.02, abs=1e-6)  # chi-squared of one degree of freedom
    assert moved.shifted


def test_nulls_that_become_more_are_a_shift() -> None:
    assert stability(counted([1.0] * 1000), counted([1.0] * 700 + [None] * 300)).shifted


def test_few_pairs_are_not_said_to_have_shifted_by_chance_alone() -> None:
    few = stability(counted([0.1, 0.5, 0.9]), counted([0.2, 0.5, 0.8]))
    assert few.index > 0.25
    assert not few.shifted


def test_a_feature_that_is_computed_otherwise_now_is_not_compared() -> None:
    similarity = contract(Similarity)
    batch = pa.record_batch({"likeness": pa.array([0.5], pa.float32())})
    one, other = (profile(batch, [feature(similarity, version=v)]).features["likeness"] for v in (1, 2))
    assert stability(one, other) is None

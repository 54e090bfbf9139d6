"""The rules that bring a pair: what a plain look at both records' keys says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.kernel.prune import Prune
from features.kernel.records import RULE_BITS, rule_of
from features.kernel.shared_rules import COUNTED, JUDGED, count_batch, judge_batch, packed, shared_rules, unpacked

RULES = 11
KEYS = st.integers(0, RULES - 1).flatmap(lambda rule: st.integers(0, 2).map(lambda key: rule << RULE_BITS | key))
RECORD = st.one_of(st.none(), st.sets(KEYS, max_size=6).map(sorted))
PAIRS = st.lists(st.tuples(RECORD, RECORD), min_size=1, max_size=20)
DROPPED = st.sets(KEYS, max_size=8).map(sorted)


def lists(records: list[list[int] | None]) -> pa.ListArray:
    return pa.array(records, pa.list_(pa.int64()))


@given(PAIRS, DROPPED)
def test_a_rule_brings_a_pair_when_both_records_carry_a_key_of_it_that_is_in_force(
    pairs: list[tuple[list[int] | None, list[int] | None]], dropped: list[int]
) -> None:
    sides = [lists([pair[side] for pair in pairs]) for side in (0, 1)]
    in_force, lost = shared_rules(sides[0], sides[1], RULES, np.array(dropped, dtype=np.int64))
    for n, (left, right) in enumerate(pairs):
        shared = set(left or ()) & set(right or ())
        assert set(np.flatnonzero(in_force[n])) == {rule_of(key) for key in shared - set(dropped)}
        assert set(np.flatnonzero(lost[n])) == {rule_of(key) for key in shared & set(dropped)}


@given(st.lists(st.lists(st.booleans(), min_size=RULES, max_size=RULES)))
def test_sets_of_rules_are_packed_and_unpacked_without_loss(sets: list[list[bool]]) -> None:
    matrix = np.array(sets, dtype=bool).reshape(-1, RULES)
    assert np.array_equal(unpacked(packed(matrix).to_pylist(), RULES), matrix)


def test_pairs_are_counted_by_their_rules_and_whether_they_reach_every_floor(catalogue: Catalogue) -> None:
    likely = Prune.of({"name_token_sort": 0.9, "bic_agreement": "agree"}, catalogue)
    batch = pa.RecordBatch.from_pydict(
        {
            "keys_l": lists([[1], [1], [1], [1]]),
            "keys_r": lists([[1], [1], [1, 2], [2]]),
            "name_token_sort": pa.array([0.95, 0.95, None, 1.0], pa.float32()),
            "bic_agreement": pa.array([3, 2, 3, 3], pa.int8()),
        }
    )
    counted = count_batch(batch, 1, np.zeros(0, dtype=np.int64), likely)
    assert counted.schema == COUNTED
    found = {(row["rules"], row["likely"]): row["pairs"] for row in counted.to_pylist()}
    assert found == {(b"\1", True): 1, (b"\1", False): 2, (b"\0", True): 1}
    assert count_batch(batch, 1, np.zeros(0, dtype=np.int64), None)["likely"].to_pylist() == [False, False]


def test_a_missed_pair_is_told_why() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "id_l": ["a", "b", "c", "d"],
            "id_r": ["e", "f", "g", "h"],
            "published": [True, False, False, False],
            "keys_l": lists([[1], [1, 5], [5], [1]]),
            "keys_r": lists([[1], [1, 5], [5], []]),
        }
    )
    judged = judge_batch(batch, 1, np.array([5]))
    assert judged.schema == JUDGED
    assert judged["status"].to_pylist() == ["found", "left_out", "key_dropped", "no_shared_key"]
    assert judged["dropped"].to_pylist() == [b"\0", b"\1", b"\1", b"\0"]

"""No model sees a record of an entity it is tested on, and every pair is tested once."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality_folds import SEVEN_FOLDS, THREE_FOLDS, Groups, clusters, fold_of_entity, make_folds
from features.arrays import IntArray

RECORDS = 30

pairs_of_records = st.lists(
    st.tuples(st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1)).filter(lambda p: p[0] < p[1]),
    min_size=1,
    max_size=60,
    unique=True,
).map(lambda pairs: np.array(pairs, dtype=np.int64))

both_designs = pytest.mark.parametrize("groups", [SEVEN_FOLDS, THREE_FOLDS], ids=["seven", "three"])


def test_entities_are_connected_components_and_records_without_a_match_stand_alone() -> None:
    entity = clusters(7, np.array([[0, 4], [4, 1], [2, 5]]))
    assert entity[0] == entity[1] == entity[4]
    assert entity[2] == entity[5]
    assert len(set(entity.tolist())) == 4


@both_designs
def test_any_two_folds_lie_together_in_exactly_one_group(groups: Groups) -> None:
    folds = sorted({fold for group in groups for fold in group})
    for pair in combinations(folds, 2):
        assert sum(set(pair) <= set(group) for group in groups) == 1


def test_folds_hold_equally_many_true_pairs() -> None:
    truth = np.array([[n, n + 70] for n in range(70)])
    entity = clusters(200, truth)
    fold = fold_of_entity(entity, truth, 7)
    assert np.bincount(fold[entity[truth[:, 0]]]).tolist() == [10] * 7


@both_designs
@given(candidates=pairs_of_records, truth=pairs_of_records)
def test_no_entity_of_a_tested_pair_is_in_a_training_pair(
    groups: Groups, candidates: IntArray, truth: IntArray
) -> None:
    entity = clusters(RECORDS, truth)
    for part in make_folds(*candidates.T, entity, truth, groups):
        known = set(entity[candidates[part.train]].ravel().tolist())
        assert known.isdisjoint(entity[candidates[part.test]].ravel().tolist())


@both_designs
@given(candidates=pairs_of_records, truth=pairs_of_records)
def test_every_candidate_is_tested_once(groups: Groups, candidates: IntArray, truth: IntArray) -> None:
    folds = make_folds(*candidates.T, clusters(RECORDS, truth), truth, groups)
    tested = np.concatenate([part.test for part in folds])
    assert sorted(tested.tolist()) == list(range(len(candidates)))


@given(truth=pairs_of_records)
def test_a_part_counts_as_many_true_pairs_as_it_would_find_with_perfect_blocking(truth: IntArray) -> None:
    for part in make_folds(*truth.T, clusters(RECORDS, truth), truth, SEVEN_FOLDS):
        assert part.train_truth == len(part.train)


def test_the_same_pairs_give_the_same_parts() -> None:
    truth = np.array([[n, n + 15] for n in range(15)])
    one, two = (make_folds(*truth.T, clusters(RECORDS, truth), truth, SEVEN_FOLDS) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert a.test.tolist() == b.test.tolist()
        assert a.train.tolist() == b.train.tolist()

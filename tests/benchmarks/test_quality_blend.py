"""The blend of two models is chosen without the pairs that it is tested on."""

from __future__ import annotations

import numpy as np

from benchmarks.quality_blend import blended
from benchmarks.quality_folds import Folds, Part

MATCH = np.array([True, False, True, False] * 2)
RIGHT = np.where(MATCH, 1.0, -1.0)
FIRST_HALF, SECOND_HALF = np.arange(4), np.arange(4, 8)


def folds(*parts: tuple[np.ndarray, np.ndarray]) -> Folds:
    return Folds(tuple(Part(train, test, int(MATCH[train].sum())) for train, test in parts), 0.5)


def test_each_part_takes_the_model_that_ranks_its_training_pairs_best() -> None:
    first, second = RIGHT.copy(), RIGHT.copy()
    first[4:] *= -1  # of the first half the first model knows all, of the second half the second one
    second[:4] *= -1
    scores = blended(first, second, MATCH, folds((FIRST_HALF, SECOND_HALF), (SECOND_HALF, FIRST_HALF)))
    assert scores.tolist() == [*second[:4], *first[4:]]


def test_models_that_err_in_different_pairs_are_averaged() -> None:
    first = np.array([3.0, -1, -2, -1] * 2)
    second = np.array([-2.0, -1, 3, -1] * 2)
    scores = blended(first, second, MATCH, folds((FIRST_HALF, SECOND_HALF)))
    assert scores[4:].tolist() == [0.5, -1, 0.5, -1]


def test_the_labels_of_the_tested_pairs_change_nothing() -> None:
    first, second = np.linspace(0, 1, 8), np.linspace(1, 0, 8) ** 2
    part = folds((FIRST_HALF, SECOND_HALF))
    turned = MATCH.copy()
    turned[4:] = ~turned[4:]
    assert np.array_equal(blended(first, second, MATCH, part), blended(first, second, turned, part))


def test_what_no_model_scored_stays_last() -> None:
    never = np.full(8, -np.inf)
    assert np.isneginf(blended(never, never, MATCH, folds((FIRST_HALF, SECOND_HALF)))).all()

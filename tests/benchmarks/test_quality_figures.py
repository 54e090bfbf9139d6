"""Figures on rankings small enough to be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from benchmarks.quality_figures import ALWAYS, Curve, Judge, one_to_one
from benchmarks.quality_folds import THREE_FOLDS, Folds, Part, clusters, make_folds

NOTHING = -np.inf


def curve(scores: list[float], match: list[int], truth: int, weight: float = 1.0) -> Curve:
    return Curve.of(np.array(scores, dtype=float), np.array(match, dtype=bool), truth, weight=weight)


@pytest.mark.parametrize(
    ("reason", "scores", "match", "truth", "f1"),
    [
        ("all found, nothing wrong", [3, 2, 1], [1, 1, 0], 2, 1.0),
        ("the second match costs one mistake: 2·2/(3+2)", [3, 2, 1], [1, 0, 1], 2, 0.8),
        ("two true pairs that are no candidates count as missed: 2·2/(2+4)", [3, 2, 1], [1, 1, 0], 4, 2 / 3),
        ("equal scores stand or fall together: 2·1/(2+1)", [1, 1], [1, 0], 1, 2 / 3),
        ("what has no score is never accepted", [NOTHING, 1], [1, 1], 2, 2 / 3),
        ("no candidates, no match", [], [], 5, 0.0),
        ("only wrong candidates", [1, 2], [0, 0], 5, 0.0),
    ],
)
def test_best_f1(reason: str, scores: list[float], match: list[int], truth: int, f1: float) -> None:
    assert curve(scores, match, truth).best()[0] == pytest.approx(f1), reason


def test_a_non_match_that_stands_for_three_weighs_three() -> None:
    assert curve([3, 2, 1], [1, 0, 1], 2, weight=3.0).f1.tolist() == pytest.approx([2 / 3, 2 / 6, 4 / 7])


def test_the_threshold_lies_between_the_last_accepted_score_and_the_next() -> None:
    assert curve([9, 5, 1], [1, 1, 0], 2).best() == (1.0, 3.0)


def test_where_accepting_all_is_best_the_threshold_accepts_all_that_has_a_score() -> None:
    threshold = curve([9, 5], [1, 1], 2).best()[1]
    assert NOTHING < threshold < -1e300


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1), st.integers(0, 5))
def test_average_precision_is_scikit_learns_with_missed_pairs_never_reached(
    ranked: list[tuple[int, bool]], missed: int
) -> None:
    scores, match = (np.array(column) for column in zip(*ranked, strict=True))
    found = int(match.sum())
    ours = Curve.of(scores.astype(float), match.astype(bool), found + missed).average_precision()
    theirs = average_precision_score(match, scores) * found / (found + missed) if found else 0.0
    assert ours == pytest.approx(theirs)


def test_precision_at_a_recall_is_the_best_beyond_it() -> None:
    ranking = curve([5, 4, 3, 2, 1], [1, 0, 1, 1, 0], 3)
    assert ranking.precision_at(0.3) == 1.0
    assert ranking.precision_at(0.9) == 0.75
    assert curve([1], [1], 2).precision_at(0.9) is None, "blocking missed half of them"


@pytest.mark.parametrize(
    ("reason", "pairs", "single", "kept"),
    [
        (
            "both sides: the best pair takes both its records",
            [(0, 5, 9), (0, 6, 8), (1, 5, 7), (1, 6, 1)],
            (1, 1),
            "1001",
        ),
        ("many-to-one: right records may be taken again", [(0, 5, 9), (0, 6, 8), (1, 5, 7), (1, 6, 1)], (1, 0), "1010"),
        ("one-to-many: left records may", [(0, 5, 9), (0, 6, 8), (1, 5, 7), (1, 6, 1)], (0, 1), "1100"),
        (
            "one table: a record is taken once, whichever side it is on",
            [(0, 1, 9), (1, 2, 8), (2, 3, 7)],
            (1, 1),
            "101",
        ),
    ],
)
def test_one_to_one(reason: str, pairs: list[tuple[int, int, int]], single: tuple[int, int], kept: str) -> None:
    left, right, scores = (np.array(column) for column in zip(*pairs, strict=True))
    found = one_to_one(left, right, scores.astype(float), [bool(side) for side in single])
    assert "".join("01"[bool(pair)] for pair in found) == kept, reason


def test_one_to_one_does_not_reward_the_order_of_the_file() -> None:
    left, right = (
        np.repeat(np.arange(100), 2),
        np.array([100 + n % 2 for n in range(200)]) + np.repeat(range(100), 2) * 2,
    )
    kept = one_to_one(left, right, np.zeros(200), (True, True))
    assert 25 < kept[::2].sum() < 75


def test_a_perfect_ranking_is_perfect_in_every_figure_and_blocking_bounds_it() -> None:
    matches = np.array([[n, n + 60] for n in range(60)])
    wrong = np.array([[n, 60 + (n + 1) % 60] for n in range(60)])
    pairs = np.concatenate([matches[:54], wrong])
    folds = make_folds(*pairs.T, clusters(120, matches), matches, THREE_FOLDS)
    match = np.arange(len(pairs)) < 54
    judge = Judge(*pairs.T, match, len(matches), folds, (True, True))
    figures = judge.figures(np.where(match, 2.0, 1.0))
    reachable = 2 * 54 / (54 + 60)
    assert figures.f1 == figures.f1_flattered == pytest.approx(reachable)
    assert figures.f1_one_to_one_flattered == pytest.approx(reachable)
    assert figures.precision_at_recall == 1.0
    assert figures.average_precision == pytest.approx(0.9)


def test_a_threshold_is_chosen_without_the_labels_it_is_judged_by() -> None:
    matches = np.array([[n, n + 30] for n in range(30)])
    pairs = np.concatenate([matches, np.array([[n, 30 + (n + 7) % 30] for n in range(30)])])
    folds = make_folds(*pairs.T, clusters(60, matches), matches, THREE_FOLDS)
    scores = np.random.default_rng(1).normal(size=60) + (np.arange(60) < 30)
    match = np.arange(60) < 30
    for part in folds:
        turned = match.copy()
        turned[part.test] = ~turned[part.test]
        judges = [Judge(*pairs.T, labels, len(matches), folds, (True, True)) for labels in (match, turned)]
        assert judges[0].threshold(scores, part) == judges[1].threshold(scores, part)


@pytest.mark.parametrize(
    ("reason", "thinned", "threshold"),
    [
        ("nothing was left out: two matches are worth one mistake, 2·2/(3+2)", 1.0, ALWAYS),
        ("one in three entities: the mistake stands for three, 2·2/(5+2) is less than 2·1/(1+2)", 1 / 3, 2.5),
    ],
)
def test_non_matches_thinned_by_the_folds_count_for_those_left_out(
    reason: str, thinned: float, threshold: float
) -> None:
    folds = Folds((Part(np.arange(3), np.array([3]), 2),), thinned)
    judge = Judge(np.arange(4), np.arange(4), np.array([True, False, True, False]), 2, folds, (False, False))
    assert judge.threshold(np.array([3.0, 2.0, 1.0, 0.0]), folds.parts[0]) == threshold, reason

"""Two models as one: the blend of their log-odds that ranks a part's training pairs best."""

from __future__ import annotations

import numpy as np

from benchmarks.quality_figures import Curve, Scores
from benchmarks.quality_folds import Folds
from features.arrays import BoolArray, IntArray

SHARES = (1.0, 0.5, 0.0)
"""Shares of the first model that are tried, the first of equal ones taken."""


def blended(first: Scores, second: Scores, match: BoolArray, folds: Folds) -> Scores:
    """Log-odds of two models, mixed for each part as ranks its training pairs best by their own held-out scores.

    The labels of the tested pairs are not asked, as for thresholds. Trees do more with large sets, a line with small.
    """
    mixed = [_mixed(first, second, share) for share in SHARES]
    scores = np.full(len(match), -np.inf)
    for part in folds:
        reached = [_precision(ranking, part.train, match) for ranking in mixed]
        scores[part.test] = mixed[int(np.argmax(reached))][part.test]
    return scores


def _mixed(first: Scores, second: Scores, share: float) -> Scores:
    """The whole of one, or a mean; what neither model scored stays last."""
    if share in (0.0, 1.0):
        return first if share else second
    return np.asarray(share * first + (1 - share) * second, dtype=np.float64)


def _precision(scores: Scores, rows: IntArray, match: BoolArray) -> float:
    labels = match[rows]
    return Curve.of(scores[rows], labels, max(int(labels.sum()), 1)).average_precision()

"""Two models on the features alone, fitted and tested part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.quality_candidates import Candidates
from benchmarks.quality_figures import Curve, Scores
from benchmarks.quality_folds import SEED, Folds, Part
from features.arrays import BoolArray, IntArray
from features.declare import PairFeature

MAX_NEGATIVES = 40_000
"""Non-matches a model learns from at most; its log-odds are corrected for those left out."""

REPEATS = 3
"""Shuffles of each feature whose effects are averaged."""

SAMPLED_NEGATIVES = 20_000
"""Non-matches that take part in measuring what a feature is worth."""

Matrix = npt.NDArray[np.float32]


class Model(Protocol):
    """What scikit-learn calls a classifier."""

    def fit(self, X: Any, y: Any) -> Any: ...  # noqa: N803  scikit-learn's name

    def decision_function(self, X: Any) -> Any: ...  # noqa: N803


@dataclass(frozen=True)
class Evidence:
    """The features that say anything about a set, one column each; null is NaN, a state its code."""

    features: tuple[PairFeature, ...]
    matrix: Matrix

    @classmethod
    def of(cls, candidates: Candidates) -> Evidence:
        """All features but those that have one value for every candidate."""
        varied = [f for f in candidates.features if _varies(candidates.values[f.name])]
        columns = [candidates.values[f.name] for f in varied]
        return cls(tuple(varied), np.column_stack(columns) if columns else np.zeros((len(candidates), 0), np.float32))

    @property
    def families(self) -> list[str]:
        """Families that have a feature here, in the catalogue's order."""
        return list(dict.fromkeys(f.family for f in self.features))

    def without(self, family: str) -> Evidence:
        """The evidence less one family."""
        kept = [n for n, f in enumerate(self.features) if f.family != family]
        return Evidence(tuple(self.features[n] for n in kept), self.matrix[:, kept])

    def dense(self) -> Matrix:
        """The columns for a model that knows no nulls.

        States are one column each; a number is two: itself, 0 where missing, and whether it is missing.
        """
        columns = []
        for feature, values in zip(self.features, self.matrix.T, strict=True):
            if feature.returns.states:
                columns += [values == code for code in range(len(feature.returns.states))]
            else:
                columns += [np.nan_to_num(values), np.isnan(values)]
        return np.column_stack(columns).astype(np.float32) if columns else self.matrix


def boosted(evidence: Evidence, match: BoolArray, folds: Folds) -> Scores:
    """Held-out scores of gradient-boosted trees."""
    return held_out(lambda: _trees(evidence), evidence.matrix, match, folds)


def logistic(evidence: Evidence, match: BoolArray, folds: Folds) -> Scores:
    """Held-out scores of a logistic model on standardised columns."""
    return held_out(_line, evidence.dense(), match, folds)


def held_out(model: Callable[[], Model], matrix: Matrix, match: BoolArray, folds: Folds) -> Scores:
    """Each candidate's log-odds by the one model that knows neither of its entities."""
    scores = np.full(len(match), -np.inf)
    for part in folds:
        fitted = _fitted(model, matrix, match, part)
        if fitted is not None and len(part.test):
            scores[part.test] = fitted[0].decision_function(matrix[part.test]) - fitted[1]
    return scores


def importances(evidence: Evidence, match: BoolArray, folds: Folds) -> dict[str, float]:
    """Average precision that boosted trees lose when one feature is shuffled among the tested pairs, largest first.

    Features that say the same stand in for one another, so each may look worthless beside its twin. Measured on all
    true candidates and a sample of the others, each counting for as many as it stands for.
    """
    random = np.random.default_rng(SEED)
    lost = {feature.name: 0.0 for feature in evidence.features}
    for part in folds:
        fitted = _fitted(lambda: _trees(evidence), evidence.matrix, match, part)
        rows, weight = _sample(part.test, match, SAMPLED_NEGATIVES // len(folds.parts))
        hits = int(match[rows].sum())
        if fitted is None or not hits:
            continue
        table = evidence.matrix[rows]
        whole = _precision(fitted[0], table, match[rows], weight)
        for column, feature in enumerate(evidence.features):
            for _ in range(REPEATS):
                shuffled = table.copy()
                shuffled[:, column] = random.permutation(table[:, column])
                loss = whole - _precision(fitted[0], shuffled, match[rows], weight)
                lost[feature.name] += loss * hits / REPEATS / max(int(match.sum()), 1)
    return dict(sorted(lost.items(), key=lambda item: (-item[1], item[0])))


class _Trees:
    """Gradient-boosted trees on the columns that hold a value in what they learn from; scikit-learn bins no others.

    More likeness never makes a match less likely: what the contracts say of a record beside itself is the direction
    of each feature, and keeps trees from learning the few entities of a fold by heart.
    """

    def __init__(self, features: Sequence[PairFeature]) -> None:
        self._states = np.array([bool(feature.returns.states) for feature in features], dtype=bool)
        self._directions = np.array([_direction(feature) for feature in features])

    def fit(self, X: Matrix, y: BoolArray) -> _Trees:  # noqa: N803  scikit-learn's name
        self._known = ~np.isnan(X).all(axis=0)
        states = self._states[self._known]
        self._model = HistGradientBoostingClassifier(
            categorical_features=states if states.any() else None,
            monotonic_cst=self._directions[self._known],
            max_leaf_nodes=15,  # a few hundred matches carry no larger trees,
            l2_regularization=10.0,  # and without this, rare matches make leaves explode
            early_stopping=False,
            random_state=SEED,
        ).fit(X[:, self._known], y)
        return self

    def decision_function(self, X: Matrix) -> npt.NDArray[np.float64]:  # noqa: N803
        return np.asarray(self._model.decision_function(X[:, self._known]))


def _direction(feature: PairFeature) -> int:
    """1 where a record beside itself has the highest value, -1 where it has the lowest, 0 where neither is said."""
    contract = feature.returns
    return (contract.identity == contract.high) - (contract.identity == contract.low)


def _trees(evidence: Evidence) -> Model:
    return _Trees(evidence.features)


def _line() -> Model:
    line: Model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, random_state=SEED))
    return line


def _fitted(model: Callable[[], Model], matrix: Matrix, match: BoolArray, part: Part) -> tuple[Model, float] | None:
    """The model of a part and by how much its log-odds are too high, because it saw fewer non-matches than there are.

    None when its training pairs are all alike or there is nothing to learn from.
    """
    rows, weight = _sample(part.train, match, MAX_NEGATIVES)
    label = match[rows]
    if not matrix.shape[1] or label.all() or not label.any():
        return None
    fitted = model()
    fitted.fit(matrix[rows], label)
    return fitted, log(weight)


def _sample(rows: IntArray, match: BoolArray, negatives: int) -> tuple[IntArray, float]:
    """All matches and at most so many of the others, in order, and how many each of the others stands for."""
    others = rows[~match[rows]]
    if len(others) <= negatives:
        return rows, 1.0
    drawn = np.random.default_rng(SEED).choice(others, negatives, replace=False)
    return np.sort(np.concatenate([rows[match[rows]], drawn])), len(others) / negatives


def _precision(model: Model, matrix: Matrix, match: BoolArray, weight: float) -> float:
    scores = np.asarray(model.decision_function(matrix), dtype=np.float64)
    return Curve.of(scores, match, int(match.sum()), weight=weight).average_precision()


def _varies(values: npt.NDArray[np.float32]) -> bool:
    missing = np.isnan(values)
    known = values[~missing]
    return bool(len(known)) and bool(missing.any() or known.min() != known.max())

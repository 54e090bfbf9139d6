"""Figures of a ranking of candidate pairs. A true pair that is no candidate counts as missed in every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.quality_folds import SEED, Folds, Part
from features.arrays import BoolArray, IntArray

Scores = npt.NDArray[np.float64]
"""One a candidate, higher is likelier; -inf where there is nothing to go by, which no threshold accepts."""

RECALL = 0.9
NEVER, ALWAYS = float("inf"), float(np.finfo(np.float64).min)


@dataclass(frozen=True)
class Curve:
    """Counts at every threshold worth trying, the highest first: pairs at or above it, true ones among them."""

    threshold: Scores
    accepted: Scores
    correct: Scores
    truth: float

    @classmethod
    def of(cls, scores: Scores, match: BoolArray, truth: float, *, weight: float = 1.0) -> Curve:
        """The curve of scored candidates; a non-match counts `weight` times."""
        some = np.isfinite(scores)
        order = np.argsort(-scores[some], kind="stable")
        ranked, hit = scores[some][order], match[some][order]
        last = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.zeros(0, dtype=bool)
        correct = np.cumsum(hit, dtype=np.float64)
        wrong = np.cumsum(~hit, dtype=np.float64) * weight
        return cls(ranked[last], (correct + wrong)[last], correct[last], truth)

    @property
    def f1(self) -> Scores:
        """F1 at every threshold."""
        return np.asarray(2 * self.correct / (self.accepted + self.truth))

    def best(self) -> tuple[float, float]:
        """The best F1 and its threshold, halfway to the next score, so that it does not cling to one pair.

        Where accepting all is best, the threshold accepts all.
        """
        if not len(self.threshold):
            return 0.0, NEVER
        at = int(np.argmax(self.f1))
        last = at + 1 == len(self.threshold)
        return float(self.f1[at]), ALWAYS if last else float(self.threshold[at : at + 2].mean())

    def average_precision(self) -> float:
        """Precision summed over recall, step by step; what is no candidate is never reached."""
        if not len(self.threshold) or not self.truth:
            return 0.0
        gained = np.diff(self.correct, prepend=0.0) / self.truth
        return float(np.sum(gained * self.correct / self.accepted))

    def precision_at(self, recall: float) -> float | None:
        """The best precision with at least this recall; None when the candidates cannot reach it."""
        enough = self.correct >= recall * self.truth - 1e-9
        return float((self.correct[enough] / self.accepted[enough]).max()) if enough.any() else None


@dataclass(frozen=True)
class Figures:
    """What is printed of one ranking.

    `f1` uses thresholds that were chosen on the training entities; `f1_flattered` the one best for the labels.
    `one_to_one` figures accept the best pair of a record first and then no other; None where truth is many-to-many.
    """

    f1: float
    f1_flattered: float
    f1_one_to_one: float | None
    f1_one_to_one_flattered: float | None
    precision_at_recall: float | None
    average_precision: float

    def as_dict(self) -> dict[str, float | None]:
        """The figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class Judge:
    """What is known of the candidates of a set: which are matches, and what tests what."""

    left: IntArray
    right: IntArray
    match: BoolArray
    truth: int
    folds: Folds
    single: tuple[bool, bool]

    def figures(self, scores: Scores) -> Figures:
        """All figures of one ranking."""
        curve = Curve.of(scores, self.match, self.truth)
        alone = self.alone(scores) if any(self.single) else None
        return Figures(
            f1=self.f1(scores),
            f1_flattered=curve.best()[0],
            f1_one_to_one=None if alone is None else self.f1(alone),
            f1_one_to_one_flattered=None if alone is None else Curve.of(alone, self.match, self.truth).best()[0],
            precision_at_recall=curve.precision_at(RECALL),
            average_precision=curve.average_precision(),
        )

    def f1(self, scores: Scores) -> float:
        """F1 of all tests together, each at the threshold of its own part."""
        correct = accepted = 0
        for part in self.folds:
            taken = scores[part.test] >= self.threshold(scores, part)
            accepted += int(taken.sum())
            correct += int((taken & self.match[part.test]).sum())
        return 2 * correct / (accepted + self.truth)

    def threshold(self, scores: Scores, part: Part) -> float:
        """The threshold that is best for the held-out scores of a part's training pairs; tested labels are not asked.

        Of the training pairs, non-matches of two entities were thinned more than matches of one; they count for as
        much more.
        """
        known, weight = part.train, 1 / self.folds.thinned
        return Curve.of(scores[known], self.match[known], part.train_truth, weight=weight).best()[1]

    def average_precision(self, scores: Scores) -> float:
        """Average precision of one ranking."""
        return Curve.of(scores, self.match, self.truth).average_precision()

    def alone(self, scores: Scores) -> Scores:
        """The scores of the pairs that a greedy choice accepts, -inf for all others."""
        kept = one_to_one(self.left, self.right, scores, self.single)
        return np.asarray(np.where(kept, scores, -np.inf))


def one_to_one(left: IntArray, right: IntArray, scores: Scores, single: Sequence[bool]) -> BoolArray:
    """The pairs accepted when the best come first and a record of a `single` side is taken once.

    Record numbers differ between sides. Ties are broken by a fixed shuffle: file order often knows the truth.
    """
    shuffled = np.random.default_rng(SEED).permutation(len(scores))
    order = shuffled[np.argsort(-scores[shuffled], kind="stable")]
    kept = np.zeros(len(scores), dtype=bool)
    used: set[int] = set()
    for pair, one, other in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if (single[0] and one in used) or (single[1] and other in used):
            continue
        used |= {one, other}
        kept[pair] = True
    return kept

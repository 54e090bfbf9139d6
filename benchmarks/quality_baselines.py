"""The plain baselines: one string similarity of the cleaned full names, and the cosine of their 3-grams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Indel, Jaro, JaroWinkler, LCSseq, Levenshtein, Prefix
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.quality_candidates import Candidates
from benchmarks.quality_figures import Curve, Scores
from features.arrays import BoolArray, IntArray

SCORERS = {
    **{kind.__name__.rpartition(".")[2]: kind.normalized_similarity for kind in (Indel, Jaro, JaroWinkler, LCSseq)},
    **{kind.__name__.rpartition(".")[2]: kind.normalized_similarity for kind in (Levenshtein, OSA, Prefix)},
    **{
        scorer.__name__: scorer
        for scorer in (
            fuzz.partial_ratio,
            fuzz.partial_token_ratio,
            fuzz.token_ratio,
            fuzz.token_set_ratio,
            fuzz.token_sort_ratio,
            fuzz.WRatio,
        )
    },
}
"""rapidfuzz's scorers, by their names there."""

CHUNK = 100_000
ROWS = 500
"""Left records whose cosines with every right one are held at a time."""

MOST_ALIKE = 10


def best_string(candidates: Candidates, match: BoolArray, truth: int) -> tuple[str, Scores]:
    """The scorer of the best average precision and its scores. It is chosen on the labels, in its own favour."""
    left, right = ([candidates.names[n] for n in side.tolist()] for side in (candidates.left, candidates.right))
    known = np.array([bool(one and other) for one, other in zip(left, right, strict=True)], dtype=bool)
    best, kept, highest = "", np.full(len(left), -np.inf), -1.0
    for name, scorer in SCORERS.items():
        raw = process.cpdist(left, right, scorer=scorer, dtype=np.float32).astype(np.float64)
        scores = np.where(known, raw, -np.inf)
        reached = Curve.of(scores, match, truth).average_precision()
        if reached > highest:
            best, kept, highest = name, scores, reached
    return best, kept


def nearest_names(names: Sequence[str], left: IntArray, right: IntArray) -> IntArray:
    """The usual way to candidates: each left record's MOST_ALIKE right ones by TF-IDF cosine of character 3-grams.

    `names` are those of all records, cleaned and in their own script; a right record that shares no 3-gram is none.
    Deduplicating, both sides are all records, and a pair counts once. Record numbers of the pairs, a row each.
    """
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    if not any(names):
        return np.zeros((0, 2), dtype=np.int64)
    grams = vectoriser.fit_transform(names)
    others = grams[right].T.tocsr()
    found = []
    for start in range(0, len(left), ROWS):
        rows = left[start : start + ROWS]
        cosine = (grams[rows] @ others).toarray()
        cosine[rows[:, None] == right[None, :]] = 0
        best = np.argsort(-cosine, axis=1, kind="stable")[:, :MOST_ALIKE]
        row, place = np.nonzero(np.take_along_axis(cosine, best, axis=1) > 0)
        found.append(np.stack([rows[row], right[best[row, place]]], axis=1))
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def trigram_cosine(candidates: Candidates) -> Scores:
    """Cosine of TF-IDF weighted character 3-grams, weights from all records of the set."""
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    if not any(candidates.names):
        return np.full(len(candidates), -np.inf)
    grams = vectoriser.fit_transform(candidates.names)
    scores = np.zeros(len(candidates))
    for start in range(0, len(candidates), CHUNK):
        rows = slice(start, start + CHUNK)
        product = grams[candidates.left[rows]].multiply(grams[candidates.right[rows]])
        scores[rows] = np.asarray(product.sum(axis=1), dtype=np.float64).ravel()
    named = np.array([bool(name) for name in candidates.names])
    return np.asarray(np.where(named[candidates.left] & named[candidates.right], scores, -np.inf))

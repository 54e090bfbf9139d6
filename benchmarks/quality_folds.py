"""Cross-validation by entity: no model ever sees a record of an entity that it is tested on.

Entities are the connected components of the true pairs; a record without a match is an entity of its own. Each
entity belongs to one of n folds. A pair touches one fold or two, so to hold out single folds is not enough: a pair
of folds 1 and 2 could only be tested by a model that knows one of them. Hence folds are held out in groups, such
that any two folds lie together in exactly one group (with 7 folds and groups of 3: the Fano plane). The model of a
group is fitted on the pairs whose both entities lie outside the group, and tested on pairs whose both entities lie
inside. Every pair is tested once, true pairs and hard negatives alike, and nothing is thinned out of the test.

The price is that a model learns from 4/7 of the entities: figures are lower than with all of them, never higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.arrays import IntArray

SEED = 20_260_101

Groups = tuple[tuple[int, ...], ...]

SEVEN_FOLDS: Groups = ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5))
"""Any two of seven folds are together in exactly one group."""

THREE_FOLDS: Groups = ((0, 1), (0, 2), (1, 2))
"""The same with three folds: fewer models, each from a third of the entities."""


@dataclass(frozen=True)
class Part:
    """One model's share: the candidates it learns from, those it is tested on.

    `train_truth` counts the true pairs of the training entities, candidates or not.
    """

    train: IntArray
    test: IntArray
    train_truth: int


@dataclass(frozen=True)
class Folds:
    """The parts of a cross-validation. `thinned` is the share of entities a model learns from.

    Learning, a true pair (one entity) is kept with that probability, a pair of two entities with its square.
    """

    parts: tuple[Part, ...]
    thinned: float

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)


def clusters(records: int, truth: IntArray) -> IntArray:
    """The entity of every record, numbered from 0: connected components of the true pairs."""
    links = coo_matrix((np.ones(len(truth), dtype=np.int8), (truth[:, 0], truth[:, 1])), shape=(records, records))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def fold_of_entity(entity: IntArray, truth: IntArray, folds: int) -> IntArray:
    """A fold for every entity: shuffled, then dealt in order of true pairs, so that folds hold equally many."""
    entities = int(entity.max(initial=-1)) + 1
    weight = np.bincount(entity[truth[:, 0]], minlength=entities)
    shuffled = np.random.default_rng(SEED).permutation(entities)
    order = shuffled[np.argsort(-weight[shuffled], kind="stable")]
    fold = np.empty(entities, dtype=np.int64)
    fold[order] = np.arange(entities) % folds
    return fold


def make_folds(left: IntArray, right: IntArray, entity: IntArray, truth: IntArray, groups: Groups) -> Folds:
    """The parts of the candidates `left`, `right` (record numbers), one for each group of folds."""
    folds = len(fold_numbers(groups))
    fold = fold_of_entity(entity, truth, folds)
    one, other = entity[left], entity[right]
    home = _group(one, other, fold, groups)
    truth_entity = entity[truth[:, 0]]
    parts = []
    for number, group in enumerate(groups):
        outside = ~np.isin(fold, group)
        parts.append(
            Part(
                train=np.flatnonzero(outside[one] & outside[other]),
                test=np.flatnonzero(home == number),
                train_truth=int(outside[truth_entity].sum()),
            )
        )
    return Folds(tuple(parts), 1 - len(groups[0]) / folds)


def fold_numbers(groups: Groups) -> set[int]:
    """The folds that the groups are made of."""
    return {fold for group in groups for fold in group}


def _group(one: IntArray, other: IntArray, fold: IntArray, groups: Groups) -> IntArray:
    """The group that tests a pair of entities: the only one with both folds, or, within one fold, any of its groups.

    Which of them is decided by the left entity's number alone.
    """
    folds = len(fold_numbers(groups))
    together = np.empty((folds, folds), dtype=np.int64)
    for number, group in enumerate(groups):
        together[np.ix_(group, group)] = number
    of_fold = np.array([[n for n, group in enumerate(groups) if f in group] for f in range(folds)])
    first, second = fold[one], fold[other]
    alone = of_fold[first, one % of_fold.shape[1]]
    return np.asarray(np.where(first == second, alone, together[first, second]), dtype=np.int64)

"""One record against many: the same features, by the same kernel, for an online lookup."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.arrays import BoolArray
from features.columns import Records
from features.declare import PairFeature
from features.kernel.compare import Compared, compare, compared
from features.pairing import Grid, Pairs


def score(query: pa.RecordBatch, candidates: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """Features of one prepared record (left) against each prepared candidate (right), in their order."""
    found = first_against_rest(Records(query, *candidates.to_batches()), features)
    return _named(features, found.columns())


def first_against_rest(records: Records, features: Sequence[PairFeature]) -> Compared:
    """Features of the first record (left) against each of the others (right), in their order."""
    count = len(records) - 1
    row, column = np.zeros(count, dtype=np.int64), np.arange(1, count + 1)
    grids = (Grid(0, count, slice(0, 1), slice(1, count + 1)),) if count else ()
    return compared(features, records, Pairs(row, column, None, grids))


def score_pairs(left: pa.Table, right: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """Features of given pairs: the left and the right prepared record of position n are pair n."""
    row = np.arange(left.num_rows)
    return _named(features, compare(features, Records(left, right), Pairs(row, row + left.num_rows, None, ())))


def score_known(known: BoolArray, left: pa.Table, right: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """As `score_pairs`, null in every feature where a pair is not `known` to be one of two records."""
    pairs = [side.filter(pa.array(known)).combine_chunks() for side in (left, right)]
    place = pa.array(np.where(known, np.cumsum(known) - 1, 0), mask=~known)
    if known.any():
        return score_pairs(pairs[0], pairs[1], features).take(place)
    return _named(features, [pa.nulls(len(known), feature.returns.arrow) for feature in features])


def _named(features: Sequence[PairFeature], columns: list[pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(columns, names=[feature.name for feature in features])

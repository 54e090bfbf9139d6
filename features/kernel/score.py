"""One record against many: the same features, by the same kernel, for an online lookup."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.columns import Records
from features.declare import PairFeature
from features.kernel.compare import Grid, Pairs, compare


def score(query: pa.RecordBatch, candidates: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """Features of one prepared record (left) against each prepared candidate (right), in their order."""
    count = candidates.num_rows
    row, column = np.zeros(count, dtype=np.int64), np.arange(1, count + 1)
    grids = (Grid(0, count, slice(0, 1), slice(1, count + 1)),) if count else ()
    records = Records(query, *candidates.to_batches())
    return _named(features, compare(features, records, Pairs(row, column, None, grids)))


def score_pairs(left: pa.Table, right: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """Features of given pairs: the left and the right prepared record of position n are pair n."""
    row = np.arange(left.num_rows)
    return _named(features, compare(features, Records(left, right), Pairs(row, row + left.num_rows, None, ())))


def _named(features: Sequence[PairFeature], columns: list[pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(columns, names=[feature.name for feature in features])

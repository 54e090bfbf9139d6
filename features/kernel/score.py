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
    names = list(dict.fromkeys(column for feature in features for column in feature.inputs))
    table = pa.concat_tables([pa.Table.from_batches([query]).select(names), candidates.select(names)])
    count = candidates.num_rows
    row, column = np.zeros(count, dtype=np.int64), np.arange(1, count + 1)
    grids = (Grid(0, count, slice(0, 1), slice(1, count + 1)),) if count else ()
    arrays = compare(features, Records(table.combine_chunks()), Pairs(row, column, None, grids))
    return pa.RecordBatch.from_arrays(arrays, names=[feature.name for feature in features])


def score_pairs(left: pa.Table, right: pa.Table, features: Sequence[PairFeature]) -> pa.RecordBatch:
    """Features of given pairs: the left and the right prepared record of position n are pair n."""
    names = list(dict.fromkeys(column for feature in features for column in feature.inputs))
    table = pa.concat_tables([left.select(names), right.select(names)]).combine_chunks()
    row = np.arange(left.num_rows)
    arrays = compare(features, Records(table), Pairs(row, row + left.num_rows, None, ()))
    return pa.RecordBatch.from_arrays(arrays, names=[feature.name for feature in features])

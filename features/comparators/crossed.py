"""Two fields that a source may have exchanged: compared straight and crossed."""

from __future__ import annotations

import numpy as np

from features.columns import IntArray
from features.comparators.strings import StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Text


def better_of_crossed(
    one_l: Text, one_r: Text, other_l: Text, other_r: Text, comparator: StringComparator
) -> FloatArray:
    """Mean similarity of the fields with their like, or each with the other, whichever is more.

    Null where either side lacks either field. Pairs that agree in both fields are not compared again.
    """
    missing = one_l.missing | one_r.missing | other_l.missing | other_r.missing
    same = (one_l.codes == one_r.codes) & (other_l.codes == other_r.codes)
    means = np.ones(len(missing), dtype=np.float64)
    open_pairs = np.flatnonzero(~missing & ~same)
    if len(open_pairs):
        straight = _sum(comparator, open_pairs, (one_l, one_r), (other_l, other_r))
        crossed = _sum(comparator, open_pairs, (one_l, other_r), (other_l, one_r))
        means[open_pairs] = np.maximum(straight, crossed) / 2
    return blank(means, missing)


def _sum(comparator: StringComparator, pairs: IntArray, *fields: tuple[Text, Text]) -> np.ndarray:
    """Sum of the similarities of two pairs of fields, in an order that does not matter."""
    one, other = (comparator.pairs(_at(left, pairs), _at(right, pairs)) for left, right in fields)
    return one.astype(np.float64) + other


def _at(view: Text, pairs: IntArray) -> list[str]:
    values = view.column.values
    return [values[row] for row in view.rows[pairs].tolist()]

"""Which pairs are replayed to show that all paths agree, and where two answers differ in a bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray

_ORDER = [("rule", "ascending"), ("drawn", "ascending"), ("id_l", "ascending"), ("id_r", "ascending")]


def with_draw(pairs: pa.Table, seed: int) -> pa.Table:
    """Pairs (id_l, id_r, …) with `drawn`, a hash of both ids and the seed, by which they are chosen."""
    texts = pc.binary_join_element_wise(pairs["id_l"], pairs["id_r"], "\n").to_numpy(zero_copy_only=False)
    key = f"{seed % 10**16:016d}"
    drawn = pd.util.hash_array(texts, hash_key=key, categorize=False)  # SipHash
    return pairs.append_column("drawn", pa.array(drawn, pa.uint64()))


def smallest(pairs: pa.Table, count: int) -> pa.Table:
    """Of each rule the pairs that were drawn first, at most `count`; of parts and of the whole it keeps the same."""
    ordered = pairs.sort_by(_ORDER)
    return ordered.filter(pa.array(_ranks(ordered) < count))


def chosen(pairs: pa.Table, count: int) -> pa.Table:
    """At most `count` pairs in the order of their ids, rules taking turns, so that rare ones take part."""
    ordered = pairs.sort_by(_ORDER)
    ranked = ordered.append_column("rank", pa.array(_ranks(ordered)))
    taken = ranked.sort_by([("rank", "ascending"), *_ORDER[1:]]).slice(0, count)
    return taken.sort_by([("id_l", "ascending"), ("id_r", "ascending")]).drop_columns(["rank", "drawn"])


def differing(wanted: pa.Array, found: pa.Array) -> BoolArray:
    """Where two columns of one type are not the same bit for bit: a null is the same as a null alone."""
    absent = [np.asarray(of.is_null().to_numpy(zero_copy_only=False), dtype=bool) for of in (wanted, found)]
    values = [_bits(of) for of in (wanted, found)]
    unlike: BoolArray = (absent[0] != absent[1]) | (~absent[0] & ~absent[1] & (values[0] != values[1]))
    return unlike


def _bits(column: pa.Array) -> npt.NDArray[np.generic]:
    """The values as what can be told apart by ==: of a number of floating point its bits, 0 for a null."""
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(0).to_numpy(zero_copy_only=False)
        return np.asarray(numbers.view(f"u{numbers.dtype.itemsize}"))
    plain = column.fill_null(0) if pa.types.is_integer(column.type) else column
    return np.asarray(plain.to_numpy(zero_copy_only=False))


def _ranks(ordered: pa.Table) -> npt.NDArray[np.int64]:
    """The place of each pair among those of its rule, of pairs that stand by rule."""
    if not ordered.num_rows:
        return np.zeros(0, dtype=np.int64)
    ends = pc.run_end_encode(ordered["rule"].combine_chunks()).run_ends.to_numpy()
    lengths = np.diff(ends, prepend=0)
    return np.asarray(np.arange(ordered.num_rows) - np.repeat(ends - lengths, lengths))

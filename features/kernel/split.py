"""Labelled pairs cut into parts for training and judging, so that no record stands in two of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.arrays import BoolArray
from features.errors import PairlakeError

PARTS = ("train", "validation", "test")

_WHOLE = 1e-9
"""How far shares may be from one together: what rounding leaves."""

Numbers = npt.NDArray[np.int64]


class SplitError(PairlakeError):
    """The pairs cannot be split as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """Records that labelled pairs connect, however far apart, and how many pairs with features are among them."""

    records: int
    pairs: int


@dataclass(frozen=True)
class Split:
    """Which part each record of the pairs is in, ids in ascending order; how many pairs each part holds.

    `clusters` counts the groups of connected records that hold such pairs, `largest` is the one with most.
    """

    ids: pa.Array
    places: Numbers
    pairs: tuple[int, ...]
    clusters: int
    largest: Cluster
    shares: tuple[float, ...]

    def of(self, ids: pa.Array) -> pa.Array:
        """The part of each record, null for one that is in no pair."""
        place = pc.index_in(ids, value_set=self.ids)
        return pa.array(PARTS).take(pa.array(self.places).take(place))

    @property
    def warning(self) -> str | None:
        """Why the shares asked for cannot be had, in words; None where they can."""
        total = sum(self.pairs)
        if self.largest.pairs <= max(self.shares) * total:
            return None
        return f"{_of(self.largest, total)}, more than any share that was asked for; they stay together"


def shares_of(text: str) -> tuple[float, ...]:
    """Shares of train, validation and test as `0.8,0.1,0.1`. SplitError for what is not three shares of one whole."""
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = ()
    if len(shares) != len(PARTS) or not all(0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > _WHOLE:
        raise SplitError(f"the split is {text!r}; wanted the shares of {', '.join(PARTS)}, as 0.8,0.1,0.1: one in all")
    return shares


def split(left: pa.Array, right: pa.Array, usable: BoolArray, shares: Sequence[float], seed: int) -> Split:
    """Pairs by the ids of their records → parts of about these shares of the `usable` ones, clusters kept whole.

    Clusters are the connected components of all pairs: one that is not usable has its records in one part all the same.
    Largest first, each goes where most pairs are missing; those of one size follow the hash of `seed` and their first
    id, so the order of the pairs changes nothing. SplitError where a part that was asked for would stay empty.
    """
    ids = pc.unique(pa.concat_arrays([left, right]))
    ids = ids.take(pc.sort_indices(ids))
    ends = [pc.index_in(side, value_set=ids).to_numpy() for side in (left, right)]
    shape = (len(ids), len(ids))
    edges = coo_array((np.ones(len(left), dtype=np.int8), (ends[0], ends[1])), shape=shape)
    count, of_record = connected_components(edges, directed=False)
    pairs, records = (np.bincount(of, minlength=count) for of in (of_record[ends[0][usable]], of_record))
    _, first = np.unique(of_record, return_index=True)  # ids are sorted: the place of a cluster's smallest one
    drawn = np.array([_drawn(seed, text) for text in ids.take(pa.array(first)).to_pylist()], dtype=np.uint64)
    order = np.lexsort((first, drawn, -pairs))
    places, got = _shared_out(pairs[order].tolist(), shares)
    of_cluster = np.empty(count, dtype=np.int64)
    of_cluster[order] = places
    largest = Cluster(int(records[order[0]]), int(pairs[order[0]])) if count else Cluster(0, 0)
    made = Split(ids, of_cluster[of_record], tuple(got), int(np.count_nonzero(pairs)), largest, tuple(shares))
    _refuse_empty(made)
    return made


def _shared_out(sizes: Sequence[int], shares: Sequence[float]) -> tuple[list[int], list[int]]:
    """The part of each cluster, in the order given, and the pairs of each part."""
    total = sum(sizes)
    got, places = [0] * len(shares), []
    for size in sizes:
        missing = [share * total - had if share else -np.inf for share, had in zip(shares, got, strict=True)]
        place = missing.index(max(missing))
        got[place] += size
        places.append(place)
    return places, got


def _refuse_empty(made: Split) -> None:
    empty = [part for part, share, got in zip(PARTS, made.shares, made.pairs, strict=True) if share and not got]
    if empty:
        raise SplitError(
            f"no pair would be left for {' and '.join(empty)}: {_of(made.largest, sum(made.pairs))}, and there are "
            f"{made.clusters:,} such clusters in all, none of which may be cut. Label pairs of other records, leave "
            "out some that connect most of them (mostly non-matches), or ask for fewer parts, as 0.8,0,0.2"
        )


def _of(cluster: Cluster, total: int) -> str:
    return f"labelled pairs connect {cluster.records:,} records to one cluster of {cluster.pairs:,} of {total:,} pairs"


def _drawn(seed: int, text: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{text}".encode(), digest_size=8).digest(), "big")

"""Corpus statistics: how many records carry a token, frozen under a version, as weights in whole numbers.

A weight is the token's surprisal, -log2 of the share of records that carry it (Sparck Jones 1972), in hundredths
of a bit. Whole numbers, so that sums of weights are exact in whatever order they are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import member
from features.errors import PairlakeError

UNITS_A_BIT = 100
"""Weight of a token that half of all records carry."""

FEWEST_RECORDS = 2
"""Records that must carry a token for it to be counted; any other token weighs as one that a single record has."""


class StatisticsError(PairlakeError):
    """The statistics hold nothing of what is asked; the message says what and how to have it counted."""


class Split(NamedTuple):
    """Into what a column is cut: pieces of its sorted values, of `records` records each or a few more."""

    column: str
    records: int


Splits = Mapping[Split, tuple[str, ...]]
"""The first value of every piece but the first, ascending, by what was cut."""


@dataclass(frozen=True)
class Statistics:
    """Token weights and split points of one corpus of `records` records; `version` is the hash of their content."""

    version: str = "none"
    records: int = 0
    hashes: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64), repr=False)
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    splits: Splits = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, counted: pa.Table, records: int, splits: Splits | None = None) -> Statistics:
        """From a table of distinct tokens and the number of `records` that carry each, and from split points."""
        ordered = counted.sort_by("token")
        digest = hashlib.blake2b(str(records).encode(), digest_size=6)
        tokens = ordered["token"].to_pylist()
        counts = np.asarray(ordered["records"].to_numpy(), dtype=np.int64)
        digest.update("\0".join(tokens).encode())
        digest.update(counts.tobytes())
        for split in sorted(splits or {}):  # without any, the version is that of earlier releases
            digest.update("\0".join([split.column, str(split.records), *(splits or {})[split]]).encode())
        hashes = _hashes(tokens)
        order = np.argsort(hashes, kind="stable")
        return cls(digest.hexdigest(), records, hashes[order], counts[order], splits or {})

    def weights(self, tokens: Sequence[str]) -> npt.NDArray[np.int32]:
        """The weight of each token, at least 1; a token that was not counted is as rare as one can be."""
        counted, at = member(_hashes(tokens), self.hashes)
        counts = np.ones(len(tokens), dtype=np.int64)
        counts[counted] = self.counts[at[counted]]
        return np.array([_surprisal(count, self.records + 1) for count in counts.tolist()], dtype=np.int32)

    def weight_of(self, carriers: int) -> int:
        """The weight of a token that this many records carry, at least 1."""
        return _surprisal(carriers, self.records + 1)

    def pieces(self, split: Split) -> tuple[str, ...]:
        """Where the pieces of a column begin, the first one aside; nothing is cut in statistics of nothing.

        Raises StatisticsError when they were counted without this column.
        """
        self.refuse_without([split])
        return self.splits.get(split, ())

    def refuse_without(self, splits: Iterable[Split]) -> None:
        """StatisticsError unless all of these were cut when the statistics were counted."""
        for split in splits:
            if split not in self.splits and self.records:
                raise StatisticsError(
                    f"the corpus statistics {self.version} were counted without cutting {split.column!r} into pieces "
                    f"of {split.records} records, which a rule of sorted neighbourhood reads; leave [statistics] "
                    "version out, so that a run counts anew, or leave the rule out"
                )


def split_points(counted: Iterable[tuple[str, int]], records: int) -> tuple[str, ...]:
    """Where to cut distinct values in ascending order, given with how often each occurs: as `Splits` keeps it.

    Every piece but the last holds at least `records` records, so that two records with no more than that many places
    between them lie in one piece or in two neighbouring ones.
    """
    points = []
    held = 0
    for value, occurs in counted:
        if held >= records:
            points.append(value)
            held = 0
        held += occurs
    return tuple(points)


def count_tokens(token_lists: pa.ListArray | pa.ChunkedArray) -> tuple[pa.Table, int]:
    """Tokens that several records carry, with their number, and the number of records that have any.

    Each list holds distinct tokens. For corpora in memory; Spark counts the others.
    """
    tokens = pc.value_counts(pc.list_flatten(token_lists))
    counted = pa.table({"token": tokens.field("values"), "records": tokens.field("counts")})
    having = pc.sum(pc.greater(pc.list_value_length(token_lists), 0)).as_py() or 0
    return counted.filter(pc.greater_equal(counted["records"], FEWEST_RECORDS)), int(having)


@cache
def _surprisal(count: int, records: int) -> int:
    """Whole hundredths of a bit in -log2(count / records), at least 1.

    By whole numbers alone: a logarithm in floating point may differ in its last bit from machine to machine.
    """
    ratio: int = records**UNITS_A_BIT // max(count, 1) ** UNITS_A_BIT
    return max(ratio.bit_length() - 1, 1)


def _hashes(tokens: Sequence[str]) -> npt.NDArray[np.uint64]:
    """64 bits of BLAKE2b of each token: two that collide share a weight."""
    digests = b"".join(hashlib.blake2b(token.encode(), digest_size=8).digest() for token in tokens)
    return np.frombuffer(digests, dtype="<u8")

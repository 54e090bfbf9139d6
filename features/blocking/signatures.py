"""Kinds of rule for what is alike and equal in no part: locality-sensitive hashing of 3-grams and of vectors.

All in whole numbers, with hash functions and planes that are fixed here: the same keys on every machine, in a batch
of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from features.blocking.making import TEXTS, VECTORS, Value, column, in_places, made, places, refused, texts, whole
from features.declare import BlockingRule

MOST_HASHES = 512
"""Hash functions, or planes, of one rule: every record pays for each of them."""

_MOST_AT_ONCE = 1 << 15
"""Values of hash functions made in one call: those of a single text, or one function's of a batch."""

_FEW = 200
"""N-grams, as of one name, of which those that are equal cost more to find than to hash."""

Hashes = npt.NDArray[np.uint64]


def minhash(
    *,
    name: str,
    field: str,
    bands: int,
    rows: int,
    ngram: int = 3,
    within: str | Sequence[str] = (),
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """Texts whose sets of n-grams are alike, by bands of MinHash values (Broder 1997; Leskovec et al. 2020, chapter 3).

    Two texts of Jaccard similarity s share a key with probability 1 - (1 - s ** rows) ** bands: half of those at
    about (1 / bands) ** (1 / rows). A text is padded by a space on either side; each of several texts has keys.
    """
    said = {"kind": "minhash", **locals()}
    reads = _reads(said, TEXTS)
    whole(said, "ngram", 1, 8)
    _size(said, "bands", "rows")

    def keys(values: Sequence[Value], *others: Sequence[Value]) -> list[list[str]]:
        lists = [texts(value) for value in values]
        least = min_hashes(list(chain.from_iterable(lists)), ngram, bands * rows)
        signatures = iter(_bands(least.astype("<u8").reshape(len(least), bands, -1).view(np.uint8)))
        found = [list(dict.fromkeys(chain.from_iterable(next(signatures) for _ in of_record))) for of_record in lists]
        return [in_places(of_record, row) for of_record, *row in zip(found, *others, strict=True)]

    return made(keys, said, reads, required=tuple(reads), batch=True)


def embedding_neighbours(
    *,
    name: str,
    bands: int,
    bits: int,
    field: str = "name_embedding",
    within: str | Sequence[str] = (),
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """Vectors that point the same way, by bands of signs against random planes (Charikar 2002).

    Two vectors at the angle a share a key with probability 1 - (1 - (1 - a / pi) ** bits) ** bands, about. A vector
    of nothing but zeros points nowhere and has no key.
    """
    said = {"kind": "embedding_neighbours", **locals()}
    reads = _reads(said, VECTORS)
    _size(said, "bands", "bits")

    def keys(values: Sequence[bytes], *others: Sequence[Value]) -> list[list[str]]:
        vectors = np.frombuffer(b"".join(values), dtype=np.int8).reshape(len(values), -1).astype(np.float64)
        # Whole numbers below 2 ** 53, so the product is exact in whatever order it is summed.
        positive = vectors @ planes(vectors.shape[1], bands * bits) >= 0
        signatures = _bands(np.packbits(positive.reshape(len(values), bands, bits), axis=2))
        found = [of_record if any(value) else [] for of_record, value in zip(signatures, values, strict=True)]
        return [in_places(of_record, row) for of_record, *row in zip(found, *others, strict=True)]

    return made(keys, said, reads, required=tuple(reads), batch=True)


def min_hashes(read: Sequence[str], ngram: int, functions: int) -> Hashes:
    """The least value of each hash function over a text's n-grams: a row a text, a column a function."""
    padded = [f" {text} ".ljust(ngram) for text in read]
    if not padded:
        return np.zeros((0, functions), dtype=np.uint64)
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    lengths = np.fromiter(map(len, padded), dtype=np.int64, count=len(padded))
    counts = lengths - ngram + 1
    firsts = np.cumsum(counts) - counts
    places = np.arange(int(counts.sum())) + np.repeat(np.arange(len(padded)) * (ngram - 1), counts)
    grams = np.zeros(len(places), dtype=np.uint64)
    for step in range(ngram):
        grams = _mixed(grams ^ letters[places + step])
    distinct, of_gram = np.unique(grams, return_inverse=True) if len(grams) > _FEW else (grams, slice(None))
    seeds = _seeds(functions)
    at_once = max(_MOST_AT_ONCE // len(grams), 1)
    least = [
        np.minimum.reduceat(_mixed(distinct ^ some[:, np.newaxis])[:, of_gram], firsts, axis=1)
        for some in np.split(seeds, range(at_once, functions, at_once))
    ]
    return np.ascontiguousarray(np.concatenate(least).T)


@cache
def _seeds(functions: int) -> Hashes:
    """What tells one hash function from the next."""
    return _mixed(np.arange(1, functions + 1, dtype=np.uint64))


def planes(dimension: int, count: int) -> npt.NDArray[np.float64]:
    """Normals of random planes, one a column: whole numbers, each the sum of eight random bytes, nearly normal."""
    drawn = _mixed(np.arange(1, dimension * count + 1, dtype=np.uint64)).astype("<u8").view(np.uint8)
    sums = 2 * drawn.reshape(-1, 8).sum(axis=1, dtype=np.int64) - 8 * 255
    return np.asarray(sums.reshape(dimension, count), dtype=np.float64)


def _mixed(values: Hashes) -> Hashes:
    """Each number well mixed, one to one: the finaliser of SplitMix64 (Steele et al. 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _bands(signatures: npt.NDArray[np.uint8]) -> list[list[str]]:
    """A text for each band of each row of (rows, bands, bytes)."""
    return [[f"{n}:{band.tobytes().hex()}" for n, band in enumerate(row)] for row in signatures]


def _reads(said: dict[str, Any], types: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    """The columns of a rule, its field first, with their types."""
    own = column(said, "field")
    return {own: types, **dict.fromkeys(places(said, [own]), TEXTS)}


def _size(said: dict[str, Any], many: str, long: str) -> None:
    """Refuse a signature that no record should pay for."""
    if whole(said, many, 1) * whole(said, long, 1) > MOST_HASHES:
        raise refused(said, f"{many} x {long} is {said[many] * said[long]}; wanted at most {MOST_HASHES}")

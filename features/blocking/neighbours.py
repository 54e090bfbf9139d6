"""Sorted neighbourhood with frozen places: who stands near whom is decided by the corpus statistics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from features.blocking.making import TEXTS, Value, column, in_places, made, places, texts, whole
from features.declare import BlockingRule
from features.statistics import Split, Statistics


def sorted_neighbourhood(
    *,
    name: str,
    field: str,
    window: int,
    within: str | Sequence[str] = (),
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """Values that stand near each other when all are sorted (Hernandez and Stolfo 1995), for a standardised field.

    When the statistics are counted, the sorted values are cut into pieces of `window` / 2 records; equal values are not
    parted. A record in piece n has the keys n and n + 1, so two records of that corpus with at most `window` / 2 places
    from one to the other share a key, and a block holds two pieces, about `window` records. A value that came later
    falls into the piece where it belongs.
    """
    said = {"kind": "sorted_neighbourhood", **locals()}
    own = column(said, "field")
    split = Split(own, -(-whole(said, "window", 2) // 2))

    def keys(value: Value, *others: Value, statistics: Statistics) -> list[str]:
        pieces = statistics.pieces(split)
        at = {bisect_right(pieces, text) for text in texts(value)}
        return in_places([str(n) for n in sorted({key for piece in at for key in (piece, piece + 1)})], others)

    reads = {own: TEXTS[:1], **dict.fromkeys(places(said, [own]), TEXTS)}
    return made(keys, said, reads, required=tuple(reads), given=("statistics",), splits=(split,))

"""What a lookup costs besides reading the store, measured here and now on records that are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from features.catalogue import Catalogue
from features.kernel.cost import made_up, sample, timed
from features.kernel.records import prepare_one
from features.kernel.score import first_against_rest
from features.store.packing import Packing

_REPEATS = 50


@dataclass(frozen=True)
class OnlineCost:
    """Microseconds to decode packed candidates beside one typed record, and to compute all features of them."""

    candidates: int
    decode: float
    compare: float


def preparing_cost(catalogue: Catalogue) -> float:
    """Microseconds to standardise and prepare one typed record, keys and vectors included."""
    record = made_up(0)
    return _least(lambda: prepare_one(record, catalogue))


def online_costs(catalogue: Catalogue, candidates: Sequence[int]) -> list[OnlineCost]:
    """What a lookup of so many candidates costs once they are read, each number by itself."""
    packing = Packing(catalogue)
    query, others = prepare_one(made_up(0), catalogue), packing.pack_batch(sample(catalogue).slice(1))
    return [_cost(catalogue, packing, query, list(islice(cycle(others), count))) for count in candidates]


def _cost(
    catalogue: Catalogue, packing: Packing, query: Mapping[str, Sequence[Any]], packed: Sequence[bytes]
) -> OnlineCost:
    # Records keep what was decoded of them, so that each comparison has its own.
    whole = _least(lambda: first_against_rest(packing.records(packed, query), catalogue.pair_features))
    decode = _least(lambda: packing.records(packed, query))
    return OnlineCost(len(packed), decode, whole - decode)


def _least(work: Callable[[], Any]) -> float:
    """The least of the microseconds that the work takes."""
    return min(timed(work, _REPEATS)) * 1e6

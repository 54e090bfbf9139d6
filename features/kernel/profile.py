"""How the values of pair features are distributed: counted batch by batch, added up, compared with an earlier time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import chdtri

from features.contracts import Contract
from features.declare import PairFeature

PARTS = 20
"""Equal parts that a short range is counted in."""

SHORT = 2.0
"""Longest range, in its own units, that is cut into equal parts; a longer one is cut at powers of two."""

WIDE = 2.0**40
"""Furthest bound of a range that has none."""

SHIFTED, FAR = 0.1, 0.25
"""Stability index from which a distribution is said to have shifted, and to be another one (Siddiqi 2006)."""


@dataclass(frozen=True)
class Distribution:
    """Pairs by the value of one feature: `counts[i]` from `edges[i]` up to `edges[i + 1]`, the last edge included.

    A feature of states has an entry of `counts` for each. `missing` are nulls, `outside` what lies outside the
    contract or is no number. `version` is that of the feature.
    """

    version: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    states: tuple[str, ...] = ()
    missing: int = 0
    outside: int = 0

    @property
    def pairs(self) -> int:
        """All pairs that were counted."""
        return sum(self.counts) + self.missing + self.outside

    @property
    def missing_share(self) -> float | None:
        """Share of pairs without a value; None where there is no pair."""
        return self.missing / self.pairs if self.pairs else None

    @property
    def labels(self) -> tuple[str, ...]:
        """What each entry of `counts` counts, in words."""
        if self.states:
            return self.states
        return tuple(f"{low:g} to {high:g}" for low, high in zip(self.edges, self.edges[1:], strict=False))

    def alike(self, other: Distribution) -> bool:
        """Whether both count the same thing in the same way."""
        return (self.version, self.edges, self.states) == (other.version, other.edges, other.states)

    def __add__(self, other: Distribution) -> Distribution:
        if not self.alike(other):
            raise ValueError("distributions of different features, versions or edges cannot be added up")
        counts = tuple(mine + its for mine, its in zip(self.counts, other.counts, strict=True))
        return replace(self, counts=counts, missing=self.missing + other.missing, outside=self.outside + other.outside)


@dataclass(frozen=True)
class Profile:
    """The distribution of each feature, by its name, over the same pairs. Profiles of different pairs add up."""

    pairs: int = 0
    features: Mapping[str, Distribution] = field(default_factory=dict)

    def __add__(self, other: Profile) -> Profile:
        """The profile of both; ValueError where they hold different features."""
        if not self.features or not other.features:
            return self if self.features else other
        if self.features.keys() != other.features.keys():
            raise ValueError("profiles of different features cannot be added up")
        added = {name: of + other.features[name] for name, of in self.features.items()}
        return Profile(self.pairs + other.pairs, added)

    def to_dict(self) -> dict[str, Any]:
        """The profile as JSON holds it."""
        return {"pairs": self.pairs, "features": {name: asdict(of) for name, of in self.features.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profile:
        """What `to_dict` gave, before or after JSON."""
        return cls(data["pairs"], {name: _distribution(of) for name, of in data["features"].items()})


def profile(batch: pa.RecordBatch | pa.Table, features: Sequence[PairFeature]) -> Profile:
    """The distribution of each of these features over the rows of a batch, which has a column of each.

    The profile of a table is the sum of those of its batches, however it is cut: `sum(profiles, Profile())`.
    """
    return Profile(
        batch.num_rows, {feature.name: _counted(batch.column(feature.name), feature) for feature in features}
    )


def _counted(column: pa.Array | pa.ChunkedArray, feature: PairFeature) -> Distribution:
    edges = edges_of(feature.returns)
    bounds = np.asarray(edges, np.float32)
    bounds[-1] = np.nextafter(bounds[-1], np.float32(np.inf))
    values = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    # Sorted numbers are found between the bounds in no time, and numpy sorts faster than it looks each one up.
    ordered = np.sort(values.astype(np.float32, copy=False))
    counts = np.diff(ordered.searchsorted(bounds))
    missing = column.null_count  # as NaN among the values, at their end
    outside = len(column) - missing - int(counts.sum())
    return Distribution(feature.version, edges, tuple(map(int, counts)), feature.returns.states, missing, outside)


@lru_cache(maxsize=64)
def edges_of(contract: Contract) -> tuple[float, ...]:
    """The bounds between which values of a contract are counted, as single-precision numbers; for states, halves."""
    low, high = max(contract.low, -WIDE), min(contract.high, WIDE)
    if contract.states:
        return tuple(code - 0.5 for code in range(len(contract.states) + 1))
    if high - low <= SHORT:
        return tuple(float(edge) for edge in np.linspace(low, high, PARTS + 1).astype(np.float32))
    return low, *_doubling(low, high), high


def _doubling(low: float, high: float) -> Iterator[float]:
    """1, 2, 4 … above the low bound, as far as they lie below the high one."""
    step = 1.0
    while low + step < high:
        yield low + step
        step *= 2


@dataclass(frozen=True)
class Stability:
    """How far a distribution moved: the population stability index, 0 for not at all.

    `by_chance` is what 19 of 20 repetitions would stay below if nothing but chance moved it, were pairs drawn one by
    one: a larger index is no chance, a smaller one says nothing.
    """

    index: float
    by_chance: float

    @property
    def shifted(self) -> bool:
        """Whether it moved by more than the usual limit, and by more than chance explains."""
        return self.index >= SHIFTED and self.index > self.by_chance


def stability(before: Distribution, now: Distribution) -> Stability | None:
    """The population stability index of a feature between two times; None where they cannot be compared.

    The sum of (p - q) ln(p / q) over all parts, nulls being one of them (Siddiqi 2006, Credit Risk Scorecards). Half a
    pair is added to each part that is not empty at both times, so that none is divided by. Its distribution under no
    change is that of Yurdakul 2018, Statistical Properties of Population Stability Index. Both are rounded to 6 places.
    """
    if not before.alike(now) or not before.pairs or not now.pairs:
        return None
    sides = [np.array([*of.counts, of.missing, of.outside], np.float64) for of in (before, now)]
    seen = (sides[0] + sides[1]) > 0
    p, q = ((side[seen] + 0.5) / (side[seen] + 0.5).sum() for side in sides)
    index = math.fsum((p - q) * np.log(p / q))
    parts = int(seen.sum())
    chance = float(chdtri(parts - 1, 0.05)) * (1 / before.pairs + 1 / now.pairs) if parts > 1 else 0.0
    return Stability(round(index, 6), round(chance, 6))


def _distribution(data: Mapping[str, Any]) -> Distribution:
    lists = {name: tuple(data[name]) for name in ("edges", "counts", "states")}
    return Distribution(**{**data, **lists})

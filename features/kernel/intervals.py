"""Intervals of numbers that are estimated: a share of trials, and a population seen twice in part."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

Z = 1.959964
"""Half width of a 95 % interval, in standard deviations."""

FEWEST_SEEN_TWICE = 7
"""Members seen both times below which an estimate may be far too low (Robson and Regier 1964)."""


def wilson(hits: int, trials: int, z: float = Z) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); 0 to 1 when nothing was tried."""
    if not trials:
        return 0.0, 1.0
    share, square = hits / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    reach = z * sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Recapture:
    """A population seen twice in part, each time independently of the other: members seen first, second, both times."""

    first: int
    second: int
    both: int

    @property
    def seen(self) -> int:
        """Members seen at least once."""
        return self.first + self.second - self.both

    @property
    def enough(self) -> bool:
        """Whether so many were seen both times that the size can be estimated."""
        return self.both >= FEWEST_SEEN_TWICE

    @property
    def size(self) -> float:
        """Estimated size of the population (Chapman 1951), never less than what was seen."""
        return (self.first + 1) * (self.second + 1) / (self.both + 1) - 1

    def interval(self, z: float = Z) -> tuple[float, float]:
        """95 % interval of the size, by the transformed logit (Sadinle 2009), never below what was seen.

        Where fewer than one member is expected to be unseen it is that of one: from there on the formula's upper bound
        rises without end as ever fewer are.
        """
        both, first, second = self.both + 0.5, self.first - self.both + 0.5, self.second - self.both + 0.5
        unseen = max(first * second / both, 1.0)
        deviation = sqrt(1 / both + 1 / first + 1 / second + 1 / unseen)
        low, high = (self.seen - 0.5 + unseen * exp(sign * z * deviation) for sign in (-1, 1))
        return max(low, self.seen), max(high, self.seen)

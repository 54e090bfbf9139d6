"""How many matches no rule finds, estimated from two groups of rules that each find a part of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import BoolArray, IntArray
from features.catalogue import RAW, Catalogue
from features.kernel.intervals import FEWEST_SEEN_TWICE, Recapture

ASSUMPTIONS = (
    "A pair that reaches every floor is taken for a match, and only such matches are estimated: those that look less "
    "alike are neither counted nor missed here, and unlike parties that reach the floors raise the estimate.",
    "Each group of rules finds a match independently of the other. Groups that tend to find the same matches (good "
    "records are easy for both) make the estimate of the missed ones too low: read it as a lower bound.",
    "How easily a match is found by one group says nothing of how easily the other finds it. Where records that lack "
    "what one group reads tend to lack what the other reads as well, more are missed than estimated.",
    "The records stand still: both groups looked at the same ones.",
)
"""What the estimate of missed matches takes for granted."""

NEARLY_EQUAL_NAMES: Mapping[str, float | str] = {"name_token_sort": 0.9}
"""The floor of a likely match where none is declared."""

_NAMES = frozenset(RAW + field for field in ("name", "aliases", "given_name", "family_name"))


@dataclass(frozen=True)
class Estimate:
    """Likely matches that no rule finds, estimated from two groups of rules; null with a `reason` where it cannot be.

    `completeness` is the found share of all that the estimate comes to; `_low` and `_high` bound 95 % intervals.
    """

    floors: Mapping[str, float | str]
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    found: tuple[int, int]
    found_by_both: int
    seen: int
    reason: str | None
    missed: float | None = None
    missed_low: float | None = None
    missed_high: float | None = None
    completeness: float | None = None
    completeness_low: float | None = None
    completeness_high: float | None = None
    assumptions: tuple[str, ...] = ASSUMPTIONS


def rules_of_names(catalogue: Catalogue) -> tuple[str, ...]:
    """The rules that read a party's name, directly or through a column made of it."""
    return tuple(rule.name for rule in catalogue.rules if not catalogue.behind(rule.inputs).isdisjoint(_NAMES))


def estimate(
    rules: BoolArray,
    pairs: IntArray,
    names: Sequence[str],
    floors: Mapping[str, float | str],
    first_group: Sequence[str],
    most: int,
) -> Estimate:
    """From likely matches: the number of `pairs` of each set of `rules`, which are a row by rule of `names`.

    Two lists with the estimator of Chapman (1951); rules that are not of the first group are the second. No rule can
    have missed more than `most`.
    """
    first = np.array([name in first_group for name in names], dtype=bool)
    by_first, by_second = rules[:, first].any(axis=1), rules[:, ~first].any(axis=1)
    seen = Recapture(*(int(pairs[found].sum()) for found in (by_first, by_second, by_first & by_second)))
    reason = _why_not(seen, floors, first)
    mine, others = (tuple(n for n, of in zip(names, first, strict=True) if of == group) for group in (True, False))
    known = Estimate(dict(floors), (mine, others), (seen.first, seen.second), seen.both, seen.seen, reason)
    if reason:
        return known
    low, high = seen.interval()
    missed, fewest, worst = (min(size - seen.seen, most) for size in (seen.size, low, high))
    return replace(
        known,
        missed=missed,
        missed_low=fewest,
        missed_high=worst,
        completeness=seen.seen / (seen.seen + missed),
        completeness_low=seen.seen / (seen.seen + worst),
        completeness_high=seen.seen / (seen.seen + fewest),
    )


def _why_not(seen: Recapture, floors: Mapping[str, float | str], first: BoolArray) -> str | None:
    if not floors:
        return "no floor says what a likely match is; set [diagnose] likely"
    if first.all() or not first.any():
        return "the rules are all of one group, and it takes two; set [diagnose] group"
    if not seen.enough:
        return (
            f"not enough to go by: both groups of rules find {seen.both:,} of the same likely matches, and fewer than "
            f"{FEWEST_SEEN_TWICE} say too little (they find {seen.first:,} and {seen.second:,} each)"
        )
    return None

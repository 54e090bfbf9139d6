"""Measures of two values that are there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

LONGEST_DAYS = 36_525


def equal(one: str, other: str) -> float:
    return float(one == other)


def token_set(one: str, other: str) -> float:
    """rapidfuzz gives per cent, in float32 like every score."""
    return np.float32(fuzz.token_set_ratio(one, other)) / np.float32(100)


def partial(one: str, other: str) -> float:
    """As `token_set`, in per cent."""
    return np.float32(fuzz.partial_ratio(one, other)) / np.float32(100)


def jaccard(one: Iterable[str], other: Iterable[str]) -> float:
    one, other = set(one), set(other)
    return len(one & other) / len(one | other)


def overlap(one: Iterable[str], other: Iterable[str]) -> float:
    one, other = set(one), set(other)
    return len(one & other) / min(len(one), len(other))


def containment(one: Iterable[str], other: Iterable[str]) -> float:
    one, other = set(one), set(other)
    return len(one & other) / len(one)


def reverse_containment(one: Iterable[str], other: Iterable[str]) -> float:
    return containment(other, one)


def any_shared(one: Iterable[str], other: Iterable[str]) -> float:
    return float(not set(one).isdisjoint(other))


def best_variant(one: Iterable[str], other: Iterable[str]) -> float:
    return max(Indel.normalized_similarity(name, variant) for name in one for variant in other)


def cosine(one: bytes, other: bytes) -> float:
    """Cosine of two vectors of int8; one of length zero is at right angles to all."""
    left, right = (np.frombuffer(vector, dtype=np.int8).astype(np.int64) for vector in (one, other))
    lengths = math.sqrt(int(left @ left) * int(right @ right))
    return min(max(int(left @ right) / lengths, -1.0), 1.0) if lengths else 0.0


def days(one: str, other: str) -> float:
    return min(abs((date.fromisoformat(one) - date.fromisoformat(other)).days), LONGEST_DAYS)


def equal_or_swapped(one: str, other: str) -> float:
    year, month, day = other.split("-")
    return float(one in (other, f"{year}-{day}-{month}"))

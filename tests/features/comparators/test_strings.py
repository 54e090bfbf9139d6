"""String comparators: published values, and the float32 grid on which every way of calling agrees."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.comparators import strings
from features.comparators.strings import StringComparator

ALL = [value for value in vars(strings).values() if isinstance(value, StringComparator)]


@pytest.mark.parametrize(
    ("comparator", "left", "right", "wanted", "source"),
    [
        (strings.JARO_WINKLER, "martha", "marhta", 0.9611, "Winkler 1990"),
        (strings.JARO_WINKLER, "dixon", "dicksonx", 0.8133, "Winkler 1990"),
        (strings.JARO, "dwayne", "duane", 0.8222, "Jaro 1989"),
        (strings.LEVENSHTEIN, "kitten", "sitting", 1 - 3 / 7, "Levenshtein 1966"),
        (strings.OPTIMAL_STRING_ALIGNMENT, "ab", "ba", 0.5, "a swap is one edit"),
        (strings.LONGEST_COMMON_SUBSEQUENCE, "abcde", "ace", 3 / 5, "over the longer length"),
        (strings.PREFIX, "bank one", "bank two", 5 / 8, "over the longer length"),
        (strings.POSTFIX, "one bank", "two bank", 5 / 8, "over the longer length"),
        (strings.INDEL, "abc", "abd", 2 / 3, "2 × common subsequence over both lengths"),
    ],
)
def test_published_values(comparator: StringComparator, left: str, right: str, wanted: float, source: str) -> None:
    assert comparator.pairs([left], [right])[0] == pytest.approx(wanted, abs=5e-5), source


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("comparator", ALL, ids=lambda c: c.name)
@given(texts=st.lists(st.text(max_size=80), min_size=1, max_size=12))
def test_grid_pairs_and_scalar_call_agree_on_every_bit_and_are_symmetric(
    comparator: StringComparator, few: int, texts: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(strings, "FEW", few)
        grid = comparator.grid(texts, texts)
        lists = [comparator.pairs([text] * len(texts), texts) for text in texts]
    assert np.array_equal(grid, grid.T)
    assert np.array_equal(grid, lists)
    for row, text in enumerate(texts):
        scalar = np.array([comparator.scorer(text, t) for t in texts], dtype=np.float32)
        assert np.array_equal(grid[row], scalar / np.float32(comparator.highest))


@pytest.mark.parametrize("comparator", ALL, ids=lambda c: c.name)
def test_a_comparator_survives_pickling_by_name(comparator: StringComparator) -> None:
    assert pickle.loads(pickle.dumps(comparator)) is comparator

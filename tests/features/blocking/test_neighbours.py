"""Sorted neighbourhood: whoever stands near shares a key, by places that are frozen."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.blocking.neighbours import sorted_neighbourhood
from features.statistics import Split, Statistics, StatisticsError, split_points

EMPTY = pa.table({"token": pa.array([], pa.string()), "records": pa.array([], pa.int64())})
values = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=40)


def statistics(corpus: list[str], records: int) -> Statistics:
    points = split_points(sorted(Counter(corpus).items()), records)
    return Statistics.of(EMPTY, len(corpus), {Split("f", records): points})


@given(values, st.integers(2, 9))
def test_two_records_within_half_a_window_share_a_key(corpus: list[str], window: int) -> None:
    rule = sorted_neighbourhood(name="x", field="f", window=window)
    half = -(-window // 2)
    frozen = statistics(corpus, half)
    ordered = sorted(corpus)
    keys = [set(rule.function(text, statistics=frozen)) for text in ordered]
    for place, mine in enumerate(keys):
        for theirs in keys[place : place + half + 1]:
            assert mine & theirs


@given(values, st.integers(2, 9))
def test_a_block_holds_no_more_than_two_pieces(corpus: list[str], window: int) -> None:
    rule = sorted_neighbourhood(name="x", field="f", window=window)
    half = -(-window // 2)
    frozen = statistics(corpus, half)
    blocks = Counter(key for text in corpus for key in rule.function(text, statistics=frozen))
    often = max(Counter(corpus).values())
    assert max(blocks.values()) <= 2 * (half - 1 + often)


@given(values, st.text("abcd", min_size=1), st.integers(2, 9))
def test_a_record_that_came_later_changes_no_key_and_falls_into_its_place(
    corpus: list[str], later: str, window: int
) -> None:
    rule = sorted_neighbourhood(name="x", field="f", window=window)
    frozen = statistics(corpus, -(-window // 2))
    before = [text for text in sorted(corpus) if text <= later]
    if before:
        assert set(rule.function(before[-1], statistics=frozen)) & set(rule.function(later, statistics=frozen))


def test_places_part_neighbours() -> None:
    rule = sorted_neighbourhood(name="x", field="f", window=2, within="country")
    frozen = statistics(["a", "b", "c"], 1)
    assert rule.function("b", "DE", statistics=frozen) == ["1|DE", "2|DE"]


def test_statistics_of_nothing_cut_nothing_and_those_of_other_columns_are_refused() -> None:
    rule = sorted_neighbourhood(name="x", field="f", window=6)
    assert rule.function("b", statistics=Statistics()) == ["0", "1"]
    with pytest.raises(StatisticsError, match="counted without cutting 'f' into pieces of 3 records"):
        rule.function("b", statistics=statistics(["a", "b"], 2))

"""Corpus statistics: a token weighs what its rarity says, in whole numbers, and a version never changes."""

from __future__ import annotations

import math
import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.statistics import UNITS_A_BIT, Statistics, count_tokens

token_lists = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=5), max_size=20)


def counted(lists: list[list[str]]) -> tuple[pa.Table, int]:
    return count_tokens(pa.array(lists, pa.list_(pa.string())))


def statistics(lists: list[list[str]]) -> Statistics:
    return Statistics.of(*counted(lists))


@given(token_lists)
def test_counts_are_those_of_a_plain_loop_and_single_tokens_are_left_out(lists: list[list[str]]) -> None:
    table, records = counted(lists)
    wanted = {token: sum(token in tokens for tokens in lists) for token in "abcdefgh"}
    assert dict(zip(table["token"].to_pylist(), table["records"].to_pylist(), strict=True)) == {
        token: count for token, count in wanted.items() if count >= 2
    }
    assert records == sum(bool(tokens) for tokens in lists)


@given(token_lists)
def test_a_weight_is_the_surprisal_of_a_token_in_hundredths_of_a_bit(lists: list[list[str]]) -> None:
    made = statistics(lists)
    for token in "abcdefghz":
        carriers = max(sum(token in tokens for tokens in lists), 1)
        wanted = UNITS_A_BIT * math.log2((made.records + 1) / carriers)
        assert made.weights([token])[0] == pytest.approx(max(wanted, 1), abs=1)


def test_a_rarer_token_never_weighs_less_and_an_unknown_one_weighs_most() -> None:
    made = statistics([["bank", "acme"]] * 3 + [["bank", "orion"]] * 2 + [["bank"]] * 10)
    bank, acme, orion, unknown = made.weights(["bank", "acme", "orion", "unheard of"]).tolist()
    assert 1 <= bank < acme < orion < unknown


@given(token_lists)
def test_the_version_follows_from_the_content_alone(lists: list[list[str]]) -> None:
    assert statistics(lists).version == statistics(lists[::-1]).version
    assert statistics(lists).version != statistics([*lists, ["a", "b"], ["a"]]).version


def test_statistics_of_nothing_weigh_all_tokens_alike() -> None:
    assert Statistics().weights(["a", "b"]).tolist() == [1, 1]
    assert Statistics().weights([]).tolist() == []


def test_they_travel_to_a_worker_whole() -> None:
    made = statistics([["a", "b"], ["a"], ["é"]])
    again = pickle.loads(pickle.dumps(made))
    assert again.version == made.version
    assert again.weights(["a", "b", "é"]).tolist() == made.weights(["a", "b", "é"]).tolist()

"""Which pairs are replayed, and that two answers are the same only where every bit is."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.parity import chosen, differing, smallest, with_draw

RULES = ["common"] * 200 + ["rare"] * 3 + ["middling"] * 20


def pairs(order: list[int] | None = None) -> pa.Table:
    places = list(range(len(RULES))) if order is None else order
    columns = {"id_l": [f"a:{n}" for n in places], "id_r": [f"b:{n % 7}" for n in places]}
    return pa.table({**columns, "rule": [RULES[n] for n in places]})


def test_rules_take_turns_so_that_a_rare_one_is_replayed_whole() -> None:
    taken = chosen(with_draw(pairs(), 0), 30)
    assert taken["rule"].value_counts().to_pylist() == [
        {"values": "common", "counts": 14},
        {"values": "rare", "counts": 3},
        {"values": "middling", "counts": 13},
    ]
    assert taken["id_l"].to_pylist() == sorted(taken["id_l"].to_pylist())
    assert taken.schema.names == ["id_l", "id_r", "rule"]


@given(st.randoms(), st.integers(1, 300), st.integers(0, 5), st.integers(1, 6))
def test_the_same_pairs_are_taken_whatever_their_order_and_the_parts_they_come_in(
    drawn: random.Random, count: int, seed: int, parts: int
) -> None:
    whole = chosen(with_draw(pairs(), seed), count)
    shuffled = with_draw(pairs(drawn.sample(range(len(RULES)), len(RULES))), seed)
    size = -(-shuffled.num_rows // parts)
    pieces = [smallest(shuffled.slice(start, size), count) for start in range(0, shuffled.num_rows, size)]
    assert chosen(pa.concat_tables(pieces), count).equals(whole)
    assert whole.num_rows == min(count, len(RULES))


def test_another_seed_draws_other_pairs() -> None:
    one, other = (chosen(with_draw(pairs(), seed), 30) for seed in (0, 1))
    assert not one.equals(other)


def test_of_no_pair_none_is_taken() -> None:
    assert chosen(with_draw(pairs().slice(0, 0), 0), 5).num_rows == 0


@pytest.mark.parametrize(
    ("wanted", "found", "unlike"),
    [
        ([0.5, None], [0.5, None], [False, False]),
        ([None, 0.0], [0.0, None], [True, True]),
        ([0.0], [-0.0], [True]),
        ([0.1], [float(np.nextafter(np.float32(0.1), np.float32(1)))], [True]),
        ([float("nan")], [float("nan")], [False]),
    ],
)
def test_numbers_are_the_same_only_where_every_bit_is_and_null_is_null_alone(
    wanted: list[float | None], found: list[float | None], unlike: list[bool]
) -> None:
    columns = [pa.array(values, pa.float32()) for values in (wanted, found)]
    assert differing(*columns).tolist() == unlike


def test_states_are_compared_by_value() -> None:
    wanted, found = (pa.array(values, pa.int8()) for values in ([0, 1, None, None], [0, 2, 0, None]))
    assert differing(wanted, found).tolist() == [False, True, True, False]

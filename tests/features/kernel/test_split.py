"""Labelled pairs in parts: no record in two, whatever the order of the pairs, and refusals in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.split import PARTS, Split, SplitError, shares_of, split

SHARES = (0.8, 0.1, 0.1)

Pairs = list[tuple[str, str]]

records = st.integers(0, 60).map(lambda n: f"s:{n}")
pair_lists = st.lists(st.tuples(records, records).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=80)


def split_of(
    pairs: Pairs, shares: tuple[float, ...] = SHARES, seed: int = 0, usable: Sequence[bool] | None = None
) -> Split:
    left, right = (pa.array([pair[side] for pair in pairs]) for side in (0, 1))
    return split(left, right, np.array([True] * len(pairs) if usable is None else usable), shares, seed)


def parts(made: Split, ids: list[str]) -> list[str]:
    found: list[str] = made.of(pa.array(ids)).to_pylist()
    return found


def apart(count: int) -> Pairs:
    """Pairs that share no record."""
    return [(f"l:{n}", f"r:{n}") for n in range(count)]


@given(pair_lists, st.randoms(), st.integers(0, 3), st.data())
def test_both_records_of_a_pair_are_in_one_part_and_the_order_of_pairs_changes_none(
    pairs: Pairs, drawn: st.DrawFn, seed: int, data: st.DataObject
) -> None:
    usable = data.draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    try:
        made = split_of(pairs, seed=seed, usable=usable)
    except SplitError:
        return
    left, right = (parts(made, [pair[side] for pair in pairs]) for side in (0, 1))
    assert left == right
    counted = [part for part, counts in zip(left, usable, strict=True) if counts]
    assert [counted.count(part) for part in PARTS] == list(made.pairs)
    order = drawn.sample(range(len(pairs)), len(pairs))  # type: ignore[attr-defined]
    shuffled = [pairs[n] if drawn.random() < 0.5 else pairs[n][::-1] for n in order]  # type: ignore[attr-defined]
    again = split_of(shuffled, seed=seed, usable=[usable[n] for n in order])
    assert parts(again, [pair[0] for pair in pairs]) == left


def test_pairs_of_records_of_their_own_fill_the_shares_exactly() -> None:
    made = split_of(apart(1_000))
    assert (made.pairs, made.clusters, made.warning) == ((800, 100, 100), 1_000, None)


def test_another_seed_draws_other_pairs_and_the_same_one_the_same() -> None:
    ids = [left for left, _ in apart(100)]
    one, same, other = (parts(split_of(apart(100), seed=seed), ids) for seed in (1, 1, 2))
    assert one == same != other


def test_a_share_of_nothing_gets_nothing() -> None:
    assert split_of(apart(10), (0.5, 0, 0.5)).pairs == (5, 0, 5)


def test_records_that_are_connected_through_others_stay_together() -> None:
    chain = [(f"c:{n}", f"c:{n + 1}") for n in range(6)]
    made = split_of([*chain, *apart(4)], (0.6, 0.4, 0))
    assert set(parts(made, [f"c:{n}" for n in range(7)])) == {"train"}
    assert (made.largest.records, made.largest.pairs, made.clusters) == (7, 6, 5)


def test_a_pair_that_is_not_usable_keeps_its_records_in_one_part_and_counts_for_none() -> None:
    pairs = [("a", "b"), ("c", "d"), ("b", "c"), *apart(2), ("x", "y")]
    made = split_of(pairs, (0.5, 0, 0.5), usable=[True, True, False, True, True, False])
    assert len(set(parts(made, ["a", "b", "c", "d"]))) == 1
    assert (made.pairs, made.clusters) == ((2, 0, 2), 3)
    assert (made.largest.records, made.largest.pairs) == (4, 2)


def test_a_cluster_larger_than_any_share_is_told_with_its_size() -> None:
    star = [("s:0", f"s:{n}") for n in range(1, 91)]
    made = split_of([*star, *apart(10)])
    assert made.pairs == (90, 5, 5)
    assert made.warning == (
        "labelled pairs connect 91 records to one cluster of 90 of 100 pairs, more than any share that was asked for; "
        "they stay together"
    )


def test_a_part_that_would_stay_empty_is_refused_with_the_size_of_what_holds_together() -> None:
    star = [("s:0", f"s:{n}") for n in range(1, 91)]
    with pytest.raises(SplitError, match="no pair would be left for test: labelled pairs connect 91 records to one"):
        split_of([*star, ("l", "r")])


def test_a_record_of_no_pair_is_in_no_part() -> None:
    assert parts(split_of(apart(10)), ["l:1", "elsewhere"])[1] is None


def test_shares_are_three_of_one_whole() -> None:
    assert shares_of("0.7,0.2,0.1") == (0.7, 0.2, 0.1)
    for wrong in ("0.8,0.2", "0.8,0.1,0.2", "-0.1,1,0.1", "most", "nan,0.5,0.5"):
        with pytest.raises(SplitError, match="wanted the shares of train, validation, test"):
            shares_of(wrong)

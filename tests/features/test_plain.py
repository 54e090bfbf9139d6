"""Columns of few records as plain Python values are the columns of many: the same codes, sets, sums and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records, TextStack, VectorStack, WeightsStack
from features.comparators import likeness
from features.comparators.acronyms import any_among
from features.comparators.likeness import abbreviations, best_of_all, typos
from features.comparators.strings import INDEL
from features.comparators.tokens import Weighed, weighed
from features.pairing import Grid, Pairs
from features.plain import PlainTexts, PlainTokens, PlainVectors, PlainWeights
from features.token_sets import TokensStack
from features.views import Beside

words = st.sampled_from(
    ["bank", "banc", "inv", "investment", "mgmt", "management", "smith", "smyth", "a", "", "é", "中"]
)
MEASURES = (
    Weighed.cosine,
    Weighed.containment,
    Weighed.rarest_shared,
    Weighed.most_unshared,
    Weighed.least_unshared,
    Weighed.rare_conflict,
    *(lambda w, of=of: w.covered(of) for of in (typos, abbreviations)),
    *(lambda w, of=of: w.lighter_covered(of) for of in (typos, abbreviations)),
)


def columns_of(value: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Two columns of as many records, one below the other."""
    return st.integers(1, 5).flatmap(lambda rows: st.lists(st.none() | value, min_size=2 * rows, max_size=2 * rows))


def every_pair(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(size), size), np.tile(np.arange(size), size)


@given(columns_of(st.sampled_from(["", "a", "b", "ä"])))
def test_texts(values: list[str | None]) -> None:
    plain, stack = PlainTexts(values, 2), TextStack(pa.array(values, pa.string()), 2)
    assert plain.missing.tolist() == stack.missing.tolist()
    assert plain.values == stack.values
    one, other = (np.equal.outer(codes, codes).tolist() for codes in (plain.codes, stack.codes))
    assert one == other
    assert (plain.codes == -1).tolist() == plain.missing.tolist()


@given(columns_of(st.lists(words, max_size=5)))
def test_token_sets(lists: list[list[str] | None]) -> None:
    plain, stack = PlainTokens(lists, 2), TokensStack(pa.array(lists, pa.list_(pa.string())), 2)
    rows = every_pair(plain.records)
    assert plain.count.tolist() == stack.count.tolist()
    assert plain.missing.tolist() == stack.missing.tolist()
    assert plain.coded.codes.tolist() == stack.coded.codes.tolist()
    assert plain.shared_in_list(*rows).tolist() == stack.shared_in_list(*rows).tolist()
    for of in (slice(0, 1), slice(0, plain.records)):
        everything = slice(0, plain.records)
        assert plain.shared_in_grid(of, everything).tolist() == stack.shared_in_grid(of, everything).tolist()


@given(columns_of(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5)))
def test_weights(lists: list[list[int] | None]) -> None:
    plain, stack = PlainWeights(lists, 2), WeightsStack(pa.array(lists, pa.list_(pa.int32())), 2)
    assert plain.missing.tolist() == stack.missing.tolist()
    assert [plain.flat(place).tolist() for place in (0, 1)] == [stack.flat(place).tolist() for place in (0, 1)]


@given(columns_of(st.binary(min_size=3, max_size=3)))
def test_vectors(values: list[bytes | None]) -> None:
    plain, stack = PlainVectors(values, 2), VectorStack(pa.array(values, pa.binary()), 2)
    assert plain.missing.tolist() == stack.missing.tolist()
    assert [plain.vectors(place).tolist() for place in (0, 1)] == [stack.vectors(place).tolist() for place in (0, 1)]


def both_ways(lists: Sequence[list[str] | None]) -> list[Beside]:
    """Every record beside every one, in plain values and in arrays; a word weighs what it is long."""
    weights = [None if words is None else [100 * len(word) + 7 for word in words] for words in lists]
    size = len(lists)
    pairs = Pairs(*every_pair(size), None, (Grid(0, size * size, slice(0, size), slice(0, size)),))
    plain = Records.stacked([(["t"], PlainTokens(lists, 1)), (["w"], PlainWeights(weights, 1))], size)
    arrays = pa.table({"t": pa.array(lists, pa.list_(pa.string())), "w": pa.array(weights, pa.list_(pa.int32()))})
    return [Beside(records, pairs, ["t", "w"]) for records in (plain, Records(arrays))]


@given(st.lists(st.none() | st.lists(words, max_size=6), min_size=1, max_size=6))
def test_what_token_comparators_give(lists: list[list[str] | None]) -> None:
    found = []
    for beside in both_ways(lists):
        (left, right), weights = beside.views("t"), beside.views("w")[0]
        values = [measure(weighed(left, right, weights)) for measure in MEASURES]
        values += [best_of_all(left, right, INDEL), any_among(left, right)]
        found.append([value.tobytes() for value in values])
    assert found[0] == found[1]


tokens = words | st.text(max_size=8) | st.text("abcdefgh", max_size=8)


@given(st.lists(st.tuples(tokens, tokens), min_size=1, max_size=20))
def test_likeness_of_few_tokens_is_that_of_many(pairs: list[tuple[str, str]]) -> None:
    one, other = ([pair[side] for pair in pairs] for side in (0, 1))
    repeats = likeness.FEW // len(pairs) + 1
    for measure in (typos, abbreviations):
        many = measure(likeness.TokenPairs(one * repeats, other * repeats)).tolist()
        assert measure(likeness.TokenPairs(one, other)).tolist() * repeats == many

"""Plain values of one pair are compared as arrays of many: whatever they are, the same bits.

Here are the values that comparators are made of; `tests/benchmarks/test_scalar_features.py` has every feature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records
from features.comparators import strings
from features.comparators.acronyms import any_among
from features.comparators.alternatives import any_shared, one_ends_the_other
from features.comparators.crossed import better_of_crossed
from features.comparators.dates import days_between, equal_or_swapped
from features.comparators.likeness import ABBREVIATIONS, TYPOS, Likeness, TokenPairs, best_of_all, typos_of_each
from features.comparators.strings import INDEL, JARO_WINKLER, StringComparator
from features.comparators.tokens import (
    Weighed,
    containment,
    graded_agreement,
    jaccard,
    overlap,
    reverse_containment,
    weighed,
)
from features.comparators.values import agreement, checked_agreement, chosen, equal, least, most, root
from features.comparators.vectors import COSINE
from features.pairing import Pairs
from features.pairs.legal_forms import legal_form_agreement
from features.pairs.names import name_acronym
from features.plain import Plain, PlainText, PlainTokens, PlainVector, PlainWeights
from features.views import Beside

words = st.sampled_from(
    ["bank", "banc", "inv", "investment", "mgmt", "management", "smith", "smyth", "a", "", "é", "中"]
)
texts = st.none() | st.sampled_from(["", "a", "b", "ä", "7123456", "987123456", "smith john"]) | st.text(max_size=6)
dates = st.none() | st.dates(date(1899, 1, 1), date(2100, 12, 31)).map(date.isoformat)

KINDS: dict[type[Plain], pa.DataType] = {
    PlainText: pa.string(),
    PlainTokens: pa.list_(pa.string()),
    PlainWeights: pa.list_(pa.int32()),
    PlainVector: pa.binary(),
}
SCORERS = [value for value in vars(strings).values() if isinstance(value, StringComparator)]
MEASURES = (
    Weighed.cosine,
    Weighed.containment,
    Weighed.rarest_shared,
    Weighed.most_unshared,
    Weighed.least_unshared,
    Weighed.rare_conflict,
    *(lambda w, of=of: w.covered(of) for of in (TYPOS, ABBREVIATIONS)),
    *(lambda w, of=of: w.lighter_covered(of) for of in (TYPOS, ABBREVIATIONS)),
)


def agree(kind: type[Plain], columns: Sequence[Sequence[Any]], *comparators: Callable[..., Any]) -> None:
    """Every record beside every one gives the same bits, seen through views and from plain values.

    A comparator takes both sides of each column, one column after the other.
    """
    agree_in([kind] * len(columns), columns, *comparators)


def agree_in(kinds: Sequence[type[Plain]], columns: Sequence[Sequence[Any]], *comparators: Callable[..., Any]) -> None:
    names, size = [str(n) for n in range(len(columns))], len(columns[0])
    table = pa.table({n: pa.array(of, KINDS[kind]) for n, kind, of in zip(names, kinds, columns, strict=True)})
    left, right = np.repeat(np.arange(size), size), np.tile(np.arange(size), size)
    beside = Beside(Records(table), Pairs(left, right, None, ()), names)
    plain = [[kind(value) for value in of] for kind, of in zip(kinds, columns, strict=True)]
    for comparator in comparators:
        many = np.asarray(comparator(*(view for name in names for view in beside.views(name))))
        one_by_one = [
            comparator(*(of[row] for of in plain for row in pair))
            for pair in zip(left.tolist(), right.tolist(), strict=True)
        ]
        assert np.array(one_by_one).astype(many.dtype).tobytes() == many.tobytes()


@given(st.lists(texts, min_size=1, max_size=5))
def test_texts(values: list[str | None]) -> None:
    agree(PlainText, [values], equal, agreement)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_texts_of_two_columns(records: list[tuple[str | None, str | None]]) -> None:
    columns = list(zip(*records, strict=True))
    crossed = lambda *of: better_of_crossed(*of, JARO_WINKLER)  # noqa: E731
    forms = lambda *of: legal_form_agreement.function(  # noqa: E731
        **dict(zip([f"{c}_{s}" for c in legal_form_agreement.inputs for s in "lr"], of, strict=True))
    )
    agree(PlainText, columns, checked_agreement, crossed, forms)


@given(st.lists(st.none() | st.text("0123456789", min_size=7, max_size=10), min_size=1, max_size=5), st.booleans())
def test_endings(values: list[str | None], some: bool) -> None:
    endings = [None if value is None or (some and n % 2) else value[-7:] for n, value in enumerate(values)]
    agree(PlainText, [values, endings], one_ends_the_other)


@given(st.lists(dates, min_size=1, max_size=5))
def test_dates(values: list[str | None]) -> None:
    agree(PlainText, [values], days_between, equal_or_swapped)


@given(st.lists(st.none() | st.lists(words, max_size=6), min_size=1, max_size=5))
def test_words(lists: list[list[str] | None]) -> None:
    shares = jaccard, overlap, containment, reverse_containment
    best = lambda left, right: best_of_all(left, right, INDEL)  # noqa: E731
    agree(PlainTokens, [lists], *shares, graded_agreement, any_shared, any_among, best)


@given(st.lists(st.tuples(*[st.none() | st.lists(words, max_size=4)] * 2), min_size=1, max_size=4))
def test_words_of_two_columns(records: list[tuple[list[str] | None, list[str] | None]]) -> None:
    columns = list(zip(*records, strict=True))
    names = [f"{column}_{side}" for column in name_acronym.inputs for side in "lr"]
    agree(PlainTokens, columns, lambda *of: name_acronym.function(**dict(zip(names, of, strict=True))))


@given(st.lists(st.none() | st.lists(words, max_size=6), min_size=1, max_size=5))
def test_weighed_words(lists: list[list[str] | None]) -> None:
    """A word weighs what it is long."""
    weights = [None if words is None else [100 * len(word) + 7 for word in words] for words in lists]
    measures = [lambda *of, measure=measure: measure(weighed(*of)) for measure in MEASURES]
    agree_in([PlainTokens, PlainWeights], [lists, weights], *measures)


tokens = words | st.text(max_size=8) | st.text("abcdefgh", max_size=8)


@pytest.mark.parametrize("likeness", [TYPOS, ABBREVIATIONS])
@given(pairs=st.lists(st.tuples(tokens, tokens), min_size=1, max_size=20))
def test_likeness_of_two_tokens_is_that_of_many(likeness: Likeness, pairs: list[tuple[str, str]]) -> None:
    column = Records(pa.table({"t": pa.array([[*pair] for pair in pairs], pa.list_(pa.string()))})).column("t")
    code = {token: number for number, token in enumerate(column.tokens)}
    left, right = (np.array([code[pair[side]] for pair in pairs]) for side in (0, 1))
    many = likeness.of_many(TokenPairs(column, left, right)).tolist()
    each = [likeness.of_each([one], [other], typos_of_each([one], [other])) for one, other in pairs]
    assert [rows[0][0] for rows in each] == many


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)
@given(pair=st.tuples(*[st.text(max_size=30) | st.lists(words, max_size=5).map(" ".join)] * 2))
def test_strings(scorer: StringComparator, pair: tuple[str, str]) -> None:
    one, other = map(PlainText, pair)
    assert np.float32(scorer.one(one, other)).tobytes() == scorer.pairs([pair[0]] * 20, [pair[1]] * 20)[:1].tobytes()


@given(st.tuples(*[st.lists(st.integers(-128, 127), min_size=4, max_size=4)] * 2))
def test_vectors(pair: tuple[list[int], list[int]]) -> None:
    one, other = (np.array([of], dtype=np.float32) for of in pair)
    plain = [PlainVector(np.array(of, dtype=np.int8).tobytes()) for of in pair]
    assert np.float32(COSINE.one(*plain)).tobytes() == COSINE.pairs(one, other).tobytes()


def test_vectors_of_other_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="different encoders"):
        COSINE.one(PlainVector(b"ab"), PlainVector(b"abc"))


whole = st.integers(0, 2**40)


@given(whole, whole)
def test_arithmetic(one: int, other: int) -> None:
    many, others = np.array([one], dtype=np.float64), np.array([other], dtype=np.float64)
    for plain, array in (
        (least(one, other), least(many, others)),
        (most(one, other), most(many, others)),
        (chosen(one < other, one, other), chosen(many < others, many, others)),
        (root(one * other), root(many * others)),
    ):
        assert float(plain) == array[0]

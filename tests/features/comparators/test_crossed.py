"""Two fields, straight and crossed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records
from features.comparators.crossed import better_of_crossed
from features.comparators.strings import JARO_WINKLER
from features.pairing import Pairs
from features.views import Beside

Person = tuple[str | None, str | None]
names = st.one_of(st.none(), st.sampled_from(("anna", "amalia", "bert", "berta", "ÿ", "müller")))


def compared(left: list[Person], right: list[Person]) -> list[float]:
    people = [*left, *right]
    records = Records(pa.table({str(n): pa.array([person[n] for person in people], pa.string()) for n in (0, 1)}))
    rows, others = np.arange(len(left)), np.arange(len(left), len(people))
    beside = Beside(records, Pairs(rows, others, None, ()), ["0", "1"])
    return better_of_crossed(*beside.views("0"), *beside.views("1"), JARO_WINKLER).tolist()


@pytest.mark.parametrize(
    ("left", "right", "wanted", "why"),
    [
        (("anna", "bert"), ("anna", "bert"), 1, "the same"),
        (("anna", "bert"), ("bert", "anna"), 1, "exchanged"),
        (("martha", "dixon"), ("dicksonx", "marhta"), np.float32((0.9611111 + 0.8133333) / 2), "exchanged, misspelt"),
        (("martha", "dixon"), ("marhta", "dicksonx"), np.float32((0.9611111 + 0.8133333) / 2), "straight, misspelt"),
        (("abba", "dede"), ("fifi", "gogo"), 0, "no letter in common"),
    ],
)
def test_golden_cases(left: Person, right: Person, wanted: float, why: str) -> None:
    found = compared([left], [right])[0]
    assert found == pytest.approx(wanted, abs=1e-6), why


@given(st.lists(st.tuples(names, names, names, names), min_size=1, max_size=6))
def test_laws(rows: list[tuple[str | None, str | None, str | None, str | None]]) -> None:
    left, right = [row[:2] for row in rows], [row[2:] for row in rows]
    found = compared(left, right)
    assert np.array_equal(found, compared(right, left), equal_nan=True), "which side comes first does not count"
    turned = compared([(family, given_name) for given_name, family in left], right)
    for row, value, other in zip(rows, found, turned, strict=True):
        assert np.isnan(value) == (None in row)
        if row[:2] == row[2:] and None not in row:
            assert value == 1
            assert other == 1
        if None not in row:
            straight = [np.float32(JARO_WINKLER.scorer(row[n], row[n + 2])) for n in (0, 1)]
            assert value >= np.float32(np.mean(straight, dtype=np.float64))

"""How far records are filled: every row counted once under its source, however the table is cut."""

from __future__ import annotations

import json
from functools import reduce
from operator import add

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.filled import Filled, filled

FIELDS = ("name", "country")
texts = st.none() | st.sampled_from(["", "A", "DE"])
rows = st.lists(st.tuples(st.sampled_from(["books", "register"]), texts, texts), max_size=40)


def table(of: list[tuple[str, str | None, str | None]]) -> pa.Table:
    columns = zip(*of, strict=True) if of else ((), (), ())
    return pa.table([pa.array(c, pa.string()) for c in columns], names=["source", *FIELDS])


@given(rows, st.integers(0, 40))
def test_parts_add_up_to_the_whole_in_any_order(of: list[tuple[str, str | None, str | None]], cut: int) -> None:
    parts = [filled(table(part), FIELDS) for part in (of[:cut], of[cut:])]
    whole = filled(table(of), FIELDS)
    assert reduce(add, parts, Filled()) == reduce(add, reversed(parts), Filled()) == Filled() + whole


@given(rows)
def test_a_row_counts_for_its_source_and_a_missing_value_for_nobody(
    of: list[tuple[str, str | None, str | None]],
) -> None:
    found = filled(table(of), FIELDS)
    for source in {row[0] for row in of}:
        named = [row for row in of if row[0] == source]
        assert found.rows[source] == len(named)
        missing = sum(row[1] is None for row in named)
        assert round(found.missing_share(source, "name") * len(named)) == missing


def test_an_empty_text_is_a_value() -> None:
    assert filled(table([("books", "", None)]), FIELDS).values == {"books": {"name": 1}}


@given(rows)
def test_it_survives_json(of: list[tuple[str, str | None, str | None]]) -> None:
    found = filled(table(of), FIELDS)
    assert Filled.from_dict(json.loads(json.dumps(found.to_dict()))) == found

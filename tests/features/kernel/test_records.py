"""One record by itself is prepared as a row of a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.declare import BlockingRule, DeclarationError
from features.kernel.cost import made_up
from features.kernel.records import blocking_keys, prepare, prepare_one, raw_batch, standardise

TYPED: list[dict[str, Any]] = [
    made_up(0),
    made_up(77),
    {"name": "The Bank of New York Mellon, N.A. as trustee of Fund II", "aliases": ("BNY", "Mellon"), "country": "USA"},
    {"name": "株式会社みずほ銀行", "aliases": [], "bic": "MHCBJPJT", "lei": "not one"},
    {"given_name": "Dr. Anna", "family_name": "van den Berg", "birth_date": "03/04/1980", "party_type": "person"},
    {"name": "N/A", "country": None},
    {"name": "e\u0301 👋🏽 " + "x" * 300},
    {},
]


@pytest.mark.parametrize("record", TYPED)
def test_a_typed_record_is_prepared_as_a_row_of_a_source(catalogue: Catalogue, record: dict[str, Any]) -> None:
    as_of = datetime(2026, 1, 1, tzinfo=UTC)
    row = prepare(standardise(raw_batch([record]), catalogue), catalogue, as_of).to_pylist()[0]
    one = prepare_one(record, catalogue)
    names = [*catalogue.kernel_columns, "keys"]
    assert {name: one[name] for name in names} == {name: [row[name]] for name in names}


def test_no_standardised_field_is_of_a_type_that_changes_on_its_way_through_a_table(catalogue: Catalogue) -> None:
    """A float would be rounded there, and not where one record is prepared by itself."""
    as_they_are = (pa.string(), pa.binary(), pa.bool_(), pa.int32(), pa.list_(pa.string()), pa.list_(pa.int32()))
    assert {function.arrow for function in catalogue.standardisers} <= set(as_they_are)


def declared(returned: Any) -> BlockingRule:
    return BlockingRule("odd", "own.rules", ("city",), ("city",), "A rule.", 1, lambda city: returned, None)


@pytest.mark.parametrize("returned", ["", [], [""], (), set(), None])
def test_an_empty_key_is_none(catalogue: Catalogue, returned: Any) -> None:
    rules = replace(catalogue, rules=(declared(returned),))
    assert blocking_keys({"city": ["amber", "orion"]}, rules, 2) == [[], []]


def test_an_empty_key_takes_no_other_with_it(catalogue: Catalogue) -> None:
    with_empty, without = (replace(catalogue, rules=(declared(keys),)) for keys in (["", "a"], "a"))
    keys = blocking_keys({"city": ["amber"]}, with_empty, 1)
    assert keys == blocking_keys({"city": ["amber"]}, without, 1)
    assert len(keys[0]) == 1


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        (7, "int"),
        (0, "int"),
        (b"quorvexal", "bytes"),
        (["quorvexal", None], "list of NoneType and str"),
        ((1.5,), "tuple of float"),
    ],
)
def test_a_rule_that_returns_what_is_no_key_is_told_by_its_name(catalogue: Catalogue, returned: Any, kind: str) -> None:
    said = f"the blocking rule 'odd' of own.rules returned a {kind} for a record"
    with pytest.raises(DeclarationError, match=said) as caught:
        blocking_keys({"city": ["amber", None]}, replace(catalogue, rules=(declared(returned),)), 2)
    assert "quorvexal" not in str(caught.value)


def test_what_a_rule_raises_itself_is_not_taken_for_its_result(catalogue: Catalogue) -> None:
    def broken(city: str) -> str:
        raise TypeError(city)

    rule = replace(declared(None), function=broken)
    with pytest.raises(TypeError, match="amber"):
        blocking_keys({"city": ["amber"]}, replace(catalogue, rules=(rule,)), 1)

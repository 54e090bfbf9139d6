"""One record by itself is prepared as a row of a batch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.cost import made_up
from features.kernel.records import prepare, prepare_one, raw_batch, standardise

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

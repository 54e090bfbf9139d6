"""Made-up records are the same for the same seed, and carry what the party fields are there for."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.party_fields import MISSING
from benchmarks.records import DENSE, generate
from features import catalogue as catalogues
from features.kernel.records import prepare, raw_batch, standardise

RECORDS = 3_000
PLAIN = ["id", "name", "city", "country"]


@pytest.fixture(scope="module")
def records() -> pa.Table:
    return generate(RECORDS, 7, all_fields=True)


@pytest.fixture(scope="module")
def standardised(records: pa.Table) -> pa.RecordBatch:
    return standardise(raw_batch(records.to_pylist()), catalogues.load())


def test_the_same_seed_gives_the_same_records_and_another_one_others(records: pa.Table) -> None:
    assert generate(RECORDS, 7, all_fields=True).equals(records)
    assert not generate(RECORDS, 8, all_fields=True).equals(records)


def test_dense_names_have_more_in_common(records: pa.Table) -> None:
    dense = generate(RECORDS, 7, wording=DENSE)
    one, other = (len(set(table["name"].to_pylist())) for table in (dense, records))
    first = [len({name.split()[0].casefold() for name in table["name"].to_pylist()}) for table in (dense, records)]
    assert one <= other
    assert first[0] < first[1] * 0.8


def test_further_fields_leave_names_cities_and_countries_as_they_are(records: pa.Table) -> None:
    plain = generate(RECORDS, 7)
    assert plain.column_names == PLAIN
    assert records.column_names == [*PLAIN, *MISSING]
    assert records.select(PLAIN).equals(plain)


@pytest.mark.parametrize("field", MISSING)
def test_a_field_is_missing_as_often_as_declared(field: str, records: pa.Table) -> None:
    assert 0.1 <= MISSING[field] <= 0.6
    assert records[field].null_count / RECORDS == pytest.approx(MISSING[field], abs=0.05)


@pytest.mark.parametrize("field", [field for field in MISSING if field != "aliases"])
def test_standardisation_can_read_what_is_there(field: str, records: pa.Table, standardised: pa.RecordBatch) -> None:
    """But for dates of two readings. Other names have no column of their own."""
    read = RECORDS - standardised.column(field).null_count
    assert read >= (RECORDS - records[field].null_count) * (0.85 if field == "incorporation_date" else 1)


def test_no_lei_fails_its_check(standardised: pa.RecordBatch) -> None:
    assert standardised.column("lei_invalid").null_count == RECORDS


def test_records_of_one_company_say_the_same_in_several_ways(records: pa.Table, standardised: pa.RecordBatch) -> None:
    """An LEI names a company: records that share one mostly agree on a field once standardised, not as written."""
    catalogue = catalogues.load()
    prepared = prepare(standardised, catalogue, datetime(2026, 1, 1, tzinfo=UTC))
    by_lei = pc.sort_indices(standardised.column("lei")).to_pylist()
    leis = standardised.column("lei").to_pylist()
    same = [(one, other) for one, other in pairwise(by_lei) if leis[one] and leis[one] == leis[other]]
    assert len(same) > 50
    for field in ("street", "phone_ending", "postal_code", "web_domain"):
        values = prepared.column(field).to_pylist()
        both = [(values[one], values[other]) for one, other in same if values[one] and values[other]]
        assert sum(one == other for one, other in both) > len(both) * 0.6
    written = records["address"].to_pylist()
    both = [(written[one], written[other]) for one, other in same if written[one] and written[other]]
    assert sum(one == other for one, other in both) < len(both) * 0.7

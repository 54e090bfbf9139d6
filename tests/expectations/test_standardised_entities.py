"""standardised_entities: what standardisation makes passes; a record out of normal form is turned away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.standardised_entities import MATCHABLE, NORMAL_FORMS, suite
from features.catalogue import Catalogue
from features.gate import REASONS, audit, split
from features.kernel.records import prepare, raw_batch, standardise
from features.sections import Gates
from features.spark.frames import spark_schema
from features.tables import STANDARDISED_ENTITIES

pytestmark = pytest.mark.spark

RECORDS: list[dict[str, Any]] = [
    {
        "id": "full",
        "name": "Deutsche Bank Aktiengesellschaft",
        "party_type": "Company",
        "country": "Germany",
        "lei": "7LTWFZYICNSX8D621K86",
        "bic": "DEUTDEFF500",
        "isin": "DE0005140008",
        "incorporation_date": "18700310",
        "phone": "+49 69 910-00",
        "web_domain": "https://www.db.com",
    },
    {"id": "person", "given_name": "Erika", "family_name": "Mustermann", "birth_date": "1964-08-12"},
    {"id": "gone", "name": "Aeroflot", "country": "Soviet Union"},
    {"id": "number", "tax_id": "0012-34"},
]


def standardised(catalogue: Catalogue, *records: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = standardise(raw_batch(list(records)), catalogue).to_pylist()
    return rows


def frame_of(spark: SparkSession, catalogue: Catalogue, rows: list[dict[str, Any]]) -> DataFrame:
    schema = spark_schema(catalogue.standardised_schema)
    for field in schema:
        field.nullable = True
    return spark.createDataFrame([tuple(row[c] for c in schema.names) for row in rows], schema)


def reasons(frame: DataFrame, catalogue: Catalogue) -> list[list[str]]:
    return [row[REASONS] for row in split(frame, suite(catalogue)).orderBy("entity_id").collect()]


def test_what_standardisation_makes_passes(spark: SparkSession, catalogue: Catalogue) -> None:
    frame = frame_of(spark, catalogue, standardised(catalogue, *RECORDS))
    assert reasons(frame, catalogue) == [[], [], [], []]
    verdict = audit(frame, suite(catalogue, rows_in=len(RECORDS)), table=STANDARDISED_ENTITIES.name)
    assert verdict.passed, str(verdict)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"source": None}, "missing_source"),
    ({"side": None}, "missing_side"),
    ({"country": "de"}, "malformed_country"),
    ({"country": "DEU"}, "malformed_country"),
    ({"lei": "7LTWFZYICNSX8D621K8"}, "malformed_lei"),
    ({"lei": "7LTWFZYICNSX8D621K86\n"}, "malformed_lei"),
    ({"bic": "DEUTDEFF500"}, "malformed_bic"),
    ({"isin": "de0005140008"}, "malformed_isin"),
    ({"birth_date": "12.08.1964"}, "malformed_birth_date"),
    ({"incorporation_date": "1870"}, "malformed_incorporation_date"),
    ({"phone": "+4969"}, "malformed_phone"),
    ({"party_type": "Company"}, "malformed_party_type"),
]
"""What is put over a good record, and the one rule it then breaks."""


def test_a_record_out_of_normal_form_is_turned_away(spark: SparkSession, catalogue: Catalogue) -> None:
    good = standardised(catalogue, RECORDS[0])[0]
    frame = frame_of(spark, catalogue, [{**good, "entity_id": f"{n:02}", **put} for n, (put, _) in enumerate(BAD)])
    assert reasons(frame, catalogue) == [[reason] for _, reason in BAD]


def test_a_record_with_nothing_to_match_on_is_turned_away(spark: SparkSession, catalogue: Catalogue) -> None:
    rest = {"country": "DE", "city": "Berlin", "lei": "not one"}
    names = (None, "N/A", "!!!", "\u200b")
    records = ({"id": str(n), "name": name, **rest} for n, name in enumerate(names))
    frame = frame_of(spark, catalogue, standardised(catalogue, *records))
    assert reasons(frame, catalogue) == [["nothing_to_match_on"]] * len(names)


def test_no_blocking_rule_finds_a_key_in_a_record_that_is_turned_away(catalogue: Catalogue) -> None:
    """Whatever else a record holds, without one of the matchable fields it can never be a candidate."""
    full = standardise(raw_batch([{**RECORDS[0], **RECORDS[1], "aliases": ["DB"]}]), catalogue)
    of_names = ("name", "name_translated", "names_translated")
    emptied = {**dict.fromkeys((*MATCHABLE, *of_names), [None]), "alias_cores": [[]]}
    bare = pa.RecordBatch.from_pydict({**full.to_pydict(), **emptied}, schema=full.schema)
    keys, none = (prepare(b, catalogue, datetime.now(UTC)).column("keys").to_pylist() for b in (full, bare))
    assert keys != [[]]
    assert none == [[]]


def test_every_field_named_here_is_one_the_catalogue_has(catalogue: Catalogue) -> None:
    assert set(catalogue.standardised_schema.names).issuperset({*MATCHABLE, *NORMAL_FORMS})


def test_lost_doubled_and_repeated_records_stop_the_table(spark: SparkSession, catalogue: Catalogue) -> None:
    frame = frame_of(spark, catalogue, standardised(catalogue, *RECORDS))
    lost = audit(frame, suite(catalogue, rows_in=5), table="t")
    assert [(r.name, r.observed) for r in lost.broken] == [("rows_lost_or_made", "4 rows")]
    twice = audit(frame.union(frame), suite(catalogue, rows_in=8), table="t")
    assert [(r.name, r.observed) for r in twice.broken] == [("duplicate_key", "8 of 8 rows that break it")]


def test_quarantined_records_count_as_come_through(spark: SparkSession, catalogue: Catalogue) -> None:
    rules = suite(catalogue, Gates(max_quarantined_share=0.5), rows_in=2)
    done = split(frame_of(spark, catalogue, standardised(catalogue, RECORDS[0], {"id": "empty"})), rules)
    verdict = audit(done, rules, table="t")
    assert verdict.passed
    assert dict(verdict.reasons) == {"nothing_to_match_on": 1}


@pytest.mark.parametrize("field", [f for f in MATCHABLE if f not in ("name_core", "alias_cores")])
def test_a_record_with_one_field_to_match_on_has_a_blocking_key(catalogue: Catalogue, field: str) -> None:
    values = {
        "lei": "7LTWFZYICNSX8D621K86",
        "bic": "DEUTDEFF",
        "isin": "DE0005140008",
        "email": "a@example.org",
        "web_domain": "a.org",
    }
    given = values.get(field, "4969910000")
    prepared = prepare(standardise(raw_batch([{field: given}]), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))
    assert prepared.column("keys")[0].as_py()

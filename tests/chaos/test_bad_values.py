"""Values that no party has: one run over all of them keeps each as it should be, or turns it away with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from expectations import raw_entities, standardised_entities
from features.catalogue import Catalogue
from features.gate import REASONS, split
from features.kernel.records import standardise
from features.sections import Source
from features.spark.frames import map_batches
from features.spark.sources import MALFORMED, read_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

FIELDS = ("name", "birth_date", "incorporation_date", "country", "lei", "bic", "tax_id", "email", "phone", "aliases")

Given = dict[str, Any]

KEPT: dict[str, tuple[Given, Given]] = {
    "a name of right-to-left marks and letters": ({"name": "\u200f\u202bבנק לאומי\u202c"}, {"name": "בנק לאומי"}),
    "zero-width characters in a name": ({"name": "Ac\u200bme\u2060 Ba\ufeffnk"}, {"name": "Acme Bank"}),
    "a NUL byte in a name": ({"name": "Acme\x00 Bank"}, {"name": "Acme Bank"}),
    "a tab and a line end in a name": ({"name": "Acme\t\r\nBank"}, {"name": "Acme Bank"}),
    "no-break and wide blanks in a name": ({"name": "Acme\u00a0\u3000Bank"}, {"name": "Acme Bank"}),
    "a decomposed name": ({"name": "Socie\u0301te\u0301"}, {"name": "Société"}),
    "a name of full-width letters": ({"name": "ＡＣＭＥ"}, {"name": "ACME"}),
    "a name of digits": ({"name": "12345"}, {"name": "12345"}),
    "a negative number for a name": ({"name": "-42"}, {"name": "-42"}),
    "a boolean for a name": ({"name": "true"}, {"name": "true"}),
    "a number in scientific notation for a name": ({"name": "1e5"}, {"name": "1e5"}),
    "a formula for a name": ({"name": "=HYPERLINK(A1)"}, {"name_core": "hyperlink a1"}),
    "SQL for a name": ({"name": "Robert'); DROP TABLE pairs;--"}, {"name_core": "robert drop table pairs"}),
    "HTML for a name": ({"name": "<script>alert(1)</script>"}, {"name_core": "script alert 1 script"}),
    "a path for a name": ({"name": "../../etc/passwd"}, {"name_core": "etc passwd"}),
    "one letter": ({"name": "X"}, {"name": "X"}),
    "a name of the longest length": ({"name": "x" * 4096}, {"name_truncated": True}),
    "a name of a thousand combining marks": ({"name": "e" + "\u0301" * 1000}, {"name_core": "e"}),
    "a date of ISO 8601": ({"birth_date": "1970-03-31"}, {"birth_date": "1970-03-31"}),
    "a date of ISO 8601 with a time": ({"birth_date": "1970-03-31T12:00:00Z"}, {"birth_date": "1970-03-31"}),
    "a date without separators": ({"birth_date": "19700331"}, {"birth_date": "1970-03-31"}),
    "a date of day.month.year": ({"birth_date": "31.03.1970"}, {"birth_date": "1970-03-31"}),
    "a date of day/month/year": ({"birth_date": "31/03/1970"}, {"birth_date": "1970-03-31"}),
    "a date of month/day/year": ({"birth_date": "03/31/1970"}, {"birth_date": "1970-03-31"}),
    "a date of day-month-name-year": ({"birth_date": "31-Mar-1970"}, {"birth_date": "1970-03-31"}),
    "a date in words": ({"birth_date": "31 March 1970"}, {"birth_date": "1970-03-31"}),
    "a date of year/month/day": ({"birth_date": "1970/03/31"}, {"birth_date": "1970-03-31"}),
    "a thirtieth of February": ({"birth_date": "1970-02-30"}, {"birth_date": None}),
    "a thirteenth month": ({"birth_date": "1970-13-01"}, {"birth_date": None}),
    "a year of zeros": ({"birth_date": "0000-00-00"}, {"birth_date": None}),
    "a date that stands for none": ({"birth_date": "1900-01-01"}, {"birth_date": None}),
    "a date in the year 9999": ({"incorporation_date": "9999-12-31"}, {"incorporation_date": None}),
    "a date that is a word": ({"birth_date": "unknown"}, {"birth_date": None}),
    "a country that is none": ({"country": "Atlantis"}, {"country": None}),
    "a LEI with a wrong checksum": ({"lei": "529900T8BM49AURSDO99"}, {"lei": None}),
    "a LEI that is too short": ({"lei": "529900"}, {"lei": None}),
    "a BIC that is none": ({"bic": "??"}, {"bic": None}),
    "an e-mail that is none": ({"email": "nobody"}, {"email": None}),
    "a telephone number of letters": ({"phone": "call me"}, {"phone": None}),
    "a tax id of zeros": ({"tax_id": "000000000"}, {"tax_id": None}),
    "a hundred aliases": ({"aliases": [f"Alias {n}" for n in range(100)]}, {"name_core": "acme bank"}),
    "a thousand aliases": ({"aliases": [f"Alias {n}" for n in range(1000)]}, {"name_truncated": True}),
    "an alias that is empty": ({"aliases": ["", " ", "Beta"]}, {"alias_cores": ["beta"]}),
}
"""Kind → what a record holds beside a sound name, and what it is after standardisation."""

TURNED_AWAY: dict[str, tuple[Given, str]] = {
    "no id": ({"id": None}, "missing_id"),
    "an empty id": ({"id": ""}, "missing_id"),
    "an id of blanks": ({"id": " \t\r "}, "missing_id"),
    "an id of five thousand characters": ({"id": "9" * 5000}, "field_too_long"),
    "a name of five thousand characters": ({"name": "x" * 5000}, "name_too_long"),
    "a replacement character": ({"name": "Caf\ufffd"}, "invalid_utf8"),
    "a name of one emoji": ({"name": "🏦"}, "nothing_to_match_on"),
    "a name of blanks": ({"name": " \u00a0\u200b"}, "nothing_to_match_on"),
    "a name of punctuation": ({"name": "---"}, "nothing_to_match_on"),
    "N/A for a name": ({"name": "N/A"}, "nothing_to_match_on"),
    "UNKNOWN for a name": ({"name": "UNKNOWN"}, "nothing_to_match_on"),
    "a country and nothing else": ({"name": None, "country": "DE"}, "nothing_to_match_on"),
}
"""Kind → what a record holds, and the rule that it breaks."""

IDS = {
    "a separator of ids in an id": "a:b",
    "a comma and a quote in an id": 'a,"b',
    "a line end in an id": "a\nb",
    "a NUL byte in an id": "a\x00b",
    "letters beyond ASCII in an id": "№ 7 é",
    "blanks around an id": " 12 ",
    "a line end after an id": "13\r\n",
    "a path for an id": "../x%20y",
    "a wildcard for an id": "*",
    "a zero before an id": "007",
}
"""Kind → the id of a record that is sound otherwise: kept as it is, but for blanks around it."""


@pytest.fixture(scope="module")
def outcomes(spark: SparkSession, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Given]:
    """By kind: the record after standardisation, its entity id, and the rules that it broke."""
    lines = [
        {"kind": kind, "id": f"k{n}", "name": "Acme Bank", **given} for n, (kind, (given, _)) in enumerate(KEPT.items())
    ]
    lines += [{"kind": kind, "id": f"t{n}", **given} for n, (kind, (given, _)) in enumerate(TURNED_AWAY.items())]
    lines += [{"kind": kind, "id": given, "name": "Acme Bank"} for kind, given in IDS.items()]
    lines += [{"kind": f"twin {n}", "id": "twin", "name": f"Twin {n}"} for n in range(2)]
    lines += [{"kind": "copy", "id": "copy", "name": "Copy"}] * 2
    file = tmp_path_factory.mktemp("values") / "values.json"
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    # The kind travels as `city`, which no rule reads.
    columns = {**{name: name for name in FIELDS}, "city": "kind"}
    source = Source.model_validate({"name": "s", "format": "json", "path": str(file), "id": "id", "columns": columns})
    raw = split(read_source(spark, source).dropDuplicates(), raw_entities.suite([source])).collect()
    good = [row for row in raw if not row[REASONS]]
    frame = spark.createDataFrame(good, split(read_source(spark, source), raw_entities.suite([source])).schema)
    standard = map_batches(
        frame.drop(REASONS, MALFORMED), lambda batch: standardise(batch, catalogue), catalogue.standardised_schema
    )
    rows = {row["entity_id"]: row.asDict() for row in split(standard, standardised_entities.suite(catalogue)).collect()}
    found: dict[str, Given] = {}
    for row in raw:
        known = rows.get(row["entity_id"], {}) if not row[REASONS] else {}
        found[row["city"]] = {**row.asDict(), **known, "reasons": [*row[REASONS], *known.get(REASONS, [])]}
    return found


@pytest.mark.parametrize("kind", KEPT)
def test_a_strange_value_is_kept_as_what_it_means(
    outcomes: dict[str, Given], tried: Callable[..., None], kind: str
) -> None:
    tried("bad input: values", kind)
    found, wanted = outcomes[kind], KEPT[kind][1]
    assert found["reasons"] == []
    for field, value in wanted.items():
        assert found[field] == (str(value).casefold() if field == "name" else value)
    tried(happened="kept", lost="nothing")


@pytest.mark.parametrize("kind", TURNED_AWAY)
def test_a_record_that_is_none_is_turned_away_with_the_reason(
    outcomes: dict[str, Given], tried: Callable[..., None], kind: str
) -> None:
    tried("bad input: values", kind)
    reason = TURNED_AWAY[kind][1]
    assert outcomes[kind]["reasons"] == [reason]
    tried(happened=f"turned away: {reason}", lost="nothing: it is in quarantine")


@pytest.mark.parametrize("kind", IDS)
def test_an_odd_id_is_an_id(outcomes: dict[str, Given], tried: Callable[..., None], kind: str) -> None:
    tried("bad input: values", kind)
    assert outcomes[kind]["reasons"] == []
    assert outcomes[kind]["entity_id"] == f"s:{IDS[kind].strip()}"
    tried(happened="kept", lost="nothing")


def test_records_of_one_id_are_turned_away_and_copies_are_one(
    outcomes: dict[str, Given], tried: Callable[..., None]
) -> None:
    tried("bad input: values", "two records of one id")
    assert [outcomes[f"twin {n}"]["reasons"] for n in range(2)] == [["duplicate_id"]] * 2
    assert outcomes["copy"]["reasons"] == []
    tried(happened="turned away: duplicate_id; exact copies are one", lost="nothing: it is in quarantine")


def test_every_field_of_a_record_may_hold_anything(catalogue: Catalogue) -> None:
    """Standardisation of the odd values in every field at once: a value or null, never an error."""
    from features import tables  # noqa: PLC0415

    odd = [given for given, _ in KEPT.values()]
    texts = [str(value) for given in odd for value in given.values() if isinstance(value, str)]
    columns: dict[str, pa.Array] = {}
    for field in tables.RAW_ENTITIES.schema:
        if pa.types.is_list(field.type):
            columns[field.name] = pa.array([[text] for text in texts], field.type)
        else:
            columns[field.name] = pa.array(texts, field.type)
    columns["entity_id"] = pa.array([str(n) for n in range(len(texts))])
    batch = pa.RecordBatch.from_pydict(columns, schema=tables.RAW_ENTITIES.schema)
    made = standardise(batch, catalogue)
    assert made.num_rows == len(texts)
    assert made.schema.equals(catalogue.standardised_schema)


def test_the_file_of_values_is_sound(tmp_path: Path) -> None:
    kinds = [*KEPT, *TURNED_AWAY, *IDS]
    assert len(kinds) == len(set(kinds)) >= 60

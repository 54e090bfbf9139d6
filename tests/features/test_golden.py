"""Golden values: whatever changes a value is noticed, and must raise the version of what is declared.

A kernel, a reference table or a library of another version that gives another value on the sample fails here
until the version of the declaration is raised and the file is written anew:

    PAIRLAKE_GOLDEN=write pytest tests/features/test_golden.py

Standardisers are fed raw records, entity features and rules standardised ones, and pair features prepared ones as
the file keeps them, so a change shows where it was made and not in all that follows from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, rule_of, standardise
from features.kernel.score import score_pairs
from features.statistics import Statistics

FILE = Path(__file__).with_name("golden.json")
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
CORPUS = Statistics.of(pa.table({"token": ["bank", "capital", "orion"], "records": [400, 120, 8]}), 1000)

RECORDS: list[dict[str, Any]] = [
    {"name": "Orion Bank Aktiengesellschaft", "country": "DE", "city": "Frankfurt am Main", "postal_code": "60311"},
    {"name": "ORION BANK AG", "country": "Germany", "city": "Frankfurt/Main", "address": "Hafenstr. 12-14"},
    {"name": "Orion Capital Fund II, L.P.", "country": "US", "region": "Delaware", "postal_code": "19801-1234"},
    {"name": "Orion Capital Fund 2 LP", "country": "US", "region": "DE", "phone": "+1 (302) 555-0142"},
    {"name": "Śląski Dom Maklerski Sp. z o.o.", "country": "Polska", "web_domain": "https://www.dom-maklerski.pl/"},
    {"name": "Slaski Dom Maklerski", "country": "PL", "email": "Biuro@dom-maklerski.pl"},
    {"name": "АТ «Банк Орион»", "country": "UA", "bic": "ORIOUAUK"},
    {"name": "JSC Bank Orion", "country": "Ukraine", "bic": "ORIOUAUKXXX"},
    {"name": "株式会社オリオン銀行", "country": "JP", "lei": "7LTWFZYICNSX8D621K86"},
    {"name": "Harbour Trust Co. (The), N.A.", "country": "US", "lei": "7LTWFZYICNSX8D621K87"},
    {"name": "Harbour Holdings plc - American Depositary Shares", "country": "GB", "isin": "US0378331005"},
    {"name": "Intl Harbour Mgmt Svcs", "aliases": ["Harbor Management", "IHMS"], "registration_number": "HRB 00123"},
    {
        "name": "International Harbour Management Services Ltd",
        "registration_number": "HRB 123",
        "tax_id": "DE 136695976",
    },
    {"given_name": "Anna-Maria", "family_name": "Müller", "birth_date": "1971-03-02", "party_type": "person"},
    {"given_name": "Anna", "family_name": "Mueller", "birth_date": "02.03.1971", "party_type": "person"},
    {"name": "Müller, Dr. Anna M.", "birth_date": "1971-02-03", "party_type": "person", "city": "St. Gallen"},
    {
        "given_name": "Bob",
        "family_name": "O'Brien",
        "address": "Flat 3, 12 Main Street",
        "incorporation_date": "1990-05-01",
    },
    {"given_name": "Robert", "family_name": "OBrien", "address": "12 Main St", "incorporation_date": "1 May 1990"},
    {"name": "N/A", "country": "NA"},
]


def test_values_change_only_with_a_version(catalogue: Catalogue) -> None:
    weighed = replace(catalogue, statistics=CORPUS)
    if os.environ.get("PAIRLAKE_GOLDEN") == "write":
        write(weighed)
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    versions, found = _versions(weighed), values(weighed, golden["standardised"], golden["prepared"])
    changed, stale = compared(versions, found, golden["values"])
    assert not changed, f"other values under the same version, raise it: {', '.join(changed)}"
    assert not stale, f"not as in {FILE.name}, write it anew (see above): {', '.join(stale)}"


def test_another_value_under_the_same_version_is_noticed_and_a_new_version_asks_for_a_new_file() -> None:
    golden = {"a": [1, "x"], "b": [1, "x"], "c": [1, "x"], "gone": [1, "x"]}
    versions, found = {"a": 1, "b": 1, "c": 2, "new": 1}, {"a": "x", "b": "y", "c": "y", "new": "x"}
    assert compared(versions, found, golden) == (["b"], ["c", "gone", "new"])


def test_the_file_is_not_written_over_a_change_without_a_version(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    name = next(iter(golden["values"]))
    golden["values"][name][1] = "another"
    copy = tmp_path / "golden.json"
    copy.write_text(json.dumps(golden), encoding="utf-8")
    monkeypatch.setitem(globals(), "FILE", copy)
    with pytest.raises(AssertionError, match=f"raise the version of {name}"):
        write(replace(catalogue, statistics=CORPUS))


def compared(
    versions: dict[str, int], found: dict[str, str], golden: dict[str, list[Any]]
) -> tuple[list[str], list[str]]:
    """Names whose value changed under the same version, and names that the file does not have as they are."""
    now = {name: [version, found[name]] for name, version in versions.items()}
    different = {name for name in {*now, *golden} if now.get(name) != golden.get(name)}
    changed = {name for name in different if name in now and name in golden and now[name][0] == golden[name][0]}
    return sorted(changed), sorted(different - changed)


def write(catalogue: Catalogue) -> None:
    """The file anew, unless a value changed under the same version."""
    standardised = standardise(raw_batch(RECORDS), catalogue)
    inputs = {
        "standardised": _legible(standardised),
        "prepared": _legible(prepare(standardised, catalogue, AS_OF).select(catalogue.kernel_columns)),
    }
    versions, found = _versions(catalogue), values(catalogue, **inputs)
    if FILE.is_file():
        golden = json.loads(FILE.read_text(encoding="utf-8"))
        before = values(catalogue, golden["standardised"], golden["prepared"])
        changed = compared(versions, before, golden["values"])[0]
        assert not changed, f"raise the version of {', '.join(changed)} first"
    lines = {name: [versions[name], found[name]] for name in sorted(found)}
    FILE.write_text(json.dumps({"values": lines, **inputs}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def values(catalogue: Catalogue, standardised: dict[str, Any], prepared: dict[str, Any]) -> dict[str, str]:
    """A digest of the values of everything declared."""
    raw = standardise(raw_batch(RECORDS), catalogue)
    of_standardised = prepare(_batch(standardised, catalogue.standardised_schema), catalogue, AS_OF)
    schema = pa.schema([catalogue.entity_schema.field(name) for name in catalogue.kernel_columns])
    records = pa.Table.from_batches([_batch(prepared, schema)])
    rows = np.arange(records.num_rows)
    left, right = (pa.array(side.ravel()) for side in np.meshgrid(rows, rows))
    scored = score_pairs(records.take(left), records.take(right), catalogue.pair_features)
    keys = of_standardised.column("keys").to_pylist()
    found = {f.name: raw.column(f.name).to_pylist() for f in catalogue.standardisers}
    found |= {
        f.name: of_standardised.column(f.name).to_pylist()
        for f in catalogue.entity_features
        if f.name in catalogue.kernel_columns
    }
    found |= {
        f"{rule.name} (rule)": [[key & (1 << 56) - 1 for key in of if rule_of(key) == n] for of in keys]
        for n, rule in enumerate(catalogue.rules)
    }
    found |= {f.name: scored.column(f.name).to_pylist() for f in catalogue.pair_features}
    return {name: hashlib.blake2b(repr(column).encode(), digest_size=8).hexdigest() for name, column in found.items()}


def _versions(catalogue: Catalogue) -> dict[str, int]:
    of_records = [f for f in catalogue.entity_features if f.name in catalogue.kernel_columns]
    declared = [*catalogue.standardisers, *of_records, *catalogue.pair_features]
    return {f.name: f.version for f in declared} | {f"{rule.name} (rule)": rule.version for rule in catalogue.rules}


def _legible(batch: pa.RecordBatch) -> dict[str, Any]:
    """Columns as JSON holds them, bytes in hexadecimal."""
    return {
        name: [value.hex() if isinstance(value, bytes) else value for value in batch.column(name).to_pylist()]
        for name in batch.schema.names
    }


def _batch(columns: dict[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """The columns of a schema from JSON; one that is not there is null."""
    rows = len(next(iter(columns.values())))
    arrays = []
    for field in schema:
        found = columns.get(field.name, [None] * rows)
        is_bytes = pa.types.is_binary(field.type)
        arrays.append(pa.array([bytes.fromhex(v) if is_bytes and v is not None else v for v in found], field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

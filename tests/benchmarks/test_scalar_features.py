"""The kernel gives, to the bit, what a plain Python call a pair gives: for every feature of the catalogue."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scalar.features import FEATURES, compare
from features import catalogue as catalogues
from features.kernel.compare import Compared
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import first_against_rest, score_pairs
from features.statistics import Statistics, count_tokens
from features.store.packing import Packing
from features.tables import TEXT_FIELDS

NAMES = (
    None,
    "Harbour Growth Fund II",
    "Harbor Growth Fund 2",
    "Harbour Growth Fund 3, Zweigniederlassung Wien",
    "Growth Harbour",
    "Meridian Asset Management International LLC",
    "Meridian Asset Mgmt Intl Ltd",
    "Merridian Managment",
    "MAMI",
    "Bank",
    "Bankhaus Brückner & Söhne KG",
    "BANKHAUS BRUECKNER UND SOEHNE",
    "Data Pipe GmbH",
    "Datapipe AG",
    "ТОВ «Альянс Капітал»",
    "Alians Kapital TOV",
    "株式会社青空銀行",
    "بنك المرفأ التجاري",
    "Τράπεζα Αιγαίου Α.Ε.",
    "🏦 Rocket 🚀 GmbH",
    "Smith A O",
    "Alan Oscar Smith",
    "S",
    "1 2 3",
    "y" * 300,
    "Ångström " * 40,
    "Stella Trustees Limited as trustee of the Stella Family Trust",
)
OTHERS: dict[str, tuple[Any, ...]] = {
    "aliases": (["HGF II"], ["Growth Harbour", "Meridian AM"], ["Bank Brückner", ""], []),
    "party_type": ("company", "person", "company", "company"),
    "address": (
        "12 Main Street, Suite 400",
        "12a Main St #400",
        "Hauptstraße 7",
        "Hauptstr. 7",
        "P.O. Box 123",
        "Postfach 123",
        "PO Box 9",
        "1 Rue de la Gare, Unit 5",
    ),
    "city": ("München", "Munich", "MUENCHEN", "Saint-Étienne", "St Etienne"),
    "region": ("Bavaria", "Bayern", "Illinois", "IL"),
    "postal_code": ("80331", "D-80333", "62704-1234", "SW1A 1AA", "SW1A 2AA"),
    "country": ("DE", "Germany", "us", "GB", "nowhere"),
    "incorporation_date": ("1999-12-31", "31.12.1999", "03/04/1980", "1880-01-02", "2001-02-03", "1900-01-01"),
    "birth_date": ("1980-04-03", "1980-03-04", "03/04/1980", "4 April 1980", "1979-04-30"),
    "lei": ("984500PAIRLAKEMADE68", "984500PAIRLAKEMADE69", "213800MADEUPLEI00021", "none"),
    "bic": ("DEUTDEFFXXX", "DEUTDEFF500", "COBADEFF", "NOT A BIC"),
    "isin": ("DE0005140008", "DE0005140009", "US0378331005"),
    "registration_number": ("HRB 12345", "hrb-12345", "0098765"),
    "tax_id": ("DE 811 234 567", "DE811234567", "12-3456789"),
    "web_domain": ("https://www.meridian.example/about", "meridian.example", "harbour-growth.com", "gmail.com"),
    "email": ("info@meridian.example", "INFO@meridian.example", "a@harbour-growth.com", "b@gmail.com", "no address"),
    "phone": ("+49 89 123 45-67", "0049 89 1234567", "089 1234567", "+1 212 555 0100", "123 456"),
    "given_name": ("Anna-Maria", "anna maria", "Іван", "Bill", "Dr. William", "Berg"),
    "family_name": ("Müller", "MUELLER", "O'Brien", "van der Berg", "Anna", "Іваненко"),
}


def rich_records() -> list[dict[str, Any]]:
    """Every name twice, beside values of every other field, each field missing in some; and records of nobody."""
    named = [
        {
            "name": name,
            **{
                field: values[(n * step + place) % len(values)]
                for place, (field, values) in enumerate(OTHERS.items())
                if (n * step + len(field)) % 5
            },
        }
        for step in (1, 7)
        for n, name in enumerate(NAMES)
    ]
    return [*named, {"country": "DE"}, {"party_type": "person"}]


def prepared(records: list[dict[str, Any]], catalogue: catalogues.Catalogue) -> pa.Table:
    batch = prepare(standardise(raw_batch(records), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))
    return pa.Table.from_batches([batch])


def with_own_statistics(records: list[dict[str, Any]]) -> catalogues.Catalogue:
    loaded = catalogues.load()
    return replace(loaded, statistics=Statistics.of(*count_tokens(prepared(records, loaded)["name_tokens"])))


CATALOGUE = with_own_statistics(rich_records())
DECLARED = {feature.name: feature for feature in CATALOGUE.pair_features}
RICH = prepared(rich_records(), CATALOGUE)


def both_ways(left: pa.Table, right: pa.Table) -> dict[str, tuple[pa.Array, pa.Array]]:
    """By feature: the kernel's column of the pairs, and the scalar functions' one."""
    scored = score_pairs(left, right, CATALOGUE.pair_features)
    rows = [compare(*pair) for pair in zip(left.to_pylist(), right.to_pylist(), strict=True)]
    return {name: (scored.column(name), column_of(name, rows)) for name in scored.schema.names}


def column_of(name: str, rows: list[dict[str, Any]]) -> pa.Array:
    """The values in the declared type; a value that the type does not hold as it is would have been rounded twice."""
    values = [row[name] for row in rows]
    column = pa.array(values, type=DECLARED[name].returns.arrow)
    assert column.to_pylist() == values, f"{name} is not on the grid of {column.type}"
    return column


def bits(column: pa.Array) -> list[Any]:
    """Null as it is, numbers by their bits: 0.0 and -0.0 are not the same."""
    whole = np.int32 if column.type == pa.float32() else np.int8
    numbers = column.fill_null(0).to_numpy(zero_copy_only=False).view(whole).tolist()
    return [number if there else None for number, there in zip(numbers, column.is_valid().to_pylist(), strict=True)]


def test_every_feature_of_the_catalogue_is_written_a_second_time_in_its_order() -> None:
    assert list(FEATURES) == [feature.name for feature in CATALOGUE.pair_features]


@pytest.mark.parametrize("module", sorted(Path("benchmarks/scalar").glob("*.py")), ids=lambda path: path.stem)
def test_the_second_way_asks_nothing_of_the_first(module: Path) -> None:
    tree = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    imported = {name for node in tree if isinstance(node, ast.ImportFrom) for name in [str(node.module)]}
    assert not {name for name in imported if name.split(".")[0] == "features"}


@pytest.fixture(scope="module")
def rich_values() -> dict[str, tuple[pa.Array, pa.Array]]:
    """Of every record beside every record."""
    size = len(RICH)
    left, right = np.divmod(np.arange(size * size), size)
    return both_ways(RICH.take(left), RICH.take(right))


@pytest.mark.parametrize("name", DECLARED)
def test_both_ways_agree_on_every_bit(name: str, rich_values: dict[str, tuple[pa.Array, pa.Array]]) -> None:
    kernel, scalar = rich_values[name]
    assert bits(scalar) == bits(kernel)


@pytest.mark.parametrize("name", DECLARED)
def test_the_sample_has_values_and_gaps_of_every_feature(
    name: str, rich_values: dict[str, tuple[pa.Array, pa.Array]]
) -> None:
    values, returns = rich_values[name][0], DECLARED[name].returns
    seen = set(values.drop_null().to_pylist())
    if returns.states:
        unchecked = name in ("registration_number_agreement", "tax_id_agreement")
        assert seen == {code for code, state in enumerate(returns.states) if not (unchecked and state == "invalid")}
    else:
        assert values.null_count
        assert len(seen) > 1


texts = st.one_of(st.none(), st.text(max_size=40), st.text("abc 'é-", max_size=30))
parties = st.fixed_dictionaries(
    {"name": st.one_of(st.sampled_from(NAMES), texts)},
    optional={
        "aliases": st.lists(st.one_of(st.sampled_from([n for n in NAMES if n]), st.text(max_size=12)), max_size=4),
        **{field: st.one_of(st.sampled_from(OTHERS[field]), texts) for field in TEXT_FIELDS if field != "name"},
    },
)


@given(records=st.lists(parties, min_size=1, max_size=8))
@settings(max_examples=60)
def test_both_ways_agree_on_any_records_at_all(records: list[dict[str, Any]]) -> None:
    table = prepared(records, CATALOGUE)
    turned = table.take(list(reversed(range(len(table)))))
    for name, (kernel, scalar) in both_ways(table, turned).items():
        assert bits(scalar) == bits(kernel), name


PACKING = Packing(CATALOGUE)


def online(records: pa.Table) -> Compared:
    """The first record against the others, as a lookup compares them: from packed records."""
    return first_against_rest(PACKING.records(PACKING.pack_batch(records)), CATALOGUE.pair_features)


@pytest.mark.parametrize("query", range(0, len(RICH), 3))
def test_a_lookup_of_few_gives_the_same_bits(query: int, rich_values: dict[str, tuple[pa.Array, pa.Array]]) -> None:
    for start in range(0, len(RICH), 7):
        others = range(start, min(start + 7, len(RICH)))
        compared = online(RICH.take([query, *others]))
        for name, column in zip(DECLARED, compared.columns(), strict=True):
            assert bits(column) == bits(rich_values[name][0].slice(query * len(RICH) + start, len(others))), name


@given(records=st.lists(parties, min_size=2, max_size=6))
@settings(max_examples=60)
def test_a_lookup_of_few_gives_the_same_bits_on_any_records_at_all(records: list[dict[str, Any]]) -> None:
    table = prepared(records, CATALOGUE)
    compared, others = online(table), len(table) - 1
    wanted = score_pairs(table.take([0] * others), table.slice(1), CATALOGUE.pair_features)
    for name, found, column in zip(DECLARED, compared.columns(), wanted.columns, strict=True):
        assert bits(found) == bits(column), name


@given(rows=st.lists(st.tuples(*[st.integers(0, len(RICH) - 1)] * 2), min_size=1, max_size=30))
@settings(max_examples=30)
def test_both_ways_agree_whatever_pairs_stand_beside_a_pair(rows: list[tuple[int, int]]) -> None:
    left, right = (RICH.take(list(side)) for side in zip(*rows, strict=True))
    for name, (kernel, scalar) in both_ways(left, right).items():
        assert bits(scalar) == bits(kernel), name

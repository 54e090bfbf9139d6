"""Laws that every pair feature in the catalogue keeps, whatever it computes."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.columns import Records
from features.declare import PairFeature
from features.kernel.compare import compare
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score, score_pairs
from features.pairing import Grid, Pairs
from features.statistics import Statistics
from features.tables import TEXT_FIELDS

WEIGHED = Statistics.of(pa.table({"token": ["bank", "deutsche", "international"], "records": [90, 20, 10]}), 300)
CATALOGUE = replace(catalogues.load(), statistics=WEIGHED)
FEATURES = CATALOGUE.pair_features
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

NAMES = (
    "Deutsche Bank Aktiengesellschaft",
    "DEUTSCHE BANK AG",
    "Deutsche Bank London",
    "International Business Machines",
    "IBM Inc",
    "АКЦІОНЕРНЕ ТОВАРИСТВО БАНК АЛЬЯНС",
    "株式会社三菱UFJ銀行",
    "بنك الكويت الوطني",
    "🏦 Rocket 🚀 Bank GmbH",
    "S",
    "x" * 300,
    "Ångström " * 40,
    "A. B. C. D. & Co. KG",
    "Harbour Growth Fund II",
    "Harbour Growth Fund 3, Zweigniederlassung Wien",
)
OTHERS: dict[str, tuple[str, ...]] = {
    "country": ("DE", "Germany", "us", "NA", "nowhere"),
    "lei": ("7LTWFZYICNSX8D621K86", "7LTWFZYICNSX8D621K87", "5493001KJTIIGC8Y1R12"),
    "bic": ("DEUTDEFFXXX", "DEUTDEFF500", "COBADEFF", "NOT A BIC"),
    "isin": ("DE0005140008", "DE0005140009"),
    "birth_date": ("1971-03-02", "1971-02-03", "19710302", "31/12/1999", "02/03/1971"),
    "incorporation_date": ("1870-03-10", "1900-01-01", "1870-10-03", "3 October 1870", "10/03/1870"),
    "phone": ("+49 69 910-00", "0049 69 91000", "069 91000", "+1 212 555 0100", "12"),
    "address": (
        "12 Main Street, Suite 400",
        "12a Main St #400",
        "Taunusanlage 12",
        "P.O. Box 123",
        "Postfach 123",
        "PO Box 9, Unit 5",
    ),
    "city": ("Frankfurt am Main", "FRANKFURT", "München", "Munich"),
    "region": ("Hessen", "Illinois", "Bayern", "HESSE", "IL"),
    "postal_code": ("60325", "D-60329", "62704-1234", "SW1A 1AA", "SW1A 2AA", "7030"),
    "email": ("a@deutsche-bank.de", "A@Deutsche-Bank.de", "b@example.org", "c@gmail.com", "no address"),
    "web_domain": ("https://www.deutsche-bank.de/about", "deutsche-bank.de", "example.org", "gmail.com"),
    "given_name": ("Anna-Maria", "anna maria", "Иван", "Bill", "Dr. William"),
    "family_name": ("Müller", "MUELLER", "O'Brien", "van der Berg", "Anna"),
}

texts = st.one_of(st.none(), st.sampled_from(NAMES), st.text(max_size=40))
parties = st.fixed_dictionaries(
    {"name": texts},
    optional={
        field: st.one_of(st.none(), st.sampled_from(OTHERS.get(field, ("ab 12", "AB-12", "7"))), st.text(max_size=12))
        for field in TEXT_FIELDS
        if field != "name"
    },
)


def prepared(records: list[dict[str, Any]]) -> pa.Table:
    batch = prepare(standardise(raw_batch(records), CATALOGUE), CATALOGUE, AS_OF)
    return pa.Table.from_batches([batch])


def column(feature: PairFeature, left: pa.Table, right: pa.Table) -> pa.Array:
    return score_pairs(left, right, [feature]).column(0)


def rich_records() -> list[dict[str, Any]]:
    """Records that between them fill every field, with gaps."""
    filled = [{f: OTHERS.get(f, ("ab 12", "AB-12", "7")) for f in TEXT_FIELDS if f != "name"} for _ in NAMES]
    return [
        {"name": name, **{f: values[n % len(values)] for f, values in of.items() if (n + len(f)) % 4}}
        for n, (name, of) in enumerate(zip(NAMES, filled, strict=True))
    ]


RICH = prepared(rich_records())
LEFT = RICH.take([n for n in range(len(RICH)) for _ in range(len(RICH))])
RIGHT = RICH.take([n for _ in range(len(RICH)) for n in range(len(RICH))])


@pytest.fixture(params=FEATURES, ids=lambda feature: feature.name)
def feature(request: pytest.FixtureRequest) -> PairFeature:
    declared: PairFeature = request.param
    return declared


def test_the_samples_exercise_the_feature(feature: PairFeature) -> None:
    values = column(feature, LEFT, RIGHT)
    assert len(values.drop_null().unique()) > 1


def test_values_have_the_declared_type_and_range(feature: PairFeature) -> None:
    values = column(feature, LEFT, RIGHT)
    assert values.type == feature.returns.arrow
    present = values.drop_null().to_numpy()
    assert np.isfinite(present).all()
    assert present.min() >= feature.returns.low
    assert present.max() <= feature.returns.high


def test_a_missing_side_gives_null_or_a_state_that_says_so(feature: PairFeature) -> None:
    nobody = prepared([{"party_type": "person"}]).take([0] * len(RICH))
    for left, right in ((RICH, nobody), (nobody, RICH), (nobody, nobody)):
        values = column(feature, left, right)
        if feature.returns.nullable:
            assert values.null_count == len(values)
        else:
            says = {feature.returns.states[code] for code in values.to_pylist()}
            assert says <= {"both_missing", "one_missing", "invalid"}


def test_swapping_the_sides_changes_nothing_unless_declared(feature: PairFeature) -> None:
    same = column(feature, LEFT, RIGHT).equals(column(feature, RIGHT, LEFT))
    assert same == feature.symmetric


def test_a_record_is_like_itself(feature: PairFeature) -> None:
    values = [value for value in column(feature, RICH, RICH).to_pylist() if value is not None]
    if feature.returns.states:
        assert {feature.returns.states[code] for code in values} <= {"agree", "both_missing", "invalid"}
    elif feature.returns.identity is not None and feature.name != "name_acronym":  # a name is not its own acronym
        assert set(values) == {feature.returns.identity}


def test_grid_list_single_pair_and_query_give_the_same_bits(feature: PairFeature) -> None:
    as_list = column(feature, LEFT, RIGHT)
    size = len(RICH)
    rows, columns = (np.ravel(side) for side in np.meshgrid(np.arange(size), np.arange(size), indexing="ij"))
    whole = Grid(0, size * size, slice(0, size), slice(0, size))
    assert compare([feature], Records(RICH), Pairs(rows, columns, None, (whole,)))[0].equals(as_list)
    one_by_one = [
        column(feature, LEFT.slice(n, 1).combine_chunks(), RIGHT.slice(n, 1).combine_chunks())
        for n in range(0, size * size, 5)
    ]
    assert pa.concat_arrays(one_by_one).equals(as_list.take(list(range(0, size * size, 5))))
    queries = [score(RICH.slice(n, 1).to_batches()[0], RICH, [feature]).column(0) for n in range(size)]
    assert pa.concat_arrays(queries).equals(as_list)


@given(records=st.lists(parties, min_size=2, max_size=8))
@settings(max_examples=60)
def test_any_records_at_all_are_within_every_contract(records: list[dict[str, Any]]) -> None:
    table = prepared(records)
    turned = table.take(list(reversed(range(len(table)))))
    for feature, values in zip(FEATURES, score_pairs(table, turned, FEATURES).columns, strict=True):
        present = values.drop_null().to_numpy()
        assert len(present) == 0 or (feature.returns.low <= present.min() and present.max() <= feature.returns.high)
        assert feature.returns.nullable or values.null_count == 0


@given(records=st.lists(parties, min_size=1, max_size=6))
@settings(max_examples=60)
def test_composed_and_decomposed_unicode_are_the_same_record(records: list[dict[str, Any]]) -> None:
    def in_form(form: str) -> pa.Table:
        return prepared(
            [{k: unicodedata.normalize(form, v) if v is not None else v for k, v in r.items()} for r in records]
        )

    assert in_form("NFC").equals(in_form("NFD"))

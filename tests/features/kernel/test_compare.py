"""How much is compared at once is a matter of speed: every way gives the same bits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import views
from features.catalogue import Catalogue
from features.columns import Records
from features.comparators import strings
from features.comparators.values import blank, equal
from features.declare import DeclarationError, FloatArray, Similarity, Text, named, scored
from features.kernel import compare as kernel
from features.kernel.cost import made_up
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score
from features.pairing import Grid, Pairs
from features.views import Beside

SPARSE: list[dict[str, Any]] = [{"name": "Aurora Capital Trade"}, {"given_name": "Anna"}, {"country": "DE"}, {}]


@pytest.fixture(scope="module")
def records(catalogue: Catalogue) -> pa.RecordBatch:
    """Full records and ones of which almost every field is missing."""
    raw = [*map(made_up, range(8)), *SPARSE]
    return prepare(standardise(raw_batch(raw), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))


def every_pair(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(size), size), np.tile(np.arange(size), size)


def test_columns_together_or_alone_features_together_or_alone_and_grids_or_lists_give_the_same_bits(
    catalogue: Catalogue, records: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, size = catalogue.pair_features, records.num_rows
    row, column = every_pair(size)
    whole = Grid(0, size * size, slice(0, size), slice(0, size))
    grids = ((), (whole,), tuple(Grid(n * size, (n + 1) * size, slice(n, n + 1), slice(0, size)) for n in range(size)))
    wanted = [kernel.compare([feature], Records(records), Pairs(row, column, None, ()))[0] for feature in features]
    for few in (0, 10_000):
        monkeypatch.setattr(views, "FEW", few)
        monkeypatch.setattr(strings, "FEW", few)
        for of in grids:
            found = kernel.compare(features, Records(records), Pairs(row, column, None, of))
            for feature, one, other in zip(features, wanted, found, strict=True):
                assert one.equals(other), f"{feature.name}, {few} at once, {len(of)} grids"


def test_a_query_of_few_fields_against_records_of_few_fields_is_as_in_a_list(
    catalogue: Catalogue, records: pa.RecordBatch
) -> None:
    features, size = catalogue.pair_features, records.num_rows
    pairs = Pairs(*every_pair(size), None, ())
    wanted = [kernel.compare([feature], Records(records), pairs)[0] for feature in features]
    for n in range(size):
        for start, count in ((8, 4), (9, 1), (0, 1), (0, 12)):
            found = score(records.slice(n, 1), pa.Table.from_batches([records.slice(start, count)]), features)
            for feature, column, of in zip(features, found.columns, wanted, strict=True):
                assert column.equals(of.slice(n * size + start, count)), feature.name


@pytest.mark.parametrize("few", [(0, 0), (0, 10_000), (10_000, 0), (10_000, 10_000)])
def test_what_was_decoded_for_some_features_serves_all(
    catalogue: Catalogue, records: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch, few: tuple[int, int]
) -> None:
    pairs = Pairs(*every_pair(records.num_rows), None, ())
    wanted = kernel.compare(catalogue.pair_features, Records(records), pairs)
    decoded = Records(records)
    some = [catalogue.pair_feature(name) for name in ("country_equal", "name_token_jaccard", "bic_agreement")]
    for features, at_once in zip((some, catalogue.pair_features), few, strict=True):
        monkeypatch.setattr(views, "FEW", at_once)
        found = kernel.compare(features, decoded, pairs)
    for feature, one, other in zip(catalogue.pair_features, wanted, found, strict=True):
        assert one.equals(other), feature.name


def lengths_agree(left: Text, right: Text) -> Similarity:
    """Reads the values themselves, which a comparator of many columns cannot."""
    return blank(np.array([len(a) == len(b) for a, b in zip(left.values, right.values, strict=True)]), left.missing)


def both_there(left: Text, right: Text) -> Similarity:
    """Reads nothing but what is known of columns of every type."""
    return blank(np.ones(len(left.rows)), left.lacking(right))


def test_a_comparator_of_columns_of_several_types_is_called_for_each(records: pa.RecordBatch) -> None:
    columns = ("country", "name_tokens", "city", "name_numbers")
    features = [named(scored(column, both_there, doc="…"), f"{column}_there") for column in columns]
    pairs = Pairs(*every_pair(records.num_rows), None, ())
    together = kernel.compare(features, Records(records), pairs)
    assert together == [kernel.compare([feature], Records(records), pairs)[0] for feature in features]


def no_contract(left: Text, right: Text) -> FloatArray:
    """A comparator that does not say what it gives."""
    return equal(left, right)


def test_a_comparator_of_many_columns_that_reads_one_is_refused_in_words(records: pa.RecordBatch) -> None:
    features = [named(scored(c, lengths_agree, doc="…"), f"{c}_length") for c in ("country", "city")]
    pairs = Pairs(np.array([0]), np.array([1]), None, ())
    with pytest.raises(TypeError, match="declare a function of its own for each column with @pair_feature"):
        kernel.compare(features, Records(records), pairs)


def test_two_columns_are_not_taken_for_the_two_sides_of_one(records: pa.RecordBatch) -> None:
    beside = Beside(Records(records), Pairs(np.array([0]), np.array([1]), None, ()), ["city", "country"])
    (city, _), (_, country) = beside.views("city"), beside.views("country")
    with pytest.raises(ValueError, match="two sides of one"):
        equal(city, country)


@pytest.mark.parametrize(
    ("columns", "comparator", "message"),
    [
        ("country", no_contract, "wanted Similarity, Agreement or another contract"),
        (("lei", "lei_invalid"), equal, "equal takes 2 views; wanted 4, both sides of each column"),
    ],
)
def test_a_comparator_that_does_not_fit_is_refused_when_declared(columns: Any, comparator: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        scored(columns, comparator, doc="…")

"""What the usual plan computes in a worker, without Spark: a batch as Spark hands it over, the columns it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from benchmarks.records import generate
from benchmarks.usual_plan import rows_compared
from features import catalogue as catalogues
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_pairs
from features.statistics import Statistics

CATALOGUE = replace(
    catalogues.load(), statistics=Statistics.of(pa.table({"token": ["capital", "group"], "records": [40, 20]}), 300)
)
SCHEMA = pa.schema([feature.field for feature in CATALOGUE.pair_features])
TYPES = {field.name: field.type.to_pandas_dtype() for field in SCHEMA}


@pytest.fixture(scope="module")
def records() -> pa.Table:
    raw = raw_batch(generate(300, 3, all_fields=True).to_pylist())
    batch = prepare(standardise(raw, CATALOGUE), CATALOGUE, datetime(2026, 1, 1, tzinfo=UTC))
    return pa.Table.from_batches([batch]).select(CATALOGUE.kernel_columns)


def test_a_batch_gives_what_the_kernel_gives(records: pa.Table) -> None:
    """pandas makes arrays of lists and NaN of null, as it does in a worker."""
    turned = records.take(list(reversed(range(len(records)))))
    frame = rows_compared(records.to_pandas(), turned.to_pandas(), TYPES)
    compared = pa.RecordBatch.from_pandas(frame, schema=SCHEMA, preserve_index=False)
    assert compared.equals(score_pairs(records, turned, CATALOGUE.pair_features).cast(SCHEMA))


def test_an_empty_batch_has_all_columns_in_their_types(records: pa.Table) -> None:
    nobody = records.slice(0, 0).to_pandas()
    assert rows_compared(nobody, nobody, TYPES).dtypes.to_dict() == TYPES

"""What each path makes of pairs, without Spark: the kernel's bits by every way, and what is missing is told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.certificates import PathResult
from features.columns import Records
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import first_against_rest, score_pairs
from jobs.parity import _replayed
from jobs.parity_paths import BEFORE, CannotRunError, Found, Path, Replayed, Sample

FEATURES = ("name_token_containment", "name_jaro_winkler", "bic_agreement", "name_embedding_cosine")
NAMES = [
    "Zanzibar Trust Bank AG",
    "Zanzibar Bank",
    "Quorum Ærø Capital",
    "東京銀行",
    "Quorum Capital Partners Ltd",
    None,
]
PAIRS = [(0, 1), (0, 2), (2, 4), (3, 5)]
BY_RECORDS = tuple(path for path in BEFORE if path.name != "read back")


@pytest.fixture
def sample(catalogue: Catalogue) -> Sample:
    """Four pairs of six records, three of them with a BIC, as the kernel compares them."""
    chosen = catalogue.select(FEATURES, ["bic_equal"])
    raw = raw_batch(
        [{"id": str(n), "name": name, "bic": "DEUTDEFF" if n % 2 else None} for n, name in enumerate(NAMES)]
    )
    entities = pa.Table.from_batches([prepare(standardise(raw, chosen), chosen, datetime(2026, 1, 1, tzinfo=UTC))])
    sides = [entities.take([pair[side] for pair in PAIRS]) for side in (0, 1)]
    scored = pa.Table.from_batches([score_pairs(*sides, chosen.pair_features)])
    keys = {"id_l": sides[0]["entity_id"], "id_r": sides[1]["entity_id"], "rule": ["bic_equal"] * len(PAIRS)}
    pairs = pa.table({**keys, **dict(zip(scored.schema.names, scored.columns, strict=True))})
    made = Sample(None, None, chosen, pairs, None, None, None, "")  # type: ignore[arg-type]
    order = [4, 0, 5, 2, 1, 3]  # as a table has them
    return changed(made, prepared=entities.take(order), records=pa.Table.from_batches([raw]).take(order))


def changed(sample: Sample, **tables: pa.Table) -> Sample:
    """The sample with tables in the place of those that Spark would read."""
    vars(sample).update(tables)
    return sample


@pytest.mark.parametrize("path", BY_RECORDS, ids=lambda path: path.name)
def test_a_path_over_records_has_the_kernels_bits(sample: Sample, path: Path) -> None:
    assert _replayed(path, sample) == PathResult(path.name, pairs=4, values=16, mismatches={})


@pytest.mark.parametrize("path", BY_RECORDS, ids=lambda path: path.name)
def test_a_record_that_a_path_does_not_have_is_missing_and_its_pairs_are_not_compared(
    sample: Sample, path: Path
) -> None:
    without = {name: getattr(sample, name).slice(0, 5) for name in ("prepared", "records")}  # the fourth is gone
    found = _replayed(path, changed(sample, **without))
    assert (found.pairs, found.missing, found.mismatches, found.agrees) == (3, 1, {}, False)


def test_a_record_that_changed_shows_by_the_features_that_read_it(sample: Sample) -> None:
    other = sample.prepared.to_pylist()
    other[1]["bic"] = "DEUTDEFF"  # of record 0, which had none
    found = _replayed(BY_RECORDS[0], changed(sample, prepared=pa.Table.from_pylist(other, sample.prepared.schema)))
    assert found.mismatches == {"bic_agreement": 2}


def looked_up(
    answer: Callable[[str, list[str], Any], tuple[list[str], bool]],
) -> Path:
    """A path of lookups over the sample's records: `answer` says which candidates come, and whether more may be."""

    def replay(sample: Sample) -> Replayed:
        ids = sample.prepared["entity_id"].to_pylist()
        by_name = dict(zip(sample.records["name"].to_pylist(), sample.records["entity_id"].to_pylist(), strict=True))

        def lookup(record: Mapping[str, Any]) -> Found:
            left = by_name[record.get("name")]
            found, truncated = answer(left, ids, sample)
            rows = sample.prepared.take([ids.index(left), *(ids.index(entity_id) for entity_id in found)])
            compared = first_against_rest(Records(rows), sample.catalogue.pair_features)
            return {entity_id: compared.row(n) for n, entity_id in enumerate(found)}, truncated

        return sample.looked_up(lookup)

    return Path("online store", replay)


def test_candidates_of_a_lookup_are_the_pairs(sample: Sample) -> None:
    everybody = looked_up(lambda left, ids, _: ([i for i in ids if i != left], False))
    assert _replayed(everybody, sample) == PathResult("online store", pairs=4, values=16, mismatches={})


@pytest.mark.parametrize(("truncated", "missing", "left_out"), [(False, 4, 0), (True, 0, 4)])
def test_a_pair_that_no_candidate_stands_for_is_missing_unless_the_index_was_cut(
    sample: Sample, truncated: bool, missing: int, left_out: int
) -> None:
    found = _replayed(looked_up(lambda *_: ([], truncated)), sample)
    assert (found.pairs, found.missing, found.left_out, found.agrees) == (0, missing, left_out, truncated)


def test_a_path_that_cannot_be_run_says_why(sample: Sample) -> None:
    def away(_: Sample) -> Replayed:
        raise CannotRunError("nothing is online")

    assert _replayed(Path("online store", away), sample) == PathResult("online store", not_run="nothing is online")


def test_one_bit_is_a_mismatch(sample: Sample) -> None:
    def in_one_bit(asked: Sample) -> Replayed:
        found = BY_RECORDS[0].replay(asked)
        values = found.features["name_jaro_winkler"].to_numpy().copy()
        values.view(np.uint32)[0] ^= 1
        place = found.features.schema.names.index("name_jaro_winkler")
        return Replayed(
            found.features.set_column(place, "name_jaro_winkler", pa.array(values)), found.missing, found.left_out
        )

    assert _replayed(Path("astray", in_one_bit), sample).mismatches["name_jaro_winkler"] >= 1

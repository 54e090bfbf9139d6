"""What each path makes of pairs, without Spark: the kernel's bits by every way, and what is missing is told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import repeat
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.certificates import PathResult
from features.columns import Records
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import first_against_rest, score_pairs
from features.settings import Settings
from features.store import Loaded, NotRegisteredError, StoreUnavailableError
from jobs.parity import _replayed
from jobs.parity_paths import AFTER, BEFORE, Found, Path, Replayed, Sample

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
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
AWAY = StoreUnavailableError("the store is away")
of_ids = st.sets(st.integers(0, 5))
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
    answer: Callable[[str, list[str]], tuple[list[str], list[str], bool]],
) -> Path:
    """A path of lookups over the sample's records.

    `answer` says which candidates come, which were lost, and whether there may be more.
    """

    def replay(sample: Sample) -> Replayed:
        ids = sample.prepared["entity_id"].to_pylist()
        by_name = dict(zip(sample.records["name"].to_pylist(), sample.records["entity_id"].to_pylist(), strict=True))

        def lookup(record: Mapping[str, Any]) -> Found:
            left = by_name[record.get("name")]
            found, lost, truncated = answer(left, ids)
            rows = sample.prepared.take([ids.index(left), *(ids.index(entity_id) for entity_id in found)])
            compared = first_against_rest(Records(rows), sample.catalogue.pair_features)
            return {entity_id: compared.row(n) for n, entity_id in enumerate(found)}, lost, truncated

        return sample.looked_up(lookup)

    return Path("online store", replay)


def test_candidates_of_a_lookup_are_the_pairs(sample: Sample) -> None:
    everybody = looked_up(lambda left, ids: ([i for i in ids if i != left], [], False))
    assert _replayed(everybody, sample) == PathResult("online store", pairs=4, values=16, mismatches={})


@given(of_ids, of_ids, st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_a_pair_without_an_answer_is_missing_unless_the_index_was_cut_and_its_record_is_not_lost(
    sample: Sample, absent: set[int], lost: set[int], truncated: bool
) -> None:
    ids = sample.records.sort_by("entity_id")["entity_id"].to_pylist()
    gone = {ids[n] for n in absent | lost}
    named = [ids[n] for n in lost]
    path = looked_up(lambda left, _: ([i for i in ids if i not in {left, *gone}], named, truncated))
    found = _replayed(path, sample)
    missing = sum(right in lost or (right in absent and not truncated) for _, right in PAIRS)
    left_out = sum(right in absent - lost and truncated for _, right in PAIRS)
    assert (found.pairs, found.missing, found.left_out) == (4 - missing - left_out, missing, left_out)
    assert (found.mismatches, found.agrees) == ({}, not missing and left_out < 4)


Online = Callable[..., PathResult]


@pytest.fixture(params=["online store", "HTTP service"])
def online(request: pytest.FixtureRequest, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> Online:
    """Replays a path on a store that says what was loaded, and then answers each lookup; either may be an error."""
    path = next(of for of in AFTER if of.name == request.param)
    source = {"name": "s", "format": "csv", "id": "id", "path": "s.csv", "columns": {"name": "name"}}
    chosen = Settings.model_validate({"mode": "dedupe", "lake": "lake", "sources": [source]})

    def replayed(loaded: Loaded | Exception | None, answer: Mapping[str, Any] | Exception = AWAY) -> PathResult:
        library = path.name == "online store" and not isinstance(answer, Exception)
        told = SimpleNamespace(**answer) if library else answer
        asked = SimpleNamespace(lookup=Mock(side_effect=repeat(told)))
        monkeypatch.setattr("jobs.parity_paths.open_store", Mock(return_value=Mock(loaded=Mock(side_effect=[loaded]))))
        monkeypatch.setattr("jobs.parity_paths.open_lookup", lambda _: (asked, sample.catalogue))
        monkeypatch.setattr("jobs.parity_service.serving", lambda *_: nullcontext(asked))
        return _replayed(path, changed(sample, settings=chosen, as_of=NOON.isoformat()))

    return replayed


def test_a_path_is_not_run_where_its_store_cannot_be_opened_or_holds_no_load_or_another(
    online: Online, sample: Sample
) -> None:
    assert online(AWAY).not_run == "the store is away"
    assert online(None).not_run == "nothing is online; `pairlake run` loads it"
    for other in (Loaded(NOON, "f00d"), Loaded(NOON + timedelta(hours=1), sample.catalogue.fingerprint)):
        assert online(other).not_run == "what is online is of another run"


def test_a_path_that_breaks_off_while_it_is_replayed_does_not_agree(online: Online, sample: Sample) -> None:
    found = online(Loaded(NOON, sample.catalogue.fingerprint))
    assert found == PathResult(found.path, failed="the store is away")
    assert not found.agrees


def test_records_that_the_store_lost_are_missing_though_the_index_was_cut(online: Online, sample: Sample) -> None:
    lost = dict.fromkeys(sample.pairs["id_r"].to_pylist(), "the store has no record of it")
    answer = {"candidates": [], "features": {}, "missing": lost, "truncated": True}
    found = online(Loaded(NOON, sample.catalogue.fingerprint), answer)
    assert (found.missing, found.left_out, found.agrees) == (4, 0, False)


def test_a_training_frame_that_breaks_off_does_not_agree_unlike_a_store_that_cannot_be_opened_or_is_empty(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (of for of in AFTER if of.name == "offline store")
    monkeypatch.setattr("jobs.parity_paths.F", Mock())  # asks for a JVM
    store = Mock(training_frame=Mock(side_effect=AWAY))
    for opened, told in ((Mock(return_value=store), "failed"), (Mock(side_effect=AWAY), "not_run")):
        monkeypatch.setattr("jobs.parity_paths.open_training_store", opened)
        assert _replayed(path, changed(sample, frame=Mock())) == PathResult(path.name, **{told: "the store is away"})
    store.training_frame.side_effect = NotRegisteredError("nothing is registered yet")
    monkeypatch.setattr("jobs.parity_paths.open_training_store", Mock(return_value=store))
    assert _replayed(path, changed(sample, frame=Mock())).not_run == "nothing is registered yet"


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

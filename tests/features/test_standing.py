"""A run that could not end well does not begin: a broken log, or a clock that went back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from features import tables
from features.lake import Lake, LakeError
from features.standing import refuse_unsound

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROWS = pa.table({"fingerprint": ["f"], "part": ["p"], "value": ["v"]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    empty = tables.PAIR_FEATURES.schema.empty_table()
    lake.write_rows(empty, tables.PAIR_FEATURES, metadata={"as_of": NOW.isoformat()})
    lake.write_rows(ROWS, tables.CATALOGUE_VERSIONS)
    return lake


def test_a_lake_that_is_sound_or_not_there_yet_is_written_to(lake: Lake, tmp_path: Path) -> None:
    refuse_unsound(lake, NOW)
    refuse_unsound(lake, NOW + timedelta(days=1))
    refuse_unsound(Lake(str(tmp_path / "none")), NOW)


def test_a_clock_that_went_back_is_told(lake: Lake) -> None:
    with pytest.raises(LakeError, match="pair_features under .* is as of 2026-01-01T12:00:00.00:00, .* the clock went"):
        refuse_unsound(lake, NOW - timedelta(microseconds=1))


def test_a_log_that_is_broken_is_told_whichever_table_has_it(lake: Lake) -> None:
    entry = Path(lake.path(tables.CATALOGUE_VERSIONS)) / "_delta_log" / f"{0:020}.json"
    entry.write_bytes(b"\x00")
    with pytest.raises(LakeError, match="the table catalogue_versions under .* cannot be opened"):
        refuse_unsound(lake, NOW)

"""What the programs of the scale benchmark start from is what Pairlake itself prepares."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scale_programs import chosen, prepare
from features.lake import Lake
from features.tables import ENTITY_FEATURES


def test_every_arm_starts_from_prepared_records_with_keys(tmp_path: Path) -> None:
    prepare("300", "1", str(tmp_path))
    rows = Lake(str(tmp_path)).rows(ENTITY_FEATURES)
    assert rows.num_rows == 300
    assert rows.schema.names == chosen().entity_schema.names
    assert all(rows["keys"].to_pylist())
    assert rows["name_core"].null_count == 0

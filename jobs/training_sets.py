"""Training sets that a lake keeps versions for, and those of them that are gone."""

from __future__ import annotations

from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.compute as pc

from features.lake import Lake
from features.tables import TRAINING_SETS


def gone_sets(lake: Lake) -> list[str]:
    """Paths of sets in the lake that are no more there, or never came to be: stopped, or their folder was deleted.

    Of a set elsewhere none can tell: its folder may be out of reach for now. Whoever asks holds the lake: a set that is
    being made is not there yet.
    """
    if not lake.exists(TRAINING_SETS):
        return []
    paths = {path for path in lake.rows(TRAINING_SETS)["path"].to_pylist() if path and not _elsewhere(path)}
    return sorted(path for path in paths if not deltalake.DeltaTable.is_deltatable(f"{lake.root}/{path}"))


def forget_sets(lake: Lake, paths: list[str]) -> None:
    """Take away the rows of these sets."""
    rows = lake.rows(TRAINING_SETS)
    theirs = pc.fill_null(pc.is_in(rows["path"], pa.array(paths, pa.string())), False)
    lake.write_rows(rows.filter(pc.invert(theirs)), TRAINING_SETS, mode="overwrite")


def _elsewhere(path: str) -> bool:
    return "://" in path or Path(path).is_absolute()

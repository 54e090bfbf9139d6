"""Arms of the scale benchmark must find the same pairs; one that did not run is told, not hidden."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.scale_report import Arm, agreement, growth_table, peers_table
from benchmarks.watch import Stretch, Watched


def arm(name: str, folder: Path, scores: list[float | None], *, wall: float = 2.0) -> Arm:
    folder.mkdir()
    ids = [f"{n}" for n in range(len(scores))]
    table = pa.table({"id_l": ids, "id_r": ids, "name_jaro": pa.array(scores, pa.float32())})
    pq.write_table(table, folder / "part.parquet")
    watched = Watched(start=1.0, stretches=[Stretch(name, wall, 3.0)], facts={"pairs": len(scores)}, peak=10**9)
    return Arm(name, watched, folder)


def test_arms_with_the_same_pairs_agree_and_the_largest_difference_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = arm("Pairlake", tmp_path / "a", [0.5, None]), arm("Other", tmp_path / "b", [0.75, None], wall=5.0)
    missing = Arm("Absent", Watched(failure="not installed: nowhere"), tmp_path / "c")
    assert agreement([ours, theirs, missing]) == 0
    assert "name_jaro differs most, by 1.2e-01 a pair" in capsys.readouterr().out
    peers_table([ours, theirs, missing], 2, 2)
    shown = capsys.readouterr().out
    assert "not installed: nowhere" in shown
    assert "2.5" in next(line for line in shown.splitlines() if "Other" in line)


def test_other_pairs_end_with_one(tmp_path: Path) -> None:
    assert agreement([arm("Pairlake", tmp_path / "a", [0.5, 0.5]), arm("Other", tmp_path / "b", [0.5])]) == 1


def test_without_our_own_arm_nothing_agrees(tmp_path: Path) -> None:
    failed = Arm("Pairlake", Watched(failure="stopped after 1 s"), tmp_path)
    assert agreement([failed, arm("Other", tmp_path / "b", [0.5])]) == 1


def test_growth_is_the_exponent_from_one_size_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    runs = {
        1_000: Watched(stretches=[Stretch("run", 10.0, 1.0)], facts={"pairs": 50, "seconds": {"plan": 1.5}}),
        10_000: Watched(stretches=[Stretch("run", 1_000.0, 1.0)], facts={"pairs": 50, "seconds": {"plan": 2.5}}),
        20_000: Watched(failure="stopped after 3,600 s"),
    }
    growth_table(runs, 2)
    shown = capsys.readouterr().out
    assert "2.00" in shown
    assert "stopped after 3,600 s" in shown
    assert "plan" in shown

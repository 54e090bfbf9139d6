"""A watched program tells what it marks; one that fails or takes too long is told as such."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.watch import watch

PROGRAM = """
import json
print("begin work", flush=True)
held = b"x" * 50_000_000
total = sum(range(2_000_000))
print("end work", flush=True)
print("fact", json.dumps({"total": total}), flush=True)
"""


def test_marked_work_is_measured_and_facts_are_kept(tmp_path: Path) -> None:
    watched = watch([sys.executable, "-c", PROGRAM], limit=60, log=tmp_path / "log")
    assert [stretch.name for stretch in watched.stretches] == ["work"]
    assert watched.stretches[0].wall > 0
    assert watched.start > 0
    assert watched.facts == {"total": 1999999000000}
    assert watched.failure == ""


def test_a_failure_is_told_with_the_last_line_it_said(tmp_path: Path) -> None:
    watched = watch([sys.executable, "-c", "raise SystemExit('no such engine')"], limit=60, log=tmp_path / "log")
    assert "no such engine" in watched.failure
    assert watched.stretches == []


def test_a_program_over_its_limit_is_stopped(tmp_path: Path) -> None:
    watched = watch([sys.executable, "-c", "import time; time.sleep(600)"], limit=0.5, log=tmp_path / "log")
    assert watched.failure.startswith("stopped after")

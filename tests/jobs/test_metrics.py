"""Figures of a run for a monitor: in the text format of Prometheus, nothing missing given as 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from features.run import Fallback
from jobs.reported import report_of_lake


def parsed(file: Path) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By an own reading of the format, that of the library that Prometheus itself publishes."""
    families = list(text_string_to_metric_families(file.read_text(encoding="utf-8")))
    assert all(family.documentation and family.type == "gauge" for family in families)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for of in families for s in of.samples}


def test_the_file_holds_the_figures_of_the_report_with_help_and_type(ended: Any, tmp_path: Path) -> None:
    file = tmp_path / "pairlake.prom"
    counts = {"records read": {"h": 100}, "values emptied": {"name": 3}}
    seconds = {"gate: raw_entities": 1.25, 'odd "stage"\\\n': 2.0}
    run = ended.run({"name_token_sort": [0.1, None]}, metrics={"file": str(file)}, counts=counts, seconds=seconds)
    found = parsed(file)
    figures = report_of_lake(ended.lake, run.run_id)["metrics"]
    assert len(found) == len(figures)
    assert sorted(found.values()) == sorted(figures.values())
    assert found["pairlake_run_succeeded", ()] == 1
    assert found["pairlake_records_read", (("source", "h"),)] == 100
    assert found["pairlake_stage_seconds", (("stage", "gate: raw_entities"),)] == 1.25
    assert found["pairlake_stage_seconds", (("stage", 'odd "stage"\\\n'),)] == 2
    assert found["pairlake_feature_missing_share", (("feature", "name_token_sort"),)] == 0.5
    assert found["pairlake_pairs_in_force", ()] == 2
    assert figures['pairlake_records_read{source="h"}'] == 100


def test_what_a_run_does_not_have_is_left_out_and_never_0(ended: Any, tmp_path: Path) -> None:
    file = tmp_path / "pairlake.prom"
    ended.run(outcome="failed", metrics={"file": str(file)})
    found = {name for name, _ in parsed(file)}
    assert not found & {"pairlake_pairs_in_force", "pairlake_blocks", "pairlake_feature_missing_share"}
    assert parsed(file)["pairlake_run_succeeded", ()] == 0


def test_a_file_is_replaced_by_the_next_run(ended: Any, tmp_path: Path) -> None:
    file = tmp_path / "pairlake.prom"
    for outcome in ("failed", "published"):
        ended.run(outcome=outcome, metrics={"file": str(file)})
    assert parsed(file)["pairlake_run_succeeded", ()] == 1
    assert [path.name for path in tmp_path.iterdir() if "prom" in path.name] == ["pairlake.prom"]


def test_steps_down_are_counted_by_what_gave_way(ended: Any, tmp_path: Path) -> None:
    file = tmp_path / "pairlake.prom"
    steps = [Fallback("blocking", "a"), Fallback("blocking", "b"), Fallback("encoder", "c")]
    ended.run(metrics={"file": str(file)}, fallbacks=steps)
    found = parsed(file)
    assert found["pairlake_fallbacks", ()] == 3
    assert found["pairlake_fallbacks_by_rung", (("rung", "blocking"),)] == 2

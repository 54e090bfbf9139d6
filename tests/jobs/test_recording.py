"""What a run leaves for others to see: the report in the lake, made anew from the lake alone, however the run ended."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from features import tables
from features.kernel.plan import BudgetExceededError
from features.lake import Lake
from features.profiles import profile_before, profile_of_run
from jobs.reported import report_of_lake

pytestmark = pytest.mark.spark


def copied(harbour: Any, root: Path) -> Lake:
    """A lake like the harbour's, which tests may change."""
    shutil.copytree(harbour.lake.root, root / "lake")
    return Lake(str(root / "lake"))


def in_lake(lake: Lake, run_id: str) -> Any:
    return json.loads(Path(f"{lake.root}/reports/{run_id}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def first(harbour: Any) -> Any:
    return in_lake(harbour.lake, harbour.run.run_id)


@pytest.fixture(scope="module")
def stopped(harbour: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lake and the report of a run that was stopped by its budget."""
    from jobs.pipeline import Pipeline  # noqa: PLC0415

    root = tmp_path_factory.mktemp("stopped")
    lake = copied(harbour, root)
    blocking = {**harbour.settings().blocking.model_dump(), "pair_budget": 1, "over_budget": []}
    outputs = {"metrics": {"file": str(root / "m.prom")}, "lineage": {"file": str(root / "events")}}
    pipeline = Pipeline(harbour.settings(lake=lake.root, blocking=blocking, **outputs), harbour.spark)
    with pytest.raises(BudgetExceededError):
        pipeline.publish()
    return lake, in_lake(lake, pipeline.run.run_id)


@pytest.fixture(scope="module")
def refreshed(harbour: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lake, the run and the report of a refresh after one record took the name of another."""
    from jobs.refresh import Refresh  # noqa: PLC0415

    root = tmp_path_factory.mktemp("refreshed")
    lake, source = copied(harbour, root), harbour.root / "h.csv"
    lines = source.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace(lines[3].split(",")[1], lines[1].split(",")[1])
    outputs = {"metrics": {"file": str(root / "no" / "such" / "folder.prom")}}
    try:
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run = Refresh(harbour.settings(lake=lake.root, **outputs), harbour.spark).publish()
    finally:
        harbour.write()
    return lake, run, in_lake(lake, run.run_id)


def test_every_run_leaves_a_report_that_can_be_made_anew_from_the_lake_alone(harbour: Any, first: Any) -> None:
    assert report_of_lake(harbour.lake, harbour.run.run_id, f"{harbour.lake.root}/reports") == first
    page = Path(f"{harbour.lake.root}/reports/{harbour.run.run_id}.html").read_text(encoding="utf-8")
    assert harbour.run.checksum in page
    assert harbour.run.report == f"{harbour.lake.root}/reports/{harbour.run.run_id}.html"


def test_a_report_says_how_rows_went_in_and_out(harbour: Any, first: Any) -> None:
    flow = {step["step"]: (step["in"], step["out"]) for step in first["flow"]}
    records, pairs = harbour.frame(tables.RAW_ENTITIES).count(), harbour.frame(tables.PAIR_FEATURES).count()
    assert flow["read the sources"] == (records, records)
    assert flow["gate: raw_entities"] == (records, records)
    assert flow["block and compare"] == (first["plan"]["pairs"], pairs)
    assert flow["in force: pair_features"] == (None, pairs)
    assert sum(size["pairs"] for size in first["plan"]["sizes"]) == first["plan"]["pairs"]


def test_the_manifest_names_versions_statistics_and_encoder(harbour: Any, first: Any) -> None:
    commit = harbour.lake.last_commit(tables.PAIR_FEATURES)
    assert first["versions"]["written"]["pair_features"] == commit["version"]
    assert first["versions"]["read"]["raw_entities"] == first["versions"]["written"]["raw_entities"]
    assert first["run"]["statistics"] in set(harbour.rows(tables.TOKEN_STATISTICS)["version"].to_pylist())
    assert first["run"]["encoder"].startswith("wordllama")


def test_distributions_count_the_pairs_in_force(harbour: Any, first: Any) -> None:
    pairs = harbour.pairs()
    of = first["distributions"]["features"]["country_equal"]
    assert first["distributions"]["pairs"] == len(pairs) == sum(of["counts"]) + of["missing"]
    assert of["missing"] == sum(pair["country_equal"] is None for pair in pairs)
    assert of["counts"][-1] == sum(pair["country_equal"] == 1 for pair in pairs)
    assert (first["distributions"]["compared_with"], of["stability"]) == (None, None)


def test_no_report_holds_a_value_of_a_record(harbour: Any, first: Any) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in Path(f"{harbour.lake.root}/reports").iterdir())
    values = [
        value
        for row in harbour.rows(tables.RAW_ENTITIES).to_pylist()
        for value in (row["name"], row["bic"], row["entity_id"])
        if value
    ]
    assert not [value for value in values if value in written]


def test_a_run_that_fails_leaves_a_report_with_what_stopped_it(stopped: Any) -> None:
    lake, report = stopped
    assert report["run"]["outcome"] == "failed"
    assert "pair" in report["run"]["error"]
    assert report["run"]["published_version"] is None
    assert report["distributions"] is None
    assert "pair_features" not in report["versions"]["written"]
    folder = f"{lake.root}/reports"
    assert report_of_lake(lake, report["run"]["run_id"], folder) == report
    assert report_of_lake(lake, None, folder) == report  # the last one


def test_metrics_lie_in_a_file_for_a_monitor(stopped: Any) -> None:
    lake, report = stopped
    assert report["metrics"]["pairlake_run_succeeded"] == 0
    written = (Path(lake.root).parent / "m.prom").read_text(encoding="utf-8")
    assert "pairlake_run_succeeded 0.0\n" in written
    assert "# TYPE pairlake_stage_seconds gauge\n" in written


def test_a_refresh_is_compared_with_the_run_before(harbour: Any, refreshed: Any) -> None:
    lake, run, report = refreshed
    found = report["distributions"]
    assert report["run"]["kind"] == "refresh"
    assert found["compared_with"] == harbour.run.run_id
    assert found["pairs_before"] == profile_of_run(lake, harbour.run.run_id).pairs
    assert profile_before(lake, run.run_id)[0] == harbour.run.run_id
    was = found["features"]["name_token_sort"]["before"]
    assert sum(was["counts"]) + was["missing"] == found["pairs_before"]
    assert found["features"]["name_token_sort"]["stability"]["index"] > 0
    read, written = report["versions"]["read"], report["versions"]["written"]
    assert all(read[table] < written[table] for table in ("raw_entities", "entity_features", "pair_features"))


def test_what_cannot_be_written_is_a_step_down_and_no_failure(refreshed: Any) -> None:
    _, run, report = refreshed
    assert run.outcome == "published"
    assert [step["rung"] for step in report["fallbacks"]] == ["metrics"]
    assert "No such file or directory" in report["fallbacks"][0]["why"]

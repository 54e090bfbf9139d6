"""The report of a run as data, from the lake alone: what went in and out, what stood before, what was left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.lake import LakeError
from features.profiles import profile_before, profile_of_run
from features.tables import PAIR_FEATURES, RUN_MANIFEST
from jobs.reported import report_of_lake

VERDICT = {
    "table": "raw_entities",
    "passed": True,
    "rows": 90,
    "quarantined": 6,
    "reasons": {"duplicate_id": 4, "malformed": 2},
    "rules": [],
}


def written(ended: Any, run: Any) -> Any:
    return json.loads(Path(f"{ended.lake.root}/reports/{run.run_id}.json").read_text(encoding="utf-8"))


def test_a_report_is_the_same_when_it_is_made_anew_whatever_came_later(ended: Any) -> None:
    first = ended.run({"name_token_sort": [0.1, None]})
    second = ended.run({"name_token_sort": [0.9, 1.0]})
    failed = ended.run(outcome="failed", error="the source is gone")
    for run in (first, second, failed):
        assert report_of_lake(ended.lake, run.run_id) == written(ended, run)
    assert report_of_lake(ended.lake, None)["run"]["run_id"] == failed.run_id


def test_a_run_is_compared_with_the_last_one_that_published_before_it(ended: Any) -> None:
    first = ended.run({"name_token_sort": [0.1] * 500})
    ended.run(outcome="failed")
    third = written(ended, ended.run({"name_token_sort": [0.9] * 500}))
    assert third["distributions"]["compared_with"] == first.run_id
    moved = third["distributions"]["features"]["name_token_sort"]
    assert moved["stability"]["shifted"]
    assert sum(moved["before"]["counts"]) == 500
    assert not third["distributions"]["features"]["country_equal"]["stability"]["shifted"]


def test_a_first_run_is_compared_with_nothing_and_one_that_fails_has_no_distributions(ended: Any) -> None:
    first = written(ended, ended.run({"name_token_sort": [0.1]}))
    assert first["distributions"]["compared_with"] is None
    assert first["distributions"]["features"]["name_token_sort"]["stability"] is None
    assert written(ended, ended.run(outcome="failed"))["distributions"] is None


def test_distributions_can_be_left_out(ended: Any) -> None:
    run = ended.run({"name_token_sort": [0.1]}, report={"distributions": False})
    assert profile_of_run(ended.lake, run.run_id) is None
    assert written(ended, run)["distributions"] is None


def test_a_version_that_was_counted_before_is_not_counted_again(ended: Any) -> None:
    first = ended.run({"name_token_sort": [0.1, 0.5]})
    for file in ended.lake.data_files(PAIR_FEATURES):
        Path(file).unlink()
    again = ended.run(published_version=first.published_version, counts={"pair_features": 2})
    assert profile_of_run(ended.lake, again.run_id) == profile_of_run(ended.lake, first.run_id)
    assert profile_before(ended.lake, again.run_id)[0] == first.run_id


def test_rows_go_in_and_out_step_by_step(ended: Any) -> None:
    pairs = {**VERDICT, "table": "pair_features", "rows": 40, "quarantined": 0, "reasons": {}}
    counts = {"records read": {"h": 100}, "copies merged": 4, "pairs pruned": 9}
    plan = {"pairs": 60, "blocks": 7, "budget": 100, "rules": []}
    run = ended.run({"name_token_sort": [0.1] * 40}, counts=counts, verdicts=[VERDICT, pairs], plan=plan)
    report = written(ended, run)
    assert [(of["step"], of["in"], of["out"], of["of_these"]) for of in report["flow"]] == [
        ("read the sources", 100, 96, {"copies merged": 4}),
        ("gate: raw_entities", 96, 90, {"quarantined": 6}),
        ("block and compare", 60, 40, {"pruned": 9}),
        ("gate: pair_features", 40, 40, {}),
        ("in force: pair_features", None, 40, {}),
    ]
    assert report["quarantine"] == {"raw_entities": {"duplicate_id": 4, "malformed": 2}}


def test_a_table_that_its_gate_stopped_lets_nothing_out(ended: Any) -> None:
    run = ended.run(outcome="failed", verdicts=[{**VERDICT, "passed": False}])
    assert written(ended, run)["flow"] == [
        {"step": "gate: raw_entities", "in": 96, "out": 0, "of_these": {"quarantined": 6}}
    ]


def test_versions_that_were_read_and_written_are_told(ended: Any) -> None:
    ended.run({"name_token_sort": [0.1]})
    report = written(ended, ended.run({"name_token_sort": [0.2]}))
    assert report["versions"]["written"] == {"pair_features": 1, "pair_profiles": 1}


def test_data_docs_that_a_verdict_names_are_linked_where_they_lie(ended: Any, tmp_path: Path) -> None:
    verdict = {**VERDICT, "docs": "data_docs/run/raw_entities.html"}
    assert written(ended, ended.run(verdicts=[verdict]))["links"] == {}
    docs = Path(ended.lake.root) / verdict["docs"]
    docs.parent.mkdir(parents=True)
    docs.write_text("docs", encoding="utf-8")
    name = "Data Docs of raw_entities"
    assert written(ended, ended.run(verdicts=[verdict]))["links"] == {name: f"../{verdict['docs']}"}
    run = ended.run(verdicts=[verdict], report={"folder": str(tmp_path / "elsewhere" / "reports")})
    other = json.loads((tmp_path / "elsewhere" / "reports" / f"{run.run_id}.json").read_text(encoding="utf-8"))
    assert other["links"] == {name: f"../../lake/{verdict['docs']}"}


def test_a_run_that_is_not_there_is_refused_with_the_nearest(ended: Any) -> None:
    run = ended.run()
    with pytest.raises(LakeError, match=f"holds no run '{run.run_id[:-2]}'; did you mean '{run.run_id}'"):
        report_of_lake(ended.lake, run.run_id[:-2])


def test_a_manifest_of_before_reports_what_it_has(ended: Any) -> None:
    run = ended.run()
    old = ended.lake.rows(RUN_MANIFEST).to_pylist()[0]
    row = {**old, "run_id": "20200101T000000.000000Z", "details": json.dumps({"counts": {}, "seconds": {"plan": 1.5}})}
    ended.lake.write_rows(pa.Table.from_pylist([row], RUN_MANIFEST.schema), RUN_MANIFEST)
    report = report_of_lake(ended.lake, row["run_id"])
    assert (report["run"]["kind"], report["run"]["encoder"], report["versions"]) == ("run", None, {})
    assert report["stages"] == [{"stage": "plan", "seconds": 1.5}]
    assert run.run_id != report["run"]["run_id"]

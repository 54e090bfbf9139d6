"""Figures for CloudWatch: what alarms look at, nothing missing given as 0, and never the end of a run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from features.settings import Settings, SettingsError, load
from jobs.cloud_metrics import CloudMetricsError, put_metrics, watched
from jobs.reported import report_of_lake

ALARMS = Path(__file__).parents[2] / "infra/terraform/modules/observability"

VERDICTS = [
    {"table": "raw_entities", "passed": True, "rows": 90, "quarantined": 10, "reasons": {}, "docs": None},
    {"table": "pair_features", "passed": False, "rows": 50, "quarantined": 0, "reasons": {}, "docs": None},
]


class CloudWatch:
    def __init__(self, error: Exception | None = None) -> None:
        self.put: list[dict[str, Any]] = []
        self.error = error

    def put_metric_data(self, **given: Any) -> None:
        if self.error:
            raise self.error
        self.put.append(given)


def report(**parts: Any) -> dict[str, Any]:
    run = dict.fromkeys(("run_id", "kind", "mode", "fingerprint", "code_version"), "x")
    run |= {"outcome": "published", "seconds": 12.5, "ended_at": "2026-01-01T00:00:00+00:00", "published_version": 3}
    empty: dict[str, Any] = {"stages": [], "fallbacks": [], "verdicts": [], "quarantine": {}, "counts": {}, "plan": {}}
    return {"run": run, **empty, "distributions": None, **parts}


def test_gates_quarantine_and_records_are_one_number_each() -> None:
    found = watched(report(verdicts=VERDICTS, counts={"records read": {"a": 60, "b": 40}, "pair_features": 50}))
    assert found["gates_failed"] == 1
    assert found["quarantined_share"] == 0.1
    assert found["records_read"] == 100
    assert found["pairs_in_force"] == 50
    assert found["run_succeeded"] == 1


def test_what_a_run_does_not_have_is_left_out_and_never_0() -> None:
    found = watched(report())
    assert not found.keys() & {"gates_failed", "quarantined_share", "records_read", "pairs_in_force"}
    assert found["fallbacks"] == 0


def test_every_figure_that_an_alarm_or_the_dashboard_looks_at_is_put() -> None:
    given = watched(report(verdicts=VERDICTS, counts={"records read": {"a": 1}, "pair_features": 1}))
    text = (ALARMS / "alarms.tf").read_text(encoding="utf-8").split("of_services")[0]
    looked_at = set(re.findall(r'metric\s*=\s*"(\w+)"', text))
    shown = re.findall(r"metrics = \[([^\]]+)\]", (ALARMS / "dashboard.tf").read_text(encoding="utf-8"))
    looked_at |= {name for names in shown for name in re.findall(r'"(\w+)"', names)}
    assert looked_at
    assert looked_at <= given.keys()


def test_they_are_put_into_one_namespace_dated_by_the_end_of_the_run() -> None:
    cloud = CloudWatch()
    put_metrics(report(verdicts=VERDICTS), "pairlake-dev", cloud)
    (given,) = cloud.put
    assert given["Namespace"] == "pairlake-dev"
    assert {one["Timestamp"].isoformat() for one in given["MetricData"]} == {"2026-01-01T00:00:00+00:00"}
    assert {one["MetricName"] for one in given["MetricData"]} == watched(report(verdicts=VERDICTS)).keys()


def test_a_refusal_is_told_by_its_code() -> None:
    error = RuntimeError("arn of somebody")
    error.response = {"Error": {"Code": "AccessDenied"}}  # type: ignore[attr-defined]
    with pytest.raises(CloudMetricsError, match="AccessDenied; the role wants"):
        put_metrics(report(), "pairlake-dev", CloudWatch(error))


def test_without_boto3_a_run_goes_on_and_says_what_to_install(ended: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    run = ended.run(metrics={"cloudwatch": "pairlake-dev"})
    (step,) = report_of_lake(ended.lake, run.run_id)["fallbacks"]
    assert step["rung"] == "metrics"
    assert "pairlake[aws]" in str(step)


@pytest.mark.parametrize("namespace", ["AWS/EC2", "", "pairlake dev"])
def test_a_namespace_that_cloudwatch_would_refuse_is_refused_at_once(tmp_path: Path, namespace: str) -> None:
    file = tmp_path / "s.toml"
    source = '[[sources]]\nname = "a"\nformat = "csv"\npath = "a.csv"\nid = "i"\n[sources.columns]\nname = "n"\n'
    file.write_text(f'mode = "dedupe"\nlake = "l"\n{source}[metrics]\ncloudwatch = "{namespace}"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="cloudwatch"):
        load(file)


def test_where_figures_go_changes_no_result() -> None:
    source = {"name": "h", "format": "csv", "id": "id", "path": "h.csv", "columns": {"name": "name"}}
    given = {"mode": "dedupe", "lake": "l", "sources": [source]}
    there = Settings.model_validate({**given, "metrics": {"cloudwatch": "pairlake-dev"}})
    assert there.hash == Settings.model_validate(given).hash

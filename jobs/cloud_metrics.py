"""Figures of a run in CloudWatch: few, without labels, those that the alarms and the dashboard of infra/ look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from features.errors import PairlakeError
from jobs.metrics import figures

_AS_THEY_ARE = ("run_succeeded", "run_seconds", "fallbacks", "pairs_in_force", "records_changed")
"""Figures of the report that have no labels."""


class CloudMetricsError(PairlakeError):
    """CloudWatch did not take the figures; the message says what was found and what to do."""


def watched(report: Mapping[str, Any]) -> dict[str, float]:
    """What is put into CloudWatch, by name; a figure that the run does not have is left out, never 0.

    `gates_failed` counts tables that did not pass; `quarantined_share`, from 0 to 1, is of the table that lost most.
    """
    found = figures(report)
    named = {name: found.get(f"pairlake_{name}") for name in _AS_THEY_ARE}
    verdicts = report["verdicts"]
    if verdicts:
        named["gates_failed"] = sum(not of["passed"] for of in verdicts)
        named["quarantined_share"] = max(of["quarantined"] / max(1, of["rows"] + of["quarantined"]) for of in verdicts)
    read = report["counts"].get("records read")
    if read:
        named["records_read"] = sum(read.values())
    return {name: float(value) for name, value in named.items() if value is not None}


def put_metrics(report: Mapping[str, Any], namespace: str, client: Any = None) -> None:
    """Put the figures of a report into a namespace, dated by the end of the run; CloudMetricsError where that fails."""
    client = client or _client()
    ended = datetime.fromisoformat(report["run"]["ended_at"])
    data = [
        {"MetricName": name, "Timestamp": ended, "Value": value, "Unit": "None"}
        for name, value in watched(report).items()
    ]
    try:
        client.put_metric_data(Namespace=namespace, MetricData=data)
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        raise CloudMetricsError(
            f"CloudWatch did not take the figures for {namespace}: {code}; the role wants cloudwatch:PutMetricData"
        ) from error


def _client() -> Any:
    try:
        import boto3  # noqa: PLC0415  optional: who runs on one machine needs no AWS
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise CloudMetricsError("[metrics] cloudwatch wants boto3, which is not here: install pairlake[aws]") from error
    try:
        return boto3.client(
            "cloudwatch", config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3})
        )
    except Exception as error:  # no region, a broken profile
        raise CloudMetricsError(f"CloudWatch cannot be reached: {error}") from error

"""Figures of a run by name, and the same for a monitor in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

Labelled = Mapping[Any, float | int | None]
"""Values of the labels → value; None where the run has none."""


def figures(report: Mapping[str, Any]) -> dict[str, float]:
    """Every figure of a report, under its name with its labels: `pairlake_stage_seconds{stage="plan"}`."""
    return {_named(sample): sample.value for family in _families(report) for sample in family.samples}


def write_metrics(report: Mapping[str, Any], file: str) -> None:
    """The figures in a file, which is replaced as a whole; OSError where it cannot be written."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(list(_families(report))))
    write_to_textfile(file, registry)


class _Given(Collector):
    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _named(sample: Any) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}}" if labels else str(sample.name)


def _families(report: Mapping[str, Any]) -> Iterator[GaugeMetricFamily]:
    """One family a figure; what the run does not have is left out, never 0."""
    for name, doc, labels, values in (*_of_run(report), *_of_tables(report), *_of_pairs(report)):
        family = GaugeMetricFamily(f"pairlake_{name}", doc, labels=labels)
        for of, value in values.items():
            if value is not None:
                family.add_metric(of, value)
        if family.samples:
            yield family


_Figure = tuple[str, str, tuple[str, ...], Labelled]


def _of_run(report: Mapping[str, Any]) -> Iterator[_Figure]:
    run = report["run"]
    ended = datetime.fromisoformat(run["ended_at"]).timestamp()
    rungs = Counter(step["rung"] for step in report["fallbacks"])
    stages = {(of["stage"],): of["seconds"] for of in report["stages"]}
    yield (
        "run_succeeded",
        "1 when the last run or refresh published and loaded all it should.",
        (),
        {(): int(run["outcome"] == "published")},
    )
    yield (
        "run_info",
        "1, with who made it.",
        ("run", "kind", "outcome", "mode", "fingerprint", "code_version"),
        {tuple(run[name] for name in ("run_id", "kind", "outcome", "mode", "fingerprint", "code_version")): 1},
    )
    yield "run_ended_timestamp_seconds", "When the last run or refresh ended, in Unix time.", (), {(): ended}
    yield "run_seconds", "How long it took.", (), {(): run["seconds"]}
    yield "stage_seconds", "How long each stage took.", ("stage",), stages
    yield "fallbacks", "Steps down, all rungs together.", (), {(): len(report["fallbacks"])}
    yield "fallbacks_by_rung", "Steps down by what gave way.", ("rung",), {(rung,): n for rung, n in rungs.items()}
    yield "published_version", "Version of pair_features that it published.", (), {(): run["published_version"]}


def _of_tables(report: Mapping[str, Any]) -> Iterator[_Figure]:
    counts, verdicts = report["counts"], report["verdicts"]
    reasons = {(table, why): n for table, of in report["quarantine"].items() for why, n in of.items()}
    yield "records_read", "Records read.", ("source",), {(s,): n for s, n in counts.get("records read", {}).items()}
    yield "copies_merged", "Exact copies of a record that were merged.", (), {(): counts.get("copies merged")}
    yield "records_changed", "Records that a refresh found changed.", (), {(): counts.get("records changed")}
    yield (
        "gate_passed",
        "1 when a table passed its gate, 0 when it did not.",
        ("table",),
        {(of["table"],): int(of["passed"]) for of in verdicts},
    )
    yield (
        "gate_rows",
        "Rows that were judged and break no row rule.",
        ("table",),
        {(of["table"],): of["rows"] for of in verdicts},
    )
    yield (
        "quarantined_rows",
        "Rows that were turned away.",
        ("table",),
        {(of["table"],): of["quarantined"] for of in verdicts},
    )
    yield "quarantine_reasons", "Rows that were turned away, by rule.", ("table", "rule"), reasons
    yield (
        "values_emptied",
        "Values that standardisation found to say nothing.",
        ("field",),
        {(field,): n for field, n in counts.get("values emptied", {}).items()},
    )


def _of_pairs(report: Mapping[str, Any]) -> Iterator[_Figure]:
    counts, plan = report["counts"], report["plan"]
    features = (report["distributions"] or {"features": {}})["features"]
    yield "blocks", "Blocks of the plan.", (), {(): plan.get("blocks")}
    yield "pairs_planned", "Pairs of the plan, once for each of their blocks.", (), {(): plan.get("pairs")}
    yield "pair_budget", "Most pairs that a plan may build.", (), {(): plan.get("budget")}
    yield "pairs_pruned", "Pairs that reached no floor of [prune].", (), {(): counts.get("pairs pruned")}
    yield "pairs_made_anew", "Pairs that a refresh compared.", (), {(): counts.get("pairs made anew")}
    yield "pairs_retracted", "Pairs that a refresh took back.", (), {(): counts.get("pairs retracted")}
    yield "pairs_in_force", "Pairs in force after it published.", (), {(): counts.get("pair_features")}
    yield (
        "feature_missing_share",
        "Share of pairs without a value.",
        ("feature",),
        {(name,): of["missing_share"] for name, of in features.items()},
    )
    yield (
        "feature_stability_index",
        "How far it moved since the run before; from 0.1 on it shifted.",
        ("feature",),
        {(name,): (of["stability"] or {}).get("index") for name, of in features.items()},
    )

"""OpenLineage events of a run or refresh, to a file or an endpoint.

Events follow the OpenLineage object model 2-0-2; each facet names its own schema. Datasets are named by its naming
rules: a local path under `file`, an object store's by its bucket. No event holds a value of a record.

They are made as data: the project's own client is no shorter to feed, looks for settings in the environment and in the
working folder, and adds what it finds there.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pyarrow as pa
import pyspark
import requests

from features import outputs, tables
from features.catalogue import Catalogue
from features.errors import PairlakeError
from features.lake import Lake
from features.run import KEPT, Run
from features.tables import Table

_SPEC = "https://openlineage.io/spec"
_FACETS = {
    "schema": "1-2-0/SchemaDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "dataQualityMetrics": "1-0-1/DataQualityMetricsDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
}
_OURS = "urn:pairlake:facets:run:1"
"""Names the schema of `pairlake_run`, which docs/reports.md describes."""

EventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]
Event = dict[str, Any]


class LineageError(PairlakeError):
    """An event could not be sent; the message says why."""


def start_event(run: Run) -> Event:
    """What is told when a run begins: the sources it will read."""
    return _event(run, "START", run.started_at, {}, _sources(run), [])


def end_event(run: Run, report: Mapping[str, Any], lake: Lake, catalogue: Catalogue) -> Event:
    """What is told when a run has ended: what it read, judged and wrote, and how it ended.

    ABORT where nothing was published because the plan was over its budget, FAIL after an error.
    """
    stopped = run.error or run.outcome == "failed"
    kind: EventType = "FAIL" if stopped else "ABORT" if run.outcome == KEPT else "COMPLETE"
    read, written = (report["versions"].get(of, {}) for of in ("read", "written"))
    before = {name: at for name, at in read.items() if at != written.get(name)}  # not what the run wrote itself
    inputs = [*_sources(run), *(_table(lake, t, before[t.name]) for t in tables.ALL if t.name in before)]
    inputs += [_judged(lake, verdict) for verdict in report["verdicts"]]
    outputs = [_written(lake, t, written[t.name], report, catalogue) for t in tables.ALL if t.name in written]
    ended = datetime.fromisoformat(report["run"]["ended_at"])
    return _event(run, kind, ended, dict(_run_facets(report)), inputs, outputs)


def send(event: Event, to: outputs.Lineage) -> None:
    """Append the event to the file and post it to the endpoint of the settings; LineageError where it is lost."""
    text = json.dumps(event, ensure_ascii=False, sort_keys=True)
    if to.file:
        try:
            with Path(to.file).expanduser().open("a", encoding="utf-8") as lines:
                lines.write(text + "\n")
        except OSError as error:
            raise LineageError(f"the file of lineage events cannot be written: {error.strerror}") from error
    if to.url:
        _post(text, to.url, to)


def _post(text: str, url: str, to: outputs.Lineage) -> None:
    address = url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/api/v1/lineage"
    headers = {"Content-Type": "application/json", **_key(to.api_key_env)}
    try:
        answer = requests.post(
            address, data=text.encode(), headers=headers, timeout=to.timeout_seconds, allow_redirects=False
        )
    except requests.RequestException as error:
        raise LineageError(f"the endpoint of lineage events did not answer: {type(error).__name__}") from error
    if not 200 <= answer.status_code < 300:
        raise LineageError(f"the endpoint of lineage events refused one: status {answer.status_code}")


def _key(variable: str | None) -> dict[str, str]:
    if not variable:
        return {}
    if not os.environ.get(variable):
        raise LineageError(f"[lineage] api_key_env names {variable}, which the environment does not have; set it")
    return {"Authorization": f"Bearer {os.environ[variable]}"}


def dataset(path: str) -> dict[str, str]:
    """Namespace and name of a path by OpenLineage's naming rules; s3a and s3n are s3."""
    scheme, divides, rest = path.partition("://")
    if divides:
        authority, _, inside = rest.partition("/")
        return {"namespace": f"{'s3' if scheme in ('s3a', 's3n') else scheme}://{authority}", "name": inside or "/"}
    if path.startswith("package:"):
        return {"namespace": "python-package", "name": path.removeprefix("package:")}
    return {"namespace": "file", "name": str(Path(path).expanduser().absolute())}


# --- the parts of an event ---


def _event(
    run: Run,
    kind: EventType,
    at: datetime,
    run_facets: Mapping[str, Any],
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
) -> Event:
    namespace = run.settings.lineage.namespace
    name = f"{Path(run.settings.lake).name or 'lake'}.{run.kind}"
    job_type = _facet("jobType", processingType="BATCH", integration="PAIRLAKE", jobType="JOB")
    engine = _facet("processing_engine", version=pyspark.__version__, name="spark", openlineageAdapterVersion=_ours())
    return {
        "eventType": kind,
        "eventTime": at.astimezone(UTC).isoformat(),
        "producer": _producer(),
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_uuid(run), "facets": {"processing_engine": engine, **run_facets}},
        "job": {"namespace": namespace, "name": name, "facets": {"jobType": job_type}},
        "inputs": inputs,
        "outputs": outputs,
    }


def run_uuid(run: Run) -> str:
    """The run's id as OpenLineage wants one; follows from the lake and the run id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"pairlake:{run.settings.lake}:{run.run_id}"))


def _run_facets(report: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    run = report["run"]
    if run["error"]:
        yield "errorMessage", _facet("errorMessage", message=run["error"], programmingLanguage="PYTHON")
    names = ("run_id", "kind", "outcome", "mode", "fingerprint", "settings_hash", "statistics", "encoder", "checksum")
    ours = {name: run[name] for name in names if run[name] is not None}
    yield "pairlake_run", {"_producer": _producer(), "_schemaURL": _OURS, **ours, "fallbacks": report["fallbacks"]}


def _sources(run: Run) -> list[dict[str, Any]]:
    namespace = run.settings.lineage.namespace
    sources = run.settings.sources
    named = [dataset(of.path) if of.path else {"namespace": namespace, "name": str(of.table)} for of in sources]
    return [of for at, of in enumerate(named) if of not in named[:at]]


def _table(lake: Lake, table: Table, at: int) -> dict[str, Any]:
    return {**dataset(lake.path(table)), "facets": {"version": _facet("version", datasetVersion=str(at))}}


def _judged(lake: Lake, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What stood before a gate: not the table in force, which it may never have become."""
    assertions = [
        {
            "assertion": rule["name"],
            "success": rule["passed"],
            "severity": "error" if rule["on_breach"] == "stop" else "warn",
            "expected": rule["wanted"],
            "actual": rule["observed"],
        }
        for rule in verdict["rules"]
    ]
    quality = _facet("dataQualityAssertions", assertions=assertions)
    return {**dataset(f"{lake.root}/staged/{verdict['table']}"), "inputFacets": {"dataQualityAssertions": quality}}


def _written(lake: Lake, table: Table, at: int, report: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    schemas = {
        tables.STANDARDISED_ENTITIES: catalogue.standardised_schema,
        tables.ENTITY_FEATURES: catalogue.entity_schema,
        tables.PAIR_FEATURES: catalogue.pair_schema,
    }
    of = _table(lake, table, at)
    of["facets"]["schema"] = _schema(schemas.get(table, table.schema))
    if table is tables.PAIR_FEATURES and report["distributions"]:
        of["facets"]["dataQualityMetrics"] = _quality(report["distributions"])
    rows = report["counts"].get(table.name)
    if rows is not None:
        of["outputFacets"] = {"outputStatistics": _facet("outputStatistics", rowCount=rows)}
    return of


def _schema(schema: pa.Schema) -> dict[str, Any]:
    return _facet("schema", fields=[{"name": field.name, "type": str(field.type)} for field in schema])


def _quality(found: Mapping[str, Any]) -> dict[str, Any]:
    nulls = {name: {"nullCount": of["missing"]} for name, of in found["features"].items()}
    return _facet("dataQualityMetrics", rowCount=found["pairs"], columnMetrics=nulls)


def _facet(name: str, /, **content: Any) -> dict[str, Any]:
    path = _FACETS[name]
    schema = f"{_SPEC}/facets/{path}.json#/$defs/{path.partition('/')[2]}"
    return {"_producer": _producer(), "_schemaURL": schema, **content}


def _producer() -> str:
    return f"urn:pairlake:{_ours()}"


def _ours() -> str:
    return version("pairlake")

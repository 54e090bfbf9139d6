"""What is asked over HTTP is answered with what a lookup finds, within limits; of records nothing is said elsewhere."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import numpy as np
import openapi_spec_validator
import pytest

from features.catalogue import Catalogue
from features.store.lookup import Lookup
from features.tables import PARTY_FIELDS
from jobs.online import open_lookup
from jobs.serving.application import Service
from jobs.serving.figures import Figures
from jobs.serving.problems import ProblemError
from jobs.serving.wire import LookupRequest

if TYPE_CHECKING:
    from conftest import OnlineLake, Serving

TOKEN = "a-token-that-is-long-enough-to-be-taken"
QUERY = {"name": "DEUTSCHE BANK AG", "country": "DE"}
QUERIES: list[dict[str, Any]] = [
    QUERY,
    {},
    {"name": "Banca d Italia", "aliases": ["Bank of Italy"]},
    {"name": "Nobody Knows Us"},
]


def same(value: float | int | None, wanted: float | int | None) -> bool:
    """Whether a number that was JSON has the bits of what was computed."""
    return value is None if wanted is None else value is not None and np.float32(value) == np.float32(wanted)


def test_an_answer_has_what_a_lookup_finds_bit_for_bit(serving: Serving, online_lake: OnlineLake) -> None:
    lookup, catalogue = open_lookup(online_lake.settings())
    answers = serving().client.post("/v1/lookup/batch", json={"records": QUERIES}).json()["answers"]
    for query, told in zip(QUERIES, answers, strict=True):
        wanted = lookup.lookup(query)
        features = [dict(candidate.features) for candidate in wanted.candidates]
        assert [(c["entity_id"], c["rule"], c["shared"]) for c in told["candidates"]] == [
            (c.entity_id, c.rule, c.shared) for c in wanted.candidates
        ]
        assert (told["found"], told["keys"], told["truncated"]) == (wanted.found, wanted.keys, wanted.truncated)
        assert (told["complete"], told["missing"], told["unread"]) == (True, {}, None)
        for name, values in told["features"].items():
            assert all(same(value, row[name]) for value, row in zip(values, features, strict=True))
        for candidate, row in zip(told["candidates"], features, strict=True):
            codes = [feature.reason(row[feature.name]) for feature in catalogue.pair_features]
            assert candidate["reasons"] == [code for code in codes if code]
    assert [len(told["candidates"]) for told in answers] == [4, 0, 4, 0]
    assert set(answers[0]["features"]) == {feature.name for feature in catalogue.pair_features}


def test_one_record_is_answered_as_in_a_batch(serving: Serving) -> None:
    served = serving()
    assert served.ask().json() == served.client.post("/v1/lookup/batch", json={"records": [QUERY]}).json()["answers"][0]


def test_candidates_are_cut_to_the_least_limit_and_the_answer_says_so(serving: Serving) -> None:
    whole = serving().ask().json()
    assert serving().ask(limit=1).json()["candidates"] == whole["candidates"][:1]
    cut = serving(serve={"max_candidates": 2}).ask(limit=1000).json()
    assert (cut["candidates"], cut["found"], cut["truncated"]) == (whole["candidates"][:2], 4, True)
    assert all(len(values) == 2 for values in cut["features"].values())


def test_reasons_are_left_out_on_demand(serving: Serving) -> None:
    assert all(not candidate["reasons"] for candidate in serving().ask(reasons=False).json()["candidates"])


def test_values_are_shown_to_callers_alone_whom_the_settings_name(serving: Serving) -> None:
    refused = serving().ask(reveal=True)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:pairlake:problem:not-permitted")
    told = serving(serve={"reveal": ["local"]}).ask(reveal=True).json()
    assert "bundesbank" in " ".join(told["values"]["name_core"])
    plain = serving(serve={"reveal": ["local"]}).ask()
    assert "values" not in plain.json()
    assert "bundesbank" not in plain.text.lower()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "record: found nothing, wanted a value"),
        ({"recrd": {}}, "record: found nothing"),
        ({"record": {}, "limt": 3}, "limt: found an unknown key, wanted a known one; did you mean 'limit'?"),
        ({"record": {"nmae": "x"}}, "record: 'nmae' is not a party field; did you mean 'name'?"),
        ({"record": {"name": 7}}, "record: name is int; wanted text"),
        ({"record": {"aliases": "x"}}, "record: aliases is str; wanted a list of texts"),
        ({"record": {"name": "\ud800"}}, "record: name is not valid Unicode"),
        ({"record": {}, "limit": 0}, "limit: found int, wanted greater than or equal to 1"),
        ({"record": {}, "deadline_ms": "soon"}, "deadline_ms: found str"),
        ([], "body: found list"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words_that_say_where(serving: Serving, body: Any, detail: str) -> None:
    refused = serving().client.post(
        "/v1/lookup", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["detail"].startswith(detail)
    assert problem["request_id"] == refused.headers["x-request-id"]


def test_a_batch_names_the_record_that_is_wrong_and_nothing_of_it_is_answered(serving: Serving) -> None:
    refused = serving().client.post("/v1/lookup/batch", json={"records": [QUERY, {"name": 3}]})
    assert (refused.status_code, refused.json()["detail"]) == (422, "records.1: name is int; wanted text")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 1_000_001, "application/json", 413),
    ],
)
def test_a_body_that_is_none_is_refused(serving: Serving, body: bytes, kind: str, status: int) -> None:
    refused = serving().client.post("/v1/lookup", content=body, headers={"Content-Type": kind})
    assert (refused.status_code, refused.json()["status"]) == (status, status)


def test_a_body_of_unknown_length_is_counted_as_it_comes(serving: Serving) -> None:
    parts = (b" " * 600_000 for _ in range(2))
    refused = serving().client.post("/v1/lookup", content=parts, headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


@pytest.mark.parametrize("length", ["1000001", "9" * 5_000])
def test_a_body_that_is_announced_as_too_long_is_not_waited_for(serving: Serving, length: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}
    assert serving().client.post("/v1/lookup", content=b"{}", headers=headers).status_code == 413


def test_without_a_token_nothing_but_health_is_told(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENS", f"kyc:{TOKEN}")
    served = serving(serve={"tokens_env": "TOKENS", "host": "0.0.0.0"})
    for path in ("/v1/features", "/metrics", "/openapi.json", "/none"):
        assert served.client.get(path).status_code == 401
    refused = served.ask()
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="pairlake"')
    assert [served.client.get(f"/health/{kind}").status_code for kind in ("live", "ready")] == [200, 200]
    assert served.ask(headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_hook_that_breaks_lets_nobody_in(serving: Serving) -> None:
    def broken(*_: Any) -> str:
        raise ValueError(TOKEN)

    refused = serving(broken, serve={"auth": "a:b"}).ask()
    assert refused.status_code == 503
    assert TOKEN not in refused.text


def test_a_hook_that_hangs_is_waited_for_a_while_and_no_more_callers_than_may_wait(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, over = list[str](), threading.Event()

    def hangs(_: str, path: str, *__: Any) -> str:
        asked.append(path)
        over.wait()
        return "kyc"

    monkeypatch.setattr("jobs.serving.door._HOOK_SECONDS", 0.01)
    monkeypatch.setattr("jobs.serving.door._MOST_HOOKS", 1)
    served = serving(hangs, serve={"auth": "a:b", "waiting": 1})
    try:
        refused = [served.ask() for _ in range(3)]
        assert [one.status_code for one in refused] == [503] * 3
        assert "retry-after" in refused[0].headers
        assert asked == ["/v1/lookup"], "one hangs, one waits for it, and the third is refused at once"
        assert served.client.get("/health/ready").status_code == 200
    finally:
        over.set()


def test_more_than_the_rate_is_refused_and_told_when_to_come_again(serving: Serving) -> None:
    served = serving(serve={"rate": 0.5, "burst": 3, "max_batch": 3})
    assert served.client.post("/v1/lookup/batch", json={"records": [{}] * 3}).status_code == 200
    refused = served.ask()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert served.client.post("/v1/lookup/batch", json={"records": [{}] * 4}).status_code == 422


def test_the_id_of_a_request_is_given_back_or_made(serving: Serving) -> None:
    served = serving()
    assert served.ask(headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert served.ask(headers={"X-Request-Id": "a b"}).headers["x-request-id"] != "a b"


@pytest.mark.parametrize("shorter", [{"deadline_ms": 3_000}, {"headers": {"X-Deadline-Ms": "3000"}}])
def test_a_store_that_hangs_is_flagged_before_the_deadline_of_the_caller(
    serving: Serving, shorter: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served, over = serving(), threading.Event()
    monkeypatch.setattr("jobs.serving.application._OF_READS", 0.3)  # a busy machine has time to answer
    try:
        monkeypatch.setattr("features.store.feast_reads.LoadReads.read_entities", lambda *_: over.wait() or {})
        told = served.ask(**shorter)
    finally:
        over.set()
    assert told.status_code == 200
    assert (told.json()["complete"], told.json()["unread"], told.json()["found"]) == (False, "store_unavailable", 4)
    assert set(told.json()["missing"].values()) == {"store_unavailable"}


@pytest.mark.parametrize("text", ["soon", "", "0", "-1", "1.5", "1_0", "٣", "9" * 5_000])
def test_a_deadline_that_is_none_is_refused(serving: Serving, text: str) -> None:
    refused = serving().ask(headers={"X-Deadline-Ms": text.encode()})  # type: ignore[dict-item]
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "x-deadline-ms: found no whole number, wanted milliseconds, 1 or more",
    )


def test_what_is_older_than_declared_is_flagged(serving: Serving) -> None:
    assert serving(serve={"max_age": "1d"}).ask().json()["stale"]
    assert not serving(serve={"max_age": "999999d"}).ask().json()["stale"]
    assert serving(serve={"max_age": "1d"}).client.get("/health/ready").json()["stale"]


def test_a_store_that_is_away_fails_a_lookup_where_that_is_declared(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serving(fallback={"lookup": "fail"})

    def away(*_: Any) -> Any:
        raise OSError(5, "gone", "/secret/path")

    monkeypatch.setattr("features.store.feast_reads.LoadReads.read_index", away)
    refused = served.ask()
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    assert "secret" not in refused.text


@pytest.mark.parametrize("declared", ["flag", "fail"])
def test_a_record_that_no_time_is_left_for_is_flagged_or_refused_as_declared(serving: Serving, declared: Any) -> None:
    served = serving(fallback={"lookup": declared})
    asked = LookupRequest(record=QUERY)
    service = Service(served.settings, served.current, Figures())

    def late() -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(service._work(asked, [QUERY], time.perf_counter(), one=True).body))

    if declared == "fail":
        with pytest.raises(ProblemError, match="no time is left") as refused:
            late()
        assert refused.value.status == 503
    else:
        assert (late()["complete"], late()["unread"]) == (False, "store_unavailable")


def test_an_error_nobody_foresaw_tells_nothing_of_the_record(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("Zanzibar Holdings")

    served = serving()
    monkeypatch.setattr(Lookup, "lookup", broken)
    with caplog.at_level(logging.INFO):
        refused = served.ask({"name": "Zanzibar Holdings"})
    assert (refused.status_code, refused.json()["type"]) == (500, "urn:pairlake:problem:failed")
    assert "Zanzibar" not in refused.text + caplog.text + str([vars(record) for record in caplog.records])
    assert any("KeyError at" in str(vars(record).get("facts")) for record in caplog.records)


def test_the_log_says_who_and_how_much_and_nothing_of_the_record(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    served = serving(serve={"reveal": ["local"]})
    with caplog.at_level(logging.INFO, logger="pairlake.serve"):
        served.ask(reveal=True, headers={"X-Request-Id": "r1"})
        served.client.get("/v1/lookup?name=Deutsche")
        served.client.get("/Deutsche")
    facts = [record.facts for record in caplog.records if record.message == "request"]  # type: ignore[attr-defined]
    assert {k: v for k, v in facts[0].items() if k != "us"} == {
        "request": "r1",
        "who": "local",
        "route": "/v1/lookup",
        "status": 200,
        "records": 1,
        "keys": 24,
        "candidates": 4,
        "missing": 0,
        "incomplete": 0,
    }
    assert [(fact["route"], fact["status"]) for fact in facts[1:]] == [("/v1/lookup", 405), ("other", 404)]
    assert "deutsche" not in str(facts).lower()


def test_figures_count_what_was_asked(serving: Serving) -> None:
    served = serving()
    before = figures(served)  # all services of a process count together where it serves with others
    served.ask()
    served.ask({"name": 7})
    after = figures(served)
    counted = {
        'pairlake_serve_requests_total{route="/v1/lookup",status="200"}': 1,
        'pairlake_serve_requests_total{route="/v1/lookup",status="422"}': 1,
        "pairlake_serve_candidates_sum": 4,
        'pairlake_serve_stage_seconds_count{stage="compare"}': 1,
    }
    assert {name: after[name] - before.get(name, 0) for name in counted} == counted
    assert after["pairlake_serve_ready"] == 1
    assert after["pairlake_serve_as_of_timestamp_seconds"] == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def figures(served: Any) -> dict[str, float]:
    lines = [line for line in served.client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_the_features_say_what_their_values_mean(serving: Serving, catalogue: Catalogue) -> None:
    told = {feature["name"]: feature for feature in serving().client.get("/v1/features").json()}
    assert list(told) == [feature.name for feature in catalogue.pair_features]
    assert told["bic_agreement"]["states"] == list(catalogue.pair_feature("bic_agreement").returns.states)
    assert told["country_equal"]["reasons"] == {"COUNTRY_EQUAL": [1, 1], "COUNTRY_DIFFERENT": [0, 0]}


def test_the_openapi_document_has_every_field_and_every_problem(serving: Serving) -> None:
    document = serving().client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert set(schemas["LookupRequest"]["properties"]["record"]["properties"]) == set(PARTY_FIELDS)
    told = set(serving().ask().json())
    assert told == set(schemas["Answer"]["properties"]) - {"values"}


def told_by(document: dict[str, Any], answer: Any) -> dict[str, Any]:
    """What the document says of an answer, which is held to it: status, type, headers and body."""
    operation = document["paths"][answer.request.url.path][answer.request.method.lower()]
    of = operation["responses"]
    said = of.get(str(answer.status_code)) or of[f"{answer.status_code // 100}XX"]
    known = {name.lower() for name in said["headers"]}
    assert {name for name in answer.headers if name not in ("content-type", "content-length", "cache-control")} <= known
    assert {name.lower() for name, header in said["headers"].items() if header.get("required")} <= answer.headers.keys()
    ((kind, content),) = said["content"].items()
    assert answer.headers["content-type"].partition(";")[0] == kind
    body = answer.text if kind == "text/plain" else answer.json()
    jsonschema.validate(body, {**content["schema"], "components": document["components"]})
    return cast("dict[str, Any]", operation)


def test_every_answer_is_one_that_the_openapi_document_tells_of(
    serving: Serving, online_lake: OnlineLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENS", f"kyc:{TOKEN}")
    served = serving(serve={"tokens_env": "TOKENS", "reveal": ["kyc"], "rate": 1e-6, "burst": 6, "max_batch": 5})
    known = {"Authorization": f"Bearer {TOKEN}"}
    client = served.client
    document = client.get("/openapi.json", headers=known).json()
    openapi_spec_validator.validate(document)
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    batch = client.post("/v1/lookup/batch", json={"records": QUERIES}, headers=known)
    answers = {
        200: served.ask(headers=known, reveal=True),
        401: served.ask(),
        422: served.ask({"name": 7}, headers=known),
        429: served.ask(headers=known),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    for answer in (batch, *answers.values()):
        operation = told_by(document, answer)
        assert operation["security"] == [{"token": []}]
        assert [one["name"] for one in operation["parameters"]] == ["X-Deadline-Ms", "X-Request-Id"]
    for path in ("/v1/features", "/metrics", "/health/live", "/health/ready"):
        operation = told_by(document, client.get(path, headers=known))
        assert ("security" in operation) == (not path.startswith("/health"))
    served.current.opened, served.current.state = None, "starting"
    for path in ("/v1/features", "/health/ready"):
        answer = client.get(path, headers=known)
        assert answer.status_code == 503
        told_by(document, answer)
    assert "securitySchemes" not in serving().client.get("/openapi.json").json()["components"]

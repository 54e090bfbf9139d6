"""The SageMaker Feature Store beyond what every store does: its limits, its errors, its groups, its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, cast

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score
from features.store import IndexEntry, Loaded, Materialised, StaleWriteError, StoreError, StoreUnavailableError
from features.store.lookup import Lookup
from features.store.packing import Packing
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

pytest.importorskip("boto3", reason="the SageMaker Feature Store wants boto3: pip install 'pairlake[aws]'")

from features.store.sagemaker_client import session
from features.store.sagemaker_layers import Online, new_layer

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTITIES, INDEX, LOADS = "pairlake-online-entities", "pairlake-blocking-index", "pairlake-loads"
THREE = {"a:1": b"one", "a:2": b"two", "a:3": b"three"}


@pytest.fixture
def service(sagemaker_site: Any) -> Any:
    return sagemaker_site.running.service


@pytest.fixture
def place(sagemaker_site: Any, lake: Any, catalogue: Catalogue, reading: Any) -> Any:
    return sagemaker_site.place(lake, catalogue)


def error_once(service: Any, operation: str, code: str, times: int = 1, status: int = 400) -> None:
    """The service answers the next calls of an operation with an error."""
    left = [times]
    refused = type_of_error(service)

    def fail(asked: str) -> Exception | None:
        if asked != operation or not left[0]:
            return None
        left[0] -= 1
        return cast("Exception", refused(code, "the value SECRET was refused", status))

    service.fail = fail


def type_of_error(service: Any) -> Any:
    return service._group.__func__.__globals__["RefusedError"]


# --- layers: one load is seen, whole ---------------------------------------------------------------------------------


def test_after_a_load_or_a_refresh_one_layer_is_left_and_nothing_of_what_it_replaced(place: Any) -> None:
    place.load(THREE)
    first = place.layers()
    place.load({"a:1": b"new"}, NOON + HOUR)
    second = place.layers()
    assert len(first) == len(second) == 1
    assert first != second
    place.refresh({"a:2": b"added"}, NOON + 2 * HOUR, "a:1", "a:2")
    assert place.layers() == second
    assert {i.partition("/")[2] for i in place.service.groups[ENTITIES].records} == {"a:2"}
    assert place.holds() == {"a:2": b"added"}


def test_what_a_load_left_that_was_killed_is_swept_away_by_the_next(place: Any, reading: Any) -> None:
    place.load(THREE)

    def kill(table: str) -> None:
        reading.before = kill
        if table == BLOCKING_INDEX.name:
            raise KeyboardInterrupt

    reading.before = kill
    with pytest.raises(KeyboardInterrupt):
        place.load({"a:4": b"never seen"}, NOON + HOUR)
    assert len(place.layers()) == 2
    reading.before = lambda table: None
    place.load(THREE, NOON + HOUR)
    assert len(place.layers()) == len(place.layers(INDEX)) == 1
    assert place.holds("a:4") == {}


def test_a_load_that_begins_while_another_one_waits_to_sweep_loses_nothing_to_it(place: Any, reading: Any) -> None:
    written, swept = Event(), Event()

    def hold(table: str) -> None:
        reading.before = hold
        if table == BLOCKING_INDEX.name:  # the entities are there
            written.set()
            assert swept.wait(60)

    def begin(_: float) -> None:
        reading.before = hold
        loads.append(pool.submit(place.load, {"a:1": b"later"}, NOON + 2 * HOUR, place.opened()))
        assert written.wait(60)

    loads: list[Future[Any]] = []
    place.load(THREE)
    with ThreadPoolExecutor(1) as pool:
        place.store._writes._sleep = begin
        place.load(THREE, NOON + HOUR)
        swept.set()
        assert loads[0].result() == Materialised(1, 2)
    assert place.holds() == {"a:1": b"later"}
    assert len(place.layers()) == len(place.layers(INDEX)) == 1


def test_of_two_first_loads_at_once_the_one_that_is_overtaken_removes_nothing(place: Any) -> None:
    other = place.opened()
    ours = Online((new_layer(None),), Loaded(NOON + HOUR, "f"), event_time="2026-01-01T13:00:00.000Z")
    row = {"entity_id": "a:1", "packed": "b3RoZXI=", "fingerprint": "f", "event_timestamp": ours.event_time}
    other._writes.write(ONLINE_ENTITIES, ours.layers[0], [row])
    # It saw that there was no pointer just before the first one was written, and writes its own just after.
    place.store._writes._sleep = lambda _: other._records.put(LOADS, [ours.record()], "name")
    with pytest.raises(StaleWriteError, match="in the place of this one"):
        place.load(THREE)
    assert place.holds() == {"a:1": b"other"}


def test_a_refresh_that_breaks_off_while_it_folds_shows_the_new_state_and_the_next_one_puts_all_right(
    place: Any,
) -> None:
    place.load(THREE)
    error_once(place.service, "DeleteRecord", "AccessForbidden", status=403)
    with pytest.raises(StoreError, match="allow sagemaker:DeleteRecord"):
        place.refresh({"a:1": b"new", "a:2": b"two"}, NOON + HOUR, "a:1", "a:3")
    for store in (place.store, place.opened()):
        assert {i: e.packed for i, e in store.read_entities(list(THREE)).items()} == {"a:1": b"new", "a:2": b"two"}
        assert store.loaded() == Loaded(NOON + HOUR, "f")
    assert len(place.layers()) == 2
    place.refresh({"a:1": b"newer", "a:2": b"two"}, NOON + 2 * HOUR, "a:1")
    assert place.holds() == {"a:1": b"newer", "a:2": b"two"}
    assert len(place.layers()) == 1


@pytest.mark.parametrize("work", ["load", "refresh"])
def test_whichever_request_fails_the_old_state_or_the_new_one_is_seen_and_the_next_load_puts_all_right(
    place: Any, work: str
) -> None:
    after = {"a:1": b"changed", "a:2": b"two", "a:4": b"added"}  # and a:3 is gone
    states = {NOON: THREE, NOON + HOUR: after}

    def change() -> None:
        if work == "load":
            place.load(after, NOON + HOUR)
        else:
            place.refresh(after, NOON + HOUR, "a:1", "a:3", "a:4")

    def asked() -> int:
        return len(place.service.calls)

    place.load(THREE)
    before = asked()
    change()
    requests, seen = asked() - before, set()
    for fails_at in range(1, requests + 1):
        place.store.materialise(None, place.lake.online(THREE), Loaded(NOON, "f"), back=True)
        last = asked() + fails_at
        error = type_of_error(place.service)("AccessForbidden", "no", 403)
        place.service.fail = lambda operation, last=last, error=error: error if asked() == last else None
        with pytest.raises(StoreError):
            change()
        place.service.fail = lambda operation: None
        for store in (place.store, place.opened()):
            at = store.loaded().as_of
            read = store.read_entities(["a:1", "a:2", "a:3", "a:4"])
            assert {i: each.packed for i, each in read.items()} == states[at]
            seen.add(at)
    assert seen == set(states)
    place.load({"a:2": b"later"}, NOON + 2 * HOUR)
    assert place.holds() == {"a:2": b"later"}
    assert len(place.layers()) == len(place.layers(INDEX)) == 1


def test_two_loads_of_the_same_time_follow_each_other_though_the_service_wants_a_later_one(place: Any) -> None:
    for step in range(3):
        place.load({"a:1": str(step).encode()})
        assert place.holds() == {"a:1": str(step).encode()}
    assert place.service.groups[LOADS].records["online"]["event_timestamp"] == "2026-01-01T12:00:00.002Z"


def test_a_rollback_may_put_older_values_in_the_place_of_newer_ones(place: Any) -> None:
    place.load(THREE, NOON + HOUR)
    place.store.materialise(None, place.lake.online({"a:1": b"before"}), Loaded(NOON, "f"), back=True)
    assert place.holds() == {"a:1": b"before"}
    assert place.store.loaded() == Loaded(NOON, "f")


def test_a_lookup_asks_for_the_pointer_once_and_then_for_its_records_alone(place: Any) -> None:
    place.load(THREE)
    place.service.calls.clear()
    with place.store.one_state() as reads:
        assert len(reads.read_index(["7"])) == 1
        assert len(reads.read_entities(list(THREE))) == 3
    assert place.service.calls == ["GetRecord", "BatchGetRecord", "BatchGetRecord"]


def test_reads_of_one_lookup_see_one_load_whatever_is_loaded_meanwhile(place: Any) -> None:
    store = place.opened(grace_seconds=600)
    place.load({"a:1": b"old"}, store=store)
    seen: list[Any] = []
    with store.one_state() as reads:

        def read(_: float = 0) -> None:
            index, entities = reads.read_index(["7"]), reads.read_entities(["a:1"])
            seen.append((reads.loaded(), index["7"].records, entities["a:1"].packed))

        read()
        store._writes._sleep = read  # in the place of the pause before what was replaced is removed
        place.load({"a:1": b"new", "a:2": b"two"}, NOON + HOUR, store=store)
    assert seen == [(Loaded(NOON, "f"), 2, b"old")] * 2
    assert store.read_entities(["a:1"])["a:1"].packed == b"new"


def test_reads_that_outlast_what_is_kept_for_them_are_refused_and_not_mixed(place: Any) -> None:
    place.load({"a:1": b"old"})
    with place.store.one_state() as reads:
        place.load({"a:1": b"new"}, NOON + HOUR)
        with pytest.raises(StoreUnavailableError, match="was loaded anew while it was read"):
            reads.read_entities(["a:1"])


@pytest.mark.spark
def test_what_spark_reads_is_put_online_and_refreshed_and_looked_up_with_the_kernels_own_numbers(
    spark: Any, sagemaker_site: Any, lake: Any, catalogue: Catalogue
) -> None:
    records = [{"name": "Deutsche Bank AG", "country": "DE"}, {"name": "Zanzibar Trust", "country": "IT"}]
    prepared = prepare(standardise(raw_batch(records, source="bank"), catalogue), catalogue, NOON)
    rows = prepared.to_pylist()
    carriers: dict[int, list[str]] = {}
    for row in rows:
        for key in row["keys"]:
            carriers.setdefault(key, []).append(row["entity_id"])
    packed = zip(rows, Packing(catalogue).pack_batch(prepared), strict=True)
    fixed = {"fingerprint": catalogue.fingerprint, "event_timestamp": NOON}
    tables = lake.tables(
        [{"entity_id": row["entity_id"], "packed": record, **fixed} for row, record in packed],
        [{"key": str(k), "entity_ids": i, "records": len(i), "event_timestamp": NOON} for k, i in carriers.items()],
    )
    store = sagemaker_site.open(catalogue)
    store.apply()
    assert store.materialise(spark, tables, Loaded(NOON, catalogue.fingerprint)) == Materialised(2, len(carriers))
    touched = {ONLINE_ENTITIES.name: pa.array(["bank:1"]), BLOCKING_INDEX.name: pa.array([], pa.string())}
    assert store.refresh(spark, tables, Loaded(NOON + HOUR, catalogue.fingerprint), touched) == Materialised(1, 0)
    typed = {"name": "DEUTSCHE BANK", "country": "Germany"}
    result = Lookup(store, catalogue, deadline_ms=60_000).lookup(typed)
    query = prepare(standardise(raw_batch([typed]), catalogue), catalogue, NOON)
    expected = score(query, pa.Table.from_batches([prepared.slice(0, 1)]), catalogue.pair_features).to_pylist()
    assert [candidate.entity_id for candidate in result.candidates] == ["bank:0"]
    assert [dict(candidate.features) for candidate in result.candidates] == expected


# --- limits and errors -----------------------------------------------------------------------------------------------


def test_throttling_and_records_left_undone_are_asked_for_again(place: Any) -> None:
    left = iter([20, 5, 1] * 2 + [0] * 1000)
    place.service.leave = lambda operation: next(left)
    many = {f"m:{n:03}": str(n).encode() for n in range(130)}
    error_once(place.service, "BatchWriteRecord", "ThrottlingException", times=7)
    place.load(many)
    error_once(place.service, "BatchGetRecord", "ServiceUnavailable", status=503)
    left = iter([99, 20, 7] * 2 + [0] * 1000)
    assert place.holds(*many) == many


def test_records_that_stay_undone_make_the_store_unavailable_and_nothing_is_seen(place: Any) -> None:
    place.load({"a:1": b"old"})
    place.service.leave = lambda operation: 1 if operation == "BatchWriteRecord" else 0
    with pytest.raises(StoreUnavailableError, match="some stayed undone in 10 attempts"):
        place.load(THREE, NOON + HOUR)
    place.service.leave = lambda operation: 0
    assert place.holds() == {"a:1": b"old"}


@pytest.mark.parametrize(
    ("operation", "code", "status", "raised", "words"),
    [
        ("BatchWriteRecord", "ValidationError", 400, StoreError, "refused BatchWriteRecord .*ValidationError, request"),
        ("BatchWriteRecord", "AccessForbidden", 403, StoreError, "allow sagemaker:BatchWriteRecord"),
        (
            "BatchWriteRecord",
            "InternalFailure",
            500,
            StoreUnavailableError,
            "some stayed undone in 10 attempts",
        ),
        ("ListRecords", "InternalFailure", 500, StoreUnavailableError, "did not take ListRecords .* InternalFailure"),
        ("BatchWriteRecord", "ResourceNotFound", 404, StoreUnavailableError, "no such feature group"),
        ("ListRecords", "AccessForbidden", 403, StoreError, "allow sagemaker:ListRecords"),
    ],
)
def test_an_error_is_told_in_words_and_quotes_nothing_that_the_service_quotes(
    place: Any, operation: str, code: str, status: int, raised: type[StoreError], words: str
) -> None:
    error_once(place.service, operation, code, times=99, status=status)
    with pytest.raises(raised, match=words) as told:
        place.load(THREE)
    assert type(told.value) is raised
    assert "SECRET" not in str(told.value)


def test_a_record_over_the_services_limit_is_refused_before_anything_is_seen(place: Any) -> None:
    place.load({"a:1": b"old"})
    with pytest.raises(
        StoreError, match=r"'\S+/a:2' of pairlake-online-entities has 400,\d+ bytes; .* 358,400 a record"
    ):
        place.load({"a:1": b"new", "a:2": b"x" * 300_000}, NOON + HOUR)
    with pytest.raises(StoreError, match="2,048 an identifier"):
        place.load({"a" * 2100: b""}, NOON + HOUR)
    assert place.holds() == {"a:1": b"old"}


def test_the_largest_record_that_fits_comes_back(place: Any) -> None:
    place.load({"a:1": bytes(range(256)) * 1000})
    assert place.holds() == {"a:1": bytes(range(256)) * 1000}


def test_missing_credentials_and_region_are_named(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    session.cache_clear()
    with pytest.raises(StoreError, match="no complete AWS credentials"):
        place.site.open(place.catalogue).loaded()
    with pytest.raises(StoreError, match="no AWS region is known"):
        place.site.open(place.catalogue, region=None).loaded()


def test_records_that_begin_to_expire_are_flagged_and_not_taken_for_ones_that_are_not_there(place: Any) -> None:
    store = place.opened(ttl_days=30)
    place.load(THREE, datetime.now(UTC) - timedelta(days=29), store=store)
    assert store.read_entities(["a:1"]).keys() == {"a:1"}
    place.load(THREE, datetime.now(UTC) - timedelta(days=28), store=store)
    late = place.opened(ttl_days=28)
    with pytest.raises(StoreUnavailableError, match="begin to expire"):
        late.read_entities(["a:1"])


def test_the_index_says_how_many_records_there_are_beside_those_it_lists(place: Any) -> None:
    place.load(THREE)
    assert place.store.read_index(["7"]) == {"7": IndexEntry(("a:1", "a:2", "a:3"), 4)}


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    yield
    session.cache_clear()

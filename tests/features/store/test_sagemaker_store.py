"""The SageMaker Feature Store beyond what every store does: its limits, its errors, its groups, its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import IndexEntry, Loaded, Materialised, SchemaChangeError, StoreError, StoreUnavailableError
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

pytest.importorskip("boto3", reason="the SageMaker Feature Store wants boto3: pip install 'pairlake[aws]'")

from features.store.feature_groups import feature_groups
from features.store.sagemaker_client import control_plane, session
from features.store.sagemaker_groups import apply, creation
from features.store.sagemaker_layers import after, floored
from features.store.sagemaker_rows import listed, texts, unpacked

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTITIES, INDEX, LOADS = "pairlake-online-entities", "pairlake-blocking-index", "pairlake-loads"
THREE = {"a:1": b"one", "a:2": b"two", "a:3": b"three"}


@pytest.fixture
def service(sagemaker_site: Any) -> Any:
    return sagemaker_site.running.service


class Place:
    """A store, the tables to load it with, and the service it is on."""

    def __init__(self, site: Any, lake: Any, catalogue: Catalogue) -> None:
        self.site, self.lake, self.catalogue = site, lake, catalogue
        self.service = site.running.service
        self.store = self.opened()

    def opened(self, **settings: Any) -> Any:
        store = self.site.open(self.catalogue, **settings)
        store.apply()
        return store

    def load(self, entities: dict[str, bytes], at: datetime = NOON, store: Any = None) -> Materialised:
        tables = self.lake.online(entities, at)
        return cast("Materialised", (store or self.store).materialise(None, tables, Loaded(at, "f")))

    def refresh(self, entities: dict[str, bytes], at: datetime, *touched: str) -> Materialised:
        keys = {ONLINE_ENTITIES.name: pa.array(touched), BLOCKING_INDEX.name: pa.array([f"own {i}" for i in touched])}
        tables = self.lake.online(entities, at)
        return cast("Materialised", self.store.refresh(None, tables, Loaded(at, "f"), keys))

    def holds(self, *ids: str) -> dict[str, bytes]:
        return {i: each.packed for i, each in self.store.read_entities(ids or list(THREE)).items()}

    def layers(self, group: str = ENTITIES) -> set[str]:
        return {record_id.partition("/")[0] for record_id in self.service.groups[group].records}


@pytest.fixture
def place(sagemaker_site: Any, lake: Any, catalogue: Catalogue, reading: Any) -> Place:
    return Place(sagemaker_site, lake, catalogue)


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


def test_after_a_load_or_a_refresh_one_layer_is_left_and_nothing_of_what_it_replaced(place: Place) -> None:
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


def test_what_a_load_left_that_was_killed_is_swept_away_by_the_next(place: Place, reading: Any) -> None:
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


def test_a_refresh_that_breaks_off_while_it_folds_shows_the_new_state_and_the_next_one_puts_all_right(
    place: Place,
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


def test_two_loads_of_the_same_time_follow_each_other_though_the_service_wants_a_later_one(place: Place) -> None:
    for step in range(3):
        place.load({"a:1": str(step).encode()})
        assert place.holds() == {"a:1": str(step).encode()}
    assert place.service.groups[LOADS].records["online"]["event_timestamp"] == "2026-01-01T12:00:00.002Z"


def test_a_rollback_may_put_older_values_in_the_place_of_newer_ones(place: Place) -> None:
    place.load(THREE, NOON + HOUR)
    place.store.materialise(None, place.lake.online({"a:1": b"before"}), Loaded(NOON, "f"), back=True)
    assert place.holds() == {"a:1": b"before"}
    assert place.store.loaded() == Loaded(NOON, "f")


def test_a_reader_asks_once_for_its_records_and_the_pointer(place: Place) -> None:
    place.load(THREE)
    place.holds()
    place.service.calls.clear()
    assert place.holds() == THREE
    assert place.service.calls == ["BatchGetRecord"]


def test_reads_of_one_lookup_see_one_load_whatever_is_loaded_meanwhile(place: Place) -> None:
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


def test_reads_that_outlast_what_is_kept_for_them_are_refused_and_not_mixed(place: Place) -> None:
    place.load({"a:1": b"old"})
    with place.store.one_state() as reads:
        place.load({"a:1": b"new"}, NOON + HOUR)
        with pytest.raises(StoreUnavailableError, match="was loaded anew while it was read"):
            reads.read_entities(["a:1"])


# --- limits and errors -----------------------------------------------------------------------------------------------


def test_throttling_and_records_left_undone_are_asked_for_again(place: Place) -> None:
    left = iter([20, 5, 1] * 2 + [0] * 1000)
    place.service.leave = lambda operation: next(left)
    many = {f"m:{n:03}": str(n).encode() for n in range(130)}
    error_once(place.service, "BatchWriteRecord", "ThrottlingException")
    place.load(many)
    error_once(place.service, "BatchGetRecord", "ServiceUnavailable", status=503)
    left = iter([99, 20, 7] * 2 + [0] * 1000)
    assert place.holds(*many) == many


def test_records_that_stay_undone_make_the_store_unavailable_and_nothing_is_seen(place: Place) -> None:
    place.load({"a:1": b"old"})
    place.service.leave = lambda operation: 1 if operation == "BatchWriteRecord" else 0
    with pytest.raises(StoreUnavailableError, match="not written in 8 attempts"):
        place.load(THREE, NOON + HOUR)
    place.service.leave = lambda operation: 0
    assert place.holds() == {"a:1": b"old"}


@pytest.mark.parametrize(
    ("operation", "code", "status", "raised", "words"),
    [
        ("BatchWriteRecord", "ValidationError", 400, StoreError, "refused BatchWriteRecord .*ValidationError, request"),
        ("BatchWriteRecord", "AccessForbidden", 403, StoreError, "allow sagemaker:BatchWriteRecord"),
        ("BatchWriteRecord", "InternalFailure", 500, StoreUnavailableError, "InternalFailure"),
        ("BatchWriteRecord", "ResourceNotFound", 404, StoreUnavailableError, "no such feature group"),
        ("ListRecords", "AccessForbidden", 403, StoreError, "allow sagemaker:ListRecords"),
    ],
)
def test_an_error_is_told_in_words_and_quotes_nothing_that_the_service_quotes(
    place: Place, operation: str, code: str, status: int, raised: type[StoreError], words: str
) -> None:
    error_once(place.service, operation, code, times=99, status=status)
    with pytest.raises(raised, match=words) as told:
        place.load(THREE)
    assert type(told.value) is raised
    assert "SECRET" not in str(told.value)


def test_a_record_over_the_services_limit_is_refused_before_anything_is_seen(place: Place) -> None:
    place.load({"a:1": b"old"})
    with pytest.raises(
        StoreError, match=r"'\w+/a:2' of pairlake-online-entities has 400,\d+ bytes; .* 358,400 a record"
    ):
        place.load({"a:1": b"new", "a:2": b"x" * 300_000}, NOON + HOUR)
    with pytest.raises(StoreError, match="2,048 an identifier"):
        place.load({"a" * 2100: b""}, NOON + HOUR)
    assert place.holds() == {"a:1": b"old"}


def test_the_largest_record_that_fits_comes_back(place: Place) -> None:
    place.load({"a:1": bytes(range(256)) * 1000})
    assert place.holds() == {"a:1": bytes(range(256)) * 1000}


def test_missing_credentials_and_region_are_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_records_that_begin_to_expire_are_flagged_and_not_taken_for_ones_that_are_not_there(place: Place) -> None:
    store = place.opened(ttl_days=30)
    place.load(THREE, datetime.now(UTC) - timedelta(days=29), store=store)
    assert store.read_entities(["a:1"]).keys() == {"a:1"}
    place.load(THREE, datetime.now(UTC) - timedelta(days=28), store=store)
    late = place.opened(ttl_days=28)
    with pytest.raises(StoreUnavailableError, match="begin to expire"):
        late.read_entities(["a:1"])


# --- feature groups --------------------------------------------------------------------------------------------------


def test_groups_are_made_from_the_catalogue_with_what_the_settings_say(place: Place) -> None:
    settings = SageMaker(
        prefix="eu-dev",
        kms_key="arn:aws:kms:eu-west-1:111122223333:key/k",
        ttl_days=90,
        storage="InMemory",
        role_arn="arn:aws:iam::111122223333:role/features",
        offline_s3_uri="s3://lake/offline",
        offline_kms_key="k2",
    )
    requests = {g.table: creation(g, settings, place.catalogue.fingerprint) for g in feature_groups(place.catalogue)}
    online = requests["online_entities"]
    assert online["FeatureGroupName"] == "eu-dev-online-entities"
    assert (online["RecordIdentifierFeatureName"], online["EventTimeFeatureName"]) == ("record_id", "event_timestamp")
    assert online["OnlineStoreConfig"] == {
        "EnableOnlineStore": True,
        "StorageType": "InMemory",
        "SecurityConfig": {"KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k"},
        "TtlDuration": {"Unit": "Days", "Value": 90},
    }
    assert {"Key": "pairlake:fingerprint", "Value": place.catalogue.fingerprint} in online["Tags"]
    assert "OfflineStoreConfig" not in online
    pairs = requests["pair_features"]
    assert pairs["OfflineStoreConfig"] == {"S3StorageConfig": {"S3Uri": "s3://lake/offline", "KmsKeyId": "k2"}}
    assert pairs["RoleArn"] == "arn:aws:iam::111122223333:role/features"
    assert "OnlineStoreConfig" not in pairs


def test_without_an_offline_place_online_groups_alone_are_made_and_applying_again_changes_nothing(place: Place) -> None:
    assert place.service.groups.keys() == {ENTITIES, INDEX, LOADS}
    place.service.calls.clear()
    place.opened()
    assert set(place.service.calls) == {"DescribeFeatureGroup"}


def test_a_new_feature_is_added_to_its_group_and_the_old_ones_stay(place: Place) -> None:
    offline = {"offline_s3_uri": "s3://lake/offline", "role_arn": "arn:aws:iam::111122223333:role/features"}
    place.site.open(place.catalogue.select(["name_equal"], None), **offline).apply()
    assert "lei_agreement" not in place.service.groups["pairlake-pair-features"].types
    busy = {"LastUpdateStatus": {"Status": "InProgress"}}
    place.service.next_states = [busy, busy]
    place.opened(**offline)
    types = place.service.groups["pairlake-pair-features"].types
    assert types["lei_agreement"] == "Integral"
    assert types["name_jaro_winkler"] == types["name_equal"] == "Fractional"
    place.site.open(place.catalogue.select(["name_equal"], None), **offline).apply()  # an older reader goes on
    assert place.service.groups["pairlake-pair-features"].types == types


def test_a_group_that_is_being_made_is_waited_for_and_one_that_failed_says_why(
    sagemaker_site: Any, catalogue: Any
) -> None:
    service = sagemaker_site.running.service
    service.next_states = [{"FeatureGroupStatus": "Creating"}] * 3
    sagemaker_site.open(catalogue).apply()
    service.groups.clear()
    service.next_states = [{"FeatureGroupStatus": "CreateFailed", "FailureReason": "the role may not use the key"}]
    with pytest.raises(StoreError, match="is CreateFailed: the role may not use the key. Mend that"):
        sagemaker_site.open(catalogue).apply()
    service.groups.clear()
    service.next_states = [{"FeatureGroupStatus": "Creating"}] * 500
    with pytest.raises(StoreUnavailableError, match="still being made or changed after 600 seconds"):
        sagemaker_site.open(catalogue).apply()


def test_a_change_that_failed_and_a_group_of_somebody_else_are_refused(place: Place) -> None:
    place.service.groups[INDEX].states = [{"LastUpdateStatus": {"Status": "Failed", "FailureReason": "quota"}}]
    with pytest.raises(StoreError, match="last change of the feature group pairlake-blocking-index failed: quota"):
        place.opened()
    place.service.groups[INDEX].described["RecordIdentifierFeatureName"] = "key"
    with pytest.raises(
        StoreError, match="names its records by key and dates them by event_timestamp; wanted record_id"
    ):
        place.opened()


def test_groups_that_something_else_is_to_make_are_asked_for_in_words(sagemaker_site: Any, catalogue: Any) -> None:
    with pytest.raises(StoreError, match="there is no feature group pairlake-online-entities, and .* create is false"):
        sagemaker_site.open(catalogue, create=False).apply()
    assert not sagemaker_site.running.service.groups


def test_a_changed_type_is_refused_before_anything_is_changed(place: Place) -> None:
    group = place.service.groups[INDEX]
    group.described["FeatureDefinitions"] = [
        {**each, "FeatureType": "String"} if each["FeatureName"] == "records" else each
        for each in group.described["FeatureDefinitions"]
    ]
    with pytest.raises(SchemaChangeError, match="records is stored as String, declared as Integral"):
        place.opened()


def test_a_time_to_live_is_changed_and_none_is_not_taken_for_one(place: Place) -> None:
    place.opened(ttl_days=7)
    assert place.service.groups[ENTITIES].described["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 7}
    with pytest.raises(StoreError, match="has a time to live, and .* ttl_days is left out"):
        place.opened()


def test_an_offline_place_without_a_role_is_refused(sagemaker_site: Any, catalogue: Any) -> None:
    with pytest.raises(StoreError, match="no role_arn"):
        sagemaker_site.open(catalogue, offline_s3_uri="s3://lake/offline").apply()


def test_motos_control_plane_takes_the_groups_and_describes_them_as_declared(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An implementation that is not ours: it knows creating and describing of groups that have an offline store."""
    moto = pytest.importorskip("moto", reason="moto emulates the control plane: pip install 'moto[server]'")
    from moto.sagemaker.exceptions import ResourceNotFound  # noqa: PLC0415
    from moto.sagemaker.models import SageMakerModelBackend  # noqa: PLC0415

    describe = SageMakerModelBackend.describe_feature_group

    def in_words(backend: Any, feature_group_name: str) -> Any:
        try:
            return describe(backend, feature_group_name)
        except KeyError:  # moto 5.2.5 lets it through
            raise ResourceNotFound(f"no feature group {feature_group_name}") from None

    monkeypatch.setattr(SageMakerModelBackend, "describe_feature_group", in_words)
    settings = SageMaker(region="eu-west-1", role_arn="arn:aws:iam::111122223333:role/r", offline_s3_uri="s3://lake/fs")
    offline = [group for group in feature_groups(catalogue) if not group.online]
    session.cache_clear()
    with moto.mock_aws():
        client = control_plane(settings)
        for _ in range(2):
            apply(client, offline, settings, catalogue.fingerprint)
        found = client.describe_feature_group(FeatureGroupName="pairlake-pair-features")
        assert found["FeatureGroupStatus"] == "Created"
        types = {each["FeatureName"]: each["FeatureType"] for each in found["FeatureDefinitions"]}
        assert types == dict(offline[0].definitions)
    session.cache_clear()


# --- values as text --------------------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.binary()), st.lists(st.none() | st.lists(st.text())))
def test_bytes_and_lists_come_back_from_their_texts(packed: list[bytes | None], ids: list[list[str] | None]) -> None:
    assert [None if t is None else unpacked(t) for t in texts(pa.array(packed, pa.binary()))] == packed
    told = texts(pa.array(ids, pa.list_(pa.string())))
    assert [None if t is None else list(listed(t)) for t in told] == ids


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)), st.lists(st.integers(0, 127)))
def test_numbers_come_back_from_their_texts_bit_for_bit(fractions: list[float], states: list[int]) -> None:
    told = pa.array([float(cast("str", t)) for t in texts(pa.array(fractions, pa.float32()))], pa.float32())
    assert told.equals(pa.array(fractions, pa.float32()))
    assert [int(cast("str", t)) for t in texts(pa.array(states, pa.int8()))] == states
    assert texts(pa.array([True, None, False])) == ["1", None, "0"]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC)))
def test_times_are_those_that_the_service_takes_and_sort_as_they_follow(time: datetime) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", floored(time))
    assert texts(pa.array([time], pa.timestamp("us", "UTC"))) == [floored(time)]
    assert floored(time) < after(floored(time)) <= floored(time + timedelta(milliseconds=1))
    assert datetime.fromisoformat(floored(time)) <= time


def test_a_feature_whose_name_the_service_reserves_is_refused(catalogue: Catalogue) -> None:
    class Named:
        pair_schema = pa.schema([("id_l", pa.string()), ("is_deleted", pa.float32())])
        entity_schema = catalogue.entity_schema

    with pytest.raises(StoreError, match="'is_deleted' cannot be part of a SageMaker feature group"):
        feature_groups(cast("Catalogue", Named()))


def test_the_index_says_how_many_records_there_are_beside_those_it_lists(place: Place) -> None:
    place.load(THREE)
    assert place.store.read_index(["7"]) == {"7": IndexEntry(("a:1", "a:2", "a:3"), 4)}


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    yield
    session.cache_clear()

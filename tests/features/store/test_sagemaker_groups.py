"""Feature groups of the SageMaker Feature Store: made from the catalogue, extended, and refused where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import SchemaChangeError, StoreError, StoreUnavailableError
from features.store.feature_groups import feature_groups

pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")

from features.store.sagemaker_client import control_plane, session
from features.store.sagemaker_groups import apply, creation

ENTITIES, INDEX, LOADS = "pairlake-online-entities", "pairlake-blocking-index", "pairlake-loads"


@pytest.fixture
def place(sagemaker_site: Any, lake: Any, catalogue: Catalogue, reading: Any) -> Any:
    return sagemaker_site.place(lake, catalogue)


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    yield
    session.cache_clear()


def test_groups_are_made_from_the_catalogue_with_what_the_settings_say(place: Any) -> None:
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


def test_without_an_offline_place_online_groups_alone_are_made_and_applying_again_changes_nothing(place: Any) -> None:
    assert place.service.groups.keys() == {ENTITIES, INDEX, LOADS}
    place.service.calls.clear()
    place.opened()
    assert set(place.service.calls) == {"DescribeFeatureGroup"}


def test_a_new_feature_is_added_to_its_group_and_the_old_ones_stay(place: Any) -> None:
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


FAILED = {"LastUpdateStatus": {"Status": "Failed", "FailureReason": "quota"}}


def test_a_change_that_failed_is_made_again_and_refused_where_it_fails_again(place: Any) -> None:
    index = place.service.groups[INDEX]
    *index.described["FeatureDefinitions"], lacking = index.described["FeatureDefinitions"]
    index.states, place.service.next_states = [FAILED], [FAILED]
    with pytest.raises(
        StoreError, match=r"pairlake-blocking-index could not be changed \(FeatureAdditions\): quota. Mend that and run"
    ):
        place.opened()
    index.described["FeatureDefinitions"].remove(lacking)
    index.states = [FAILED]
    place.opened()
    assert lacking["FeatureName"] in index.types


def test_a_change_that_failed_and_is_not_wanted_any_more_stops_nobody(place: Any) -> None:
    place.service.groups[INDEX].states = [FAILED]
    place.opened()
    place.service.groups[INDEX].states = [{"LastUpdateStatus": {"Status": "InProgress"}}, FAILED]  # somebody else's
    place.opened()


KEY = "arn:aws:kms:eu-west-1:111122223333:key/k1"


def test_an_online_store_of_another_tier_or_key_is_refused(sagemaker_site: Any, catalogue: Any) -> None:
    def apply(**settings: Any) -> None:
        sagemaker_site.open(catalogue, **settings).apply()

    apply(kms_key=KEY, storage="InMemory")
    for same in (KEY, "k1", "alias/features", None):
        apply(kms_key=same, storage="InMemory")
    with pytest.raises(StoreError, match=r"has the storage InMemory; wanted Standard\. It cannot be changed: have"):
        apply(kms_key=KEY)
    with pytest.raises(StoreError, match=f"has the kms_key {KEY}; wanted k2"):
        apply(kms_key="k2", storage="InMemory")
    apply(prefix="other")
    with pytest.raises(StoreError, match=r"has the kms_key \(of the service\); wanted k1"):
        apply(prefix="other", kms_key="k1")


def test_a_group_of_somebody_else_is_refused(place: Any) -> None:
    place.service.groups[INDEX].described["RecordIdentifierFeatureName"] = "key"
    with pytest.raises(
        StoreError, match="names its records by key and dates them by event_timestamp; wanted record_id"
    ):
        place.opened()


def test_groups_that_something_else_is_to_make_are_asked_for_in_words(sagemaker_site: Any, catalogue: Any) -> None:
    with pytest.raises(StoreError, match="there is no feature group pairlake-online-entities, and .* create is false"):
        sagemaker_site.open(catalogue, create=False).apply()
    assert not sagemaker_site.running.service.groups


def test_a_changed_type_is_refused_before_anything_is_changed(place: Any) -> None:
    group = place.service.groups[INDEX]
    group.described["FeatureDefinitions"] = [
        {**each, "FeatureType": "String"} if each["FeatureName"] == "records" else each
        for each in group.described["FeatureDefinitions"]
    ]
    with pytest.raises(SchemaChangeError, match="records is stored as String, declared as Integral"):
        place.opened()


def test_a_time_to_live_is_changed_and_none_is_not_taken_for_one(place: Any) -> None:
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


def test_a_feature_whose_name_the_service_reserves_is_refused(catalogue: Catalogue) -> None:
    class Named:
        pair_schema = pa.schema([("id_l", pa.string()), ("is_deleted", pa.float32())])
        entity_schema = catalogue.entity_schema

    with pytest.raises(StoreError, match="'is_deleted' cannot be part of a SageMaker feature group"):
        feature_groups(cast("Catalogue", Named()))

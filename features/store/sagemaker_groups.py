"""Feature groups of the SageMaker Feature Store, kept as the catalogue declares them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import tenacity
from botocore.exceptions import ClientError

from features.sagemaker import SageMaker
from features.store import StoreError, StoreUnavailableError, refuse_type_changes
from features.store.feature_groups import FeatureGroup
from features.store.sagemaker_client import is_missing, reached

_POLL_SECONDS = 5
_MOST_POLLS = 120
_ADDED_AT_ONCE = 100
"""Features that one UpdateFeatureGroup takes."""

Sleep = Callable[[float], Any]


def creation(group: FeatureGroup, settings: SageMaker, fingerprint: str) -> dict[str, Any]:
    """The request that makes a group."""
    request: dict[str, Any] = {
        "FeatureGroupName": group.name(settings.prefix),
        "RecordIdentifierFeatureName": group.identifier,
        "EventTimeFeatureName": group.event_time,
        "FeatureDefinitions": _definitions(group.definitions),
        "Description": f"Pairlake: {group.table.replace('_', ' ')}",
        "Tags": [
            {"Key": "pairlake:fingerprint", "Value": fingerprint},
            {"Key": "pairlake:table", "Value": group.table},
        ],
    }
    if group.online:
        online: dict[str, Any] = {"EnableOnlineStore": True, "StorageType": settings.storage}
        if settings.kms_key:
            online["SecurityConfig"] = {"KmsKeyId": settings.kms_key}
        if settings.ttl_days:
            online["TtlDuration"] = _ttl(settings.ttl_days)
        return request | {"OnlineStoreConfig": online}
    storage = {"S3Uri": settings.offline_s3_uri}
    if settings.offline_kms_key:
        storage["KmsKeyId"] = settings.offline_kms_key
    return request | {"OfflineStoreConfig": {"S3StorageConfig": storage}, "RoleArn": settings.role_arn}


def apply(
    client: Any, groups: Iterable[FeatureGroup], settings: SageMaker, fingerprint: str, sleep: Sleep = time.sleep
) -> None:
    """Make the groups that are missing, add features that are new, and wait until all can be used.

    Offline groups are left out where no S3 URI is set. SchemaChangeError where a feature has another type now,
    StoreError where a group failed or is not to be made, StoreUnavailableError where it takes too long.
    """
    if settings.offline_s3_uri and not settings.role_arn:
        raise StoreError("[sagemaker] has an offline_s3_uri and no role_arn; the service writes there by a role")
    for group in groups:
        if group.online or settings.offline_s3_uri:
            with reached(f"the feature group {group.name(settings.prefix)}"):
                _apply(client, group, settings, fingerprint, sleep)


def _apply(client: Any, group: FeatureGroup, settings: SageMaker, fingerprint: str, sleep: Sleep) -> None:
    name = group.name(settings.prefix)
    found = _described(client, name)
    if found is None:
        if not settings.create:
            raise StoreError(f"there is no feature group {name}, and [sagemaker] create is false; make it first")
        with suppress(client.exceptions.ResourceInUse):  # another process made it meanwhile
            client.create_feature_group(**creation(group, settings, fingerprint))
    found = _refuse_unmade(name, found) if found and not _changing(found) else _settled(client, name, sleep)
    _refuse_another(group, name, found)
    _refuse_other_store(group, name, found, settings)
    stored = {each["FeatureName"]: each["FeatureType"] for each in found["FeatureDefinitions"]}
    refuse_type_changes(name, stored, dict(group.definitions))
    new = [(feature, kind) for feature, kind in group.definitions if feature not in stored]
    if new and not settings.create:
        raise StoreError(
            f"the feature group {name} lacks {', '.join(f for f, _ in new)}; [sagemaker] create "
            "is false, so add them first"
        )
    for place in range(0, len(new), _ADDED_AT_ONCE):
        _change(client, name, sleep, FeatureAdditions=_definitions(new[place : place + _ADDED_AT_ONCE]))
    if group.online and settings.create and _ttl_of(found) != settings.ttl_days:
        _change_ttl(client, name, settings.ttl_days, sleep)


def _change_ttl(client: Any, name: str, days: int | None, sleep: Sleep) -> None:
    if days is None:
        raise StoreError(
            f"the feature group {name} has a time to live, and [sagemaker] ttl_days is left out; set it to the "
            "same, or take it off the group"
        )
    _change(client, name, sleep, OnlineStoreConfig={"TtlDuration": _ttl(days)})


def _change(client: Any, name: str, sleep: Sleep, **change: Any) -> None:
    """Change a group, and wait until that is done. An earlier change that failed is of no account: this one counts."""
    client.update_feature_group(FeatureGroupName=name, **change)
    update = _settled(client, name, sleep).get("LastUpdateStatus", {})
    if update.get("Status") == "Failed":
        raise StoreError(
            f"the feature group {name} could not be changed ({', '.join(change)}): "
            f"{update.get('FailureReason', 'no reason is given')}. Mend that and run again"
        )


def _described(client: Any, name: str) -> dict[str, Any] | None:
    try:
        described: dict[str, Any] = client.describe_feature_group(FeatureGroupName=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return described


def _settled(client: Any, name: str, sleep: Sleep) -> dict[str, Any]:
    """A group once nothing is being done to it. StoreError where it could not be made."""
    asking = tenacity.Retrying(
        retry=tenacity.retry_if_result(_changing),
        wait=tenacity.wait_fixed(_POLL_SECONDS),
        stop=tenacity.stop_after_attempt(_MOST_POLLS),
        sleep=sleep,
    )
    try:
        found: dict[str, Any] | None = asking(_described, client, name)
    except tenacity.RetryError as error:
        raise StoreUnavailableError(
            f"the feature group {name} is still being made or changed after {_POLL_SECONDS * _MOST_POLLS} seconds"
        ) from error
    if found is None:
        raise StoreUnavailableError(f"the feature group {name} is gone again")
    return _refuse_unmade(name, found)


def _refuse_unmade(name: str, found: dict[str, Any]) -> dict[str, Any]:
    status = found.get("FeatureGroupStatus", "Created")
    if status != "Created":
        raise StoreError(
            f"the feature group {name} is {status}: {found.get('FailureReason', 'no reason is given')}. Mend that, "
            "remove the group and run again"
        )
    return found


def _changing(found: Mapping[str, Any] | None) -> bool:
    """Whether a group is being made or changed; one just made may not be known everywhere yet."""
    if found is None:
        return True
    busy = found.get("FeatureGroupStatus") in ("Creating", "Deleting")
    return busy or found.get("LastUpdateStatus", {}).get("Status") == "InProgress"


def _refuse_another(group: FeatureGroup, name: str, found: Mapping[str, Any]) -> None:
    """StoreError where a group of that name is not the one that is declared."""
    named = (found["RecordIdentifierFeatureName"], found["EventTimeFeatureName"])
    if named != (group.identifier, group.event_time):
        raise StoreError(
            f"the feature group {name} names its records by {named[0]} and dates them by {named[1]}; wanted "
            f"{group.identifier} and {group.event_time}. It was made by something else: choose another prefix "
            "in [sagemaker]"
        )
    if group.online and not found.get("OnlineStoreConfig", {}).get("EnableOnlineStore"):
        raise StoreError(
            f"the feature group {name} has no online store, which cannot be added; remove it and run again"
        )


def _refuse_other_store(group: FeatureGroup, name: str, found: Mapping[str, Any], settings: SageMaker) -> None:
    """StoreError where the online store of a group has another tier or key than the settings name."""
    if not group.online:
        return
    online = found["OnlineStoreConfig"]
    tier, key = online.get("StorageType", "Standard"), online.get("SecurityConfig", {}).get("KmsKeyId")
    for setting, there, wanted, same in (
        ("storage", tier, settings.storage, tier == settings.storage),
        ("kms_key", key, settings.kms_key, settings.kms_key is None or _may_be_one(key, settings.kms_key)),
    ):
        if not same:
            raise StoreError(
                f"the online store of the feature group {name} has the {setting} {there or '(of the service)'}; wanted "
                f"{wanted}. It cannot be changed: have {setting} in [sagemaker] say what is there, choose another "
                "prefix, or remove the group, and run again"
            )


def _may_be_one(key: str | None, other: str) -> bool:
    """Whether two names may be of one key: an ARN ends in its id, and of which key an alias is KMS alone knows."""
    if key is None or ("alias/" in key) != ("alias/" in other):
        return key is not None
    return key.rpartition("/")[2] == other.rpartition("/")[2]


def _definitions(named: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"FeatureName": name, "FeatureType": kind} for name, kind in named]


def _ttl(days: int) -> dict[str, Any]:
    return {"Unit": "Days", "Value": days}


def _ttl_of(found: Mapping[str, Any]) -> int | None:
    """Days that a group keeps its records; None where it keeps them for ever."""
    ttl = found.get("OnlineStoreConfig", {}).get("TtlDuration") or {}
    per_day = {"Seconds": 86400, "Minutes": 1440, "Hours": 24, "Days": 1}
    if not ttl.get("Value"):
        return None
    return int(ttl["Value"]) * 7 if ttl["Unit"] == "Weeks" else int(ttl["Value"]) // per_day[ttl["Unit"]]

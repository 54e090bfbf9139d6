"""The SageMaker Feature Store in this process, which holds to its documented limits and errors.

Nobody emulates the data plane (rest-json): PutRecord, BatchWriteRecord, GetRecord, BatchGetRecord, DeleteRecord,
ListRecords. Of the control plane (json 1.1) it has what moto lacks too: groups that are being made, that fail, that are
changed. Rules are those of the API reference: an event time that is not greater leaves an online record as it is; a
hard delete whose event time is not greater is refused; a record that is not there is left out of an answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "111122223333"
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_LIMIT = 350 * 1024

Answer = dict[str, Any]


class RefusedError(Exception):
    """An error as the service gives it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass
class Group:
    """A feature group: what it was made with, what becomes of it, and its online records by identifier."""

    described: dict[str, Any]
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    expires: dict[str, str] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)
    """What the next descriptions say instead."""

    @property
    def types(self) -> dict[str, str]:
        return {each["FeatureName"]: each["FeatureType"] for each in self.described["FeatureDefinitions"]}


class FeatureStoreService:
    """The service: its groups, the calls it was asked, and what is to go wrong."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.calls: list[str] = []
        self.fail: Callable[[str], RefusedError | None] = lambda operation: None
        """Asked before each operation: an error to answer with."""
        self.leave: Callable[[str], int] = lambda operation: 0
        """How many of a batch are left unprocessed."""
        self.next_states: list[dict[str, Any]] = []
        """What the next group to be made or changed says of itself before it is ready."""
        self._lock = threading.RLock()

    def answer(self, operation: str, body: Mapping[str, Any]) -> Answer:
        with self._lock:
            self.calls.append(operation)
            error = self.fail(operation)
            if error:
                raise error
            self.forget_expired()
            answered: Answer = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())(body) or {}
            return answered

    # --- control plane ---

    def create_feature_group(self, body: Mapping[str, Any]) -> Answer:
        name = body["FeatureGroupName"]
        if name in self.groups:
            raise RefusedError(
                "ResourceInUse", f"Resource Already Exists: FeatureGroup with name {name} already exists."
            )
        named = [each["FeatureName"] for each in body["FeatureDefinitions"]]
        for wanted in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
            if body[wanted] not in named:
                raise RefusedError("ValidationException", f"{wanted} must be among the feature definitions")
        if set(named) & {"is_deleted", "write_time", "api_invocation_time"} or len(set(named)) < len(named):
            raise RefusedError("ValidationException", "a feature's name is reserved or there twice")
        if "OfflineStoreConfig" in body and not body.get("RoleArn"):
            raise RefusedError("ValidationException", "RoleArn is required with an offline store")
        if not {"OnlineStoreConfig", "OfflineStoreConfig"} & body.keys():
            raise RefusedError("ValidationException", "an online or an offline store is required")
        self.groups[name] = Group({**body, "FeatureGroupStatus": "Created"}, states=self._states())
        return {"FeatureGroupArn": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:feature-group/{name}"}

    def describe_feature_group(self, body: Mapping[str, Any]) -> Answer:
        name = body["FeatureGroupName"]
        if name not in self.groups:
            raise RefusedError(
                "ResourceNotFound", f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup {name}"
            )
        group = self.groups[name]
        arn = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:feature-group/{name}"
        fixed = {"FeatureGroupArn": arn, "CreationTime": 0, "NextToken": ""}
        return {**group.described, **fixed, **(group.states.pop(0) if group.states else {})}

    def update_feature_group(self, body: Mapping[str, Any]) -> Answer:
        group = self.groups[body["FeatureGroupName"]]
        additions = body.get("FeatureAdditions", [])
        if len(additions) > 100 or group.states:
            raise RefusedError("ValidationException", "at most 100 features, and one change at a time")
        group.described["FeatureDefinitions"] = [*group.described["FeatureDefinitions"], *additions]
        online = {**group.described.get("OnlineStoreConfig", {}), **body.get("OnlineStoreConfig", {})}
        group.described["OnlineStoreConfig"] = online
        group.states = self._states()
        return {"FeatureGroupArn": "arn"}

    def _states(self) -> list[dict[str, Any]]:
        states, self.next_states = self.next_states, []
        return states

    # --- data plane ---

    def put_record(self, body: Mapping[str, Any]) -> None:
        group = self._group(body["FeatureGroupName"], "ValidationError")
        self._put(group, body["Record"], body.get("TtlDuration"))

    def batch_write_record(self, body: Mapping[str, Any]) -> Answer:
        entries, errors = body["Entries"], []
        if not 1 <= len(entries) <= 25:
            raise RefusedError("ValidationError", f"{len(entries)} entries; wanted 1 to 25")
        left = self.leave("BatchWriteRecord")
        for entry in entries[left:]:
            try:
                ttl = entry.get("TtlDuration") or body.get("TtlDuration")
                self._put(self._group(entry["FeatureGroupName"], "ResourceNotFound"), entry["Record"], ttl)
            except RefusedError as error:
                errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": str(error)})
        return {"Errors": errors, "UnprocessedEntries": entries[:left]}

    def get_record(self, body: Mapping[str, Any]) -> Answer:
        group = self._group(body["FeatureGroupName"], "ResourceNotFound")
        record = group.records.get(body["RecordIdentifierValueAsString"])
        return {"Record": _shown(record, body.get("FeatureNames"))} if record else {}

    def batch_get_record(self, body: Mapping[str, Any]) -> Answer:
        asked = [(each, i) for each in body["Identifiers"] for i in each["RecordIdentifiersValueAsString"]]
        if not 1 <= len(asked) <= 100:
            raise RefusedError("ValidationError", f"{len(asked)} records; wanted 1 to 100")
        if len({(each["FeatureGroupName"], i) for each, i in asked}) < len(asked):
            raise RefusedError("ValidationError", "a record is asked for twice")
        left, records = self.leave("BatchGetRecord"), []
        for each, record_id in asked[left:]:
            name = each["FeatureGroupName"]
            record = self._group(name, "ResourceNotFound").records.get(record_id)
            unknown = set(each.get("FeatureNames", [])) - self.groups[name].types.keys()
            if unknown:
                raise RefusedError("ValidationError", f"unknown features {sorted(unknown)}")
            if record:
                shown = _shown(record, each.get("FeatureNames"))
                records.append({"FeatureGroupName": name, "RecordIdentifierValueAsString": record_id, "Record": shown})
        unprocessed = [{**each, "RecordIdentifiersValueAsString": [i]} for each, i in asked[:left]]
        return {"Records": records, "Errors": [], "UnprocessedIdentifiers": unprocessed}

    def delete_record(self, body: Mapping[str, Any]) -> None:
        group = self._group(body["FeatureGroupName"], "ValidationError")
        record_id, event_time = body["RecordIdentifierValueAsString"], body["EventTime"]
        _checked_time(event_time)
        there = group.records.get(record_id)
        if body.get("DeletionMode", "SoftDelete") == "HardDelete":
            if there and event_time <= there[group.described["EventTimeFeatureName"]]:
                raise RefusedError("ValidationError", "EventTime: must be later than that of the record")
            group.records.pop(record_id, None)
        elif there and event_time > there[group.described["EventTimeFeatureName"]]:
            group.records[record_id] = {group.described["EventTimeFeatureName"]: event_time}

    def list_records(self, body: Mapping[str, Any]) -> Answer:
        group, size = self._group(body["FeatureGroupName"], "ResourceNotFound"), body.get("MaxResults", 100)
        if not 1 <= size <= 100:
            raise RefusedError("ValidationError", "MaxResults: wanted 1 to 100")
        after = body.get("NextToken", "")
        page = sorted(i for i in group.records if i > after)
        more = {"NextToken": page[size - 1]} if len(page) > size else {}
        return {"RecordIdentifiers": page[:size], **more}

    def _group(self, name: str, code: str) -> Group:
        name = name.rpartition("/")[2]
        if name not in self.groups:
            status = 404 if code == "ResourceNotFound" else 400
            raise RefusedError(
                code, f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}", status
            )
        if not self.groups[name].described.get("OnlineStoreConfig", {}).get("EnableOnlineStore"):
            raise RefusedError("ValidationError", f"{name} has no online store")
        return self.groups[name]

    def forget_expired(self, later: timedelta = timedelta(0)) -> None:
        """Remove what has outlived its time by now, or by a later time."""
        now = (datetime.now(UTC) + later).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            for group in self.groups.values():
                for record_id in [each for each, expires in group.expires.items() if expires <= now]:
                    del group.expires[record_id]
                    group.records.pop(record_id, None)

    def _put(self, group: Group, values: list[dict[str, Any]], ttl: Mapping[str, Any] | None = None) -> None:
        identifier = group.described["RecordIdentifierFeatureName"]
        event_time = group.described["EventTimeFeatureName"]
        record = {each["FeatureName"]: each["ValueAsString"] for each in values if "ValueAsString" in each}
        if len({each["FeatureName"] for each in values}) < len(values):
            raise RefusedError("ValidationError", "a feature is there twice")
        unknown = {each["FeatureName"] for each in values} - group.types.keys()
        if unknown:
            raise RefusedError("ValidationError", f"Validation Error: FeatureNames {sorted(unknown)} are not defined")
        for needed in (identifier, event_time):
            if not record.get(needed):
                raise RefusedError("ValidationError", f"Missing mandatory feature value {needed}")
        _checked_time(record[event_time])
        for name, value in record.items():
            _checked_value(name, value, group.types[name])
        if sum(len(n) + len(v.encode()) for n, v in record.items()) > _LIMIT or len(record[identifier].encode()) > 2048:
            raise RefusedError("ValidationError", "the record is too large")
        there = group.records.get(record[identifier])
        if not there or record[event_time] > there[event_time]:
            group.records[record[identifier]] = record
            group.expires.pop(record[identifier], None)
            if ttl:
                lives = timedelta(**{ttl["Unit"].lower(): ttl["Value"]})
                ends = datetime.fromisoformat(record[event_time]) + lives
                group.expires[record[identifier]] = ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _checked_time(text: str) -> None:
    if not _ISO.fullmatch(text):
        raise RefusedError("ValidationError", f"EventTime {text} is not ISO-8601")


def _checked_value(name: str, value: str, kind: str) -> None:
    wanted = {"Integral": r"-?\d+", "Fractional": r"-?(\d+\.?\d*([eE][-+]?\d+)?|\d*\.\d+)"}.get(kind)
    if not value or (wanted and not re.fullmatch(wanted, value)):
        raise RefusedError("ValidationError", f"{name} is not {kind}: {value}")


def _shown(record: Mapping[str, str], features: list[str] | None) -> list[dict[str, str]]:
    return [{"FeatureName": n, "ValueAsString": v} for n, v in record.items() if features is None or n in features]

"""Records of the SageMaker Feature Store online: read, written, listed and deleted, many at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from features.store import StoreError
from features.store.aws import PASSING, code_of, until_nothing_is_left
from features.store.feature_groups import EVENT_TIME
from features.store.sagemaker_client import is_missing, reached

MOST_READ = 100
"""Records that one BatchGetRecord reads."""
_MOST_WRITTEN = 25
"""Records that one BatchWriteRecord writes."""
_MOST_BYTES = 350 * 1024
"""Largest record, and largest value."""
_MOST_ID_BYTES = 2 * 1024
_NOTHING: Mapping[str, Any] = {}

Record = dict[str, str]
"""Feature → value, as text; a feature without a value is left out."""
Sleep = Callable[[float], Any]
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Records:
    """The records of feature groups, through a client of the data plane.

    What the service leaves undone is asked for again, with growing waits drawn evenly from nought up ("full jitter");
    StoreUnavailableError where it stays undone. `workers` requests are under way at once.
    """

    def __init__(self, client: Any, workers: int, sleep: Sleep = time.sleep) -> None:
        self._client = client
        self._workers = workers
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="feature store")

    def get_one(self, group: str, record_id: str) -> Record | None:
        """A record; None where there is none, or no such group."""
        try:
            answer = self._client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=record_id)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return _values(answer["Record"]) if answer.get("Record") else None

    def get(self, asked: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Record]:
        """The records that one request asks for (see `asking`), by group and identifier, as far as they are there."""
        found: dict[tuple[str, str], Record] = {}

        def read(asked: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
            answer = self._client.batch_get_record(Identifiers=asked)
            for one in answer["Records"]:
                found[_group(one["FeatureGroupName"]), one["RecordIdentifierValueAsString"]] = _values(one["Record"])
            again = [error for error in answer["Errors"] if _passes(error, "BatchGetRecord")]
            return [*answer["UnprocessedIdentifiers"], *_asked_again(again, asked)]

        with reached("records"):
            until_nothing_is_left(read, list(asked), "reads of the SageMaker Feature Store", self._sleep)
        return found

    def blank(self, group: str, record_ids: Iterable[str], identifier: str, event_time: str) -> None:
        """Take the values out of records at once, and let the service remove what is left of them.

        Where a record is not written again this does what `delete` does, in a twenty-fifth of the requests.
        `event_time` is later than that of each.
        """
        blanks = ({identifier: record_id, EVENT_TIME: event_time} for record_id in record_ids)
        self.put(group, blanks, identifier, {"TtlDuration": {"Unit": "Seconds", "Value": 1}})

    def put(self, group: str, records: Iterable[Record], identifier: str, further: Mapping[str, Any] = _NOTHING) -> int:
        """Write records, and return their number.

        The service leaves a record as it is that has the same or a later event time. StoreError, before anything of
        its batch is sent, for a record over the service's limits.
        """
        written = 0

        def write(entries: list[dict[str, Any]]) -> int:
            with reached(f"records of {group}"):
                until_nothing_is_left(self._write, entries, f"writes of {group}", self._sleep)
            return len(entries)

        entries = ({**_entry(group, record, identifier), **further} for record in records)
        for count in self.spread(write, chunks(entries, _MOST_WRITTEN)):
            written += count
        return written

    def delete(self, group: str, record_ids: Iterable[str], event_time: str) -> int:
        """Remove records for good, and return their number; `event_time` is later than that of each."""

        def remove(record_id: str) -> None:
            with reached(f"a record of {group}"):
                self._client.delete_record(
                    FeatureGroupName=group,
                    RecordIdentifierValueAsString=record_id,
                    EventTime=event_time,
                    DeletionMode="HardDelete",
                )

        return sum(1 for _ in self.spread(remove, record_ids))

    def ids(self, group: str) -> Iterator[str]:
        """The identifiers of all records of a group."""
        token: dict[str, str] = {}
        while True:
            with reached(f"records of {group}"):
                page = self._client.list_records(FeatureGroupName=group, MaxResults=MOST_READ, **token)
            yield from page["RecordIdentifiers"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def spread(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """`work` on each item, some at once, in no order; items are taken as they can be worked on."""
        under_way: set[Future[Answer]] = set()
        for item in items:
            if len(under_way) >= 2 * self._workers:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
            under_way.add(self._pool.submit(work, item))
        yield from (future.result() for future in under_way)

    def _write(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            answer = self._client.batch_write_record(Entries=entries)
        except ClientError as error:
            if code_of(error) in PASSING:  # a load has more patience than botocore, which lookups wait for too
                return entries
            raise
        again = [error["Entry"] for error in answer["Errors"] if _passes(error, "BatchWriteRecord")]
        return [*answer["UnprocessedEntries"], *again]


def asking(group: str, record_ids: Sequence[str], features: Sequence[str]) -> dict[str, Any]:
    """These features of these records of a group, as part of a request."""
    return {
        "FeatureGroupName": group,
        "RecordIdentifiersValueAsString": list(record_ids),
        "FeatureNames": list(features),
    }


def _asked_again(errors: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The part of a request that came back as errors which may pass."""
    features = {_group(each["FeatureGroupName"]): each["FeatureNames"] for each in asked}
    by_group: dict[str, list[str]] = {}
    for error in errors:
        by_group.setdefault(_group(error["FeatureGroupName"]), []).append(error["RecordIdentifierValueAsString"])
    return [asking(group, record_ids, features[group]) for group, record_ids in by_group.items()]


def _passes(error: Mapping[str, Any], operation: str) -> bool:
    """Whether an error about one record may pass; the same exceptions as for a whole request where it may not."""
    if error["ErrorCode"] in PASSING:
        return True
    response = {"Error": {"Code": error["ErrorCode"], "Message": error.get("ErrorMessage", "")}}
    raise ClientError(response, operation)


def _entry(group: str, record: Record, identifier: str) -> dict[str, Any]:
    size = sum(len(name) + len(value.encode()) for name, value in record.items())
    if size > _MOST_BYTES or len(record[identifier].encode()) > _MOST_ID_BYTES:
        raise StoreError(
            f"the record {record[identifier][:100]!r} of {group} has {size:,} bytes; the Feature Store takes "
            f"{_MOST_BYTES:,} a record and {_MOST_ID_BYTES:,} an identifier. Shorten what its source gives"
        )
    values = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
    return {"FeatureGroupName": group, "Record": values}


def _values(record: Iterable[Mapping[str, str]]) -> Record:
    return {value["FeatureName"]: value["ValueAsString"] for value in record if "ValueAsString" in value}


def _group(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items, so many at a time."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk

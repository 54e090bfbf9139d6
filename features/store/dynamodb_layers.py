"""Rows in DynamoDB as Feast lays them out, in layers: the number stands before Feast's hash in each item's key.

A table is one of Feast's, one a view. The state and the open claims are two more items of the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import mmh3
import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError
from feast import FeatureView

from features.store import StoreError, StoreUnavailableError
from features.store.aws import code_of, passes, until_nothing_is_left
from features.store.layers import Claim, State
from features.store.online import Row, encoded, entity_keys, join_key
from features.store.table_rows import EPOCH

_WRITTEN, _READ = 25, 100
"""Most items of a BatchWriteItem and of a BatchGetItem."""

_MOST_BYTES = 400 * 1024
"""Largest item, names and values together."""

_SEGMENTS = 4
_ITEM_KEY = "entity_id"
_STATE = {_ITEM_KEY: {"S": "state"}}
_CLAIMS = {_ITEM_KEY: {"S": "layers"}}
_LAST = "last"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Item = dict[str, Any]


class DynamoDBLayers:
    """A `Layered` store in DynamoDB. `template` is Feast's name of a table: of {project} and {table_name}."""

    name = "DynamoDB"
    threads = 16
    chunk = 250

    def __init__(self, client: Any, project: str, template: str, first: str) -> None:
        self.client = client
        self._project, self._template = project, template
        self._state_table = self.table(first)
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="online read")

    def table(self, view: str) -> str:
        """The name of a view's table."""
        return self._template.format(project=self._project, table_name=view)

    def state(self) -> State | None:
        """What is in force; None before the first load."""
        with reached(self._state_table):
            answer = self.client.get_item(TableName=self._state_table, Key=_STATE, ConsistentRead=True)
        item = answer.get("Item")
        if not item:
            return None
        return State(
            revision=int(item["revision"]["N"]),
            layers=tuple(int(layer["N"]) for layer in item["layers"]["L"]),
            newest=int(item["newest"]["N"]),
            as_of=datetime.fromisoformat(item["as_of"]["S"]),
            fingerprint=item["fingerprint"]["S"],
        )

    def swap(self, before: State | None, after: State) -> bool:
        """Put a state in the place of another; see `Layered.swap`."""
        condition: dict[str, Any] = {"ConditionExpression": f"attribute_not_exists({_ITEM_KEY})"}
        if before:
            values = {":before": {"N": str(before.revision)}}
            condition = {"ConditionExpression": "revision = :before", "ExpressionAttributeValues": values}
        try:
            with reached(self._state_table):
                self.client.put_item(TableName=self._state_table, Item=_STATE | _state_item(after), **condition)
        except _ConditionError:
            return False
        return True

    def claim(self, claim: Claim) -> int:
        """A layer that nobody else has or had; see `Layered.claim`."""
        layer = int(self._claims("ADD #name :one", _LAST, {":one": {"N": "1"}})[_LAST]["N"])
        self.note(layer, claim)
        return layer

    def note(self, layer: int, claim: Claim) -> None:
        """Say something else of an open layer; see `Layered.note`."""
        self._claims("SET #name = :claim", str(layer), {":claim": {"S": claim.text()}})

    def opened(self) -> dict[int, Claim]:
        """The layers that were claimed and not closed; see `Layered.opened`."""
        with reached(self._state_table):
            answer = self.client.get_item(TableName=self._state_table, Key=_CLAIMS, ConsistentRead=True)
        claims = {name: of for name, of in answer.get("Item", {}).items() if name not in (_ITEM_KEY, _LAST)}
        return {int(layer): Claim.of_text(claim["S"]) for layer, claim in claims.items()}

    def close(self, layer: int) -> None:
        """Forget that a layer was claimed."""
        self._claims("REMOVE #name", str(layer), None)

    def clear(self, views: Sequence[FeatureView], layers: Sequence[int]) -> None:
        """Remove all rows of these layers: a scan of the tables, in segments side by side."""
        if not layers:
            return
        asked: dict[str, Any] = {
            "ProjectionExpression": _ITEM_KEY,
            "FilterExpression": " OR ".join(f"begins_with({_ITEM_KEY}, :l{layer})" for layer in layers),
            "ExpressionAttributeValues": {f":l{layer}": {"S": _key(layer)} for layer in layers},
        }
        segments = [(self.table(view.name), segment) for view in views for segment in range(_SEGMENTS)]
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda each: self._clear_segment(each[0], each[1], asked), segments))

    def put(self, layer: int, view: FeatureView, batch: pa.RecordBatch) -> None:
        """Write rows into a layer."""
        columns = encoded(view, batch)
        values = [
            dict(zip(columns, ({"B": value} for value in row), strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
        times = [str(_EPOCH + timedelta(microseconds=micros)) for micros in batch.column(EPOCH).to_pylist()]
        named = batch.column(join_key(view)).to_pylist()
        rows = zip(_keys(layer, view, named), times, values, strict=True)
        items = [{_ITEM_KEY: {"S": key}, "event_ts": {"S": at}, "values": {"M": row}} for key, at, row in rows]
        for name, item in zip(named, items, strict=True):
            _refuse_larger(view, name, item)
        self._write(self.table(view.name), [{"PutRequest": {"Item": item}} for item in items])

    def bury(self, layer: int, view: FeatureView, keys: Sequence[str]) -> None:
        """Have a layer say of these keys that they are gone, whatever the layers below hold."""
        items = [{_ITEM_KEY: {"S": key}, "gone": {"BOOL": True}} for key in _keys(layer, view, keys)]
        self._write(self.table(view.name), [{"PutRequest": {"Item": item}} for item in items])

    def drop(self, layers: Sequence[int], view: FeatureView, keys: Sequence[str]) -> None:
        """Take the rows of these keys out of layers."""
        gone = [{_ITEM_KEY: {"S": key}} for layer in layers for key in _keys(layer, view, keys)]
        self._write(self.table(view.name), [{"DeleteRequest": {"Key": key}} for key in gone])

    def newer(self, layers: Sequence[int], view: FeatureView, batch: pa.RecordBatch) -> int:
        """How many rows are newer in these layers; see `Layered.newer`."""
        there = dict(self._top(layers, view, batch.column(join_key(view)).to_pylist()))
        own = zip(batch.column(join_key(view)).to_pylist(), batch.column(EPOCH).to_pylist(), strict=True)
        return sum(key in there and _micros(there[key]["event_ts"]["S"]) > micros for key, micros in own)

    def fetch(
        self, layers: Sequence[int], view: FeatureView, keys: Sequence[str]
    ) -> tuple[Sequence[tuple[str, Row]], State | None]:
        """The rows of these keys, and the state in force afterwards; see `Layered.fetch`."""
        rows = [
            (key, {name: bytes(value["B"]) for name, value in item["values"]["M"].items()})
            for key, item in self._top(layers, view, keys)
        ]
        return rows, self.state()

    def _top(self, layers: Sequence[int], view: FeatureView, keys: Sequence[str]) -> Iterator[tuple[str, Item]]:
        """The item of each key in the first layer that holds one, unless it says that the key is gone."""
        table, distinct = self.table(view.name), list(dict.fromkeys(keys))
        asked = {layer: list(_keys(layer, view, distinct)) for layer in layers}
        parts = list(_parts([key for of_layer in asked.values() for key in of_layer], _READ))
        found: dict[str, Item] = {}
        for items in (
            self._pool.map(lambda part: self._read(table, part), parts)
            if len(parts) > 1
            else map(self._read, [table], parts)
        ):
            found |= {item[_ITEM_KEY]["S"]: item for item in items}
        for place, key in enumerate(distinct):
            item = next((found[asked[layer][place]] for layer in layers if asked[layer][place] in found), None)
            if item and "gone" not in item:
                yield key, item

    def _read(self, table: str, keys: Sequence[str]) -> list[Item]:
        """The items of at most a hundred keys; what DynamoDB leaves undone is asked for again."""
        items: list[Item] = []

        def read(asked: Item) -> Item:
            with reached(table):
                answer = self.client.batch_get_item(RequestItems=asked)
            items.extend(answer["Responses"].get(table, []))
            return answer.get("UnprocessedKeys") or {}

        asked: Item = {table: {"Keys": [{_ITEM_KEY: {"S": key}} for key in keys], "ConsistentRead": True}}
        until_nothing_is_left(read, asked, f"reads of the DynamoDB table {table}")
        return items

    def _write(self, table: str, requests: Sequence[Mapping[str, Any]]) -> None:
        """Write or delete items; what DynamoDB leaves undone is sent again."""

        def write(asked: Item) -> Item:
            with reached(table):
                left: Item = self.client.batch_write_item(RequestItems=asked).get("UnprocessedItems") or {}
            return left

        for part in _parts(requests, _WRITTEN):
            asked: Item = {table: list(part)}
            until_nothing_is_left(write, asked, f"writes of the DynamoDB table {table}")

    def _clear_segment(self, table: str, segment: int, asked: Mapping[str, Any]) -> None:
        start: dict[str, Any] = {}
        while True:
            with reached(table):
                page = self.client.scan(TableName=table, Segment=segment, TotalSegments=_SEGMENTS, **asked, **start)
            self._write(table, [{"DeleteRequest": {"Key": item}} for item in page["Items"]])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _claims(self, update: str, name: str, values: Mapping[str, Any] | None) -> Item:
        """Change one attribute of the open claims; returns it."""
        given = {"ExpressionAttributeValues": values} if values else {}
        with reached(self._state_table):
            answer = self.client.update_item(
                TableName=self._state_table,
                Key=_CLAIMS,
                UpdateExpression=update,
                ExpressionAttributeNames={"#name": name},
                ReturnValues="UPDATED_NEW",
                **given,
            )
        attributes: Item = answer.get("Attributes", {})
        return attributes


class _ConditionError(Exception):
    """A conditional write found another state than it wanted."""


@contextmanager
def reached(table: str) -> Iterator[None]:
    """Around what asks DynamoDB. Of its errors the code is passed on, never the text, which may quote an item."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code == "ConditionalCheckFailedException":
            raise _ConditionError from None
        if code == "ResourceNotFoundException":
            raise StoreError(
                f"there is no DynamoDB table {table}; Terraform makes it (infra/), or, where nothing else does, "
                "`pairlake: {create_tables: true}` in feature_store.yaml"
            ) from None
        kind = StoreUnavailableError if passes(error) else StoreError
        raise kind(f"DynamoDB does not do what it was asked of {table}: {code}") from None
    except BotoCoreError as error:
        raise StoreUnavailableError(f"DynamoDB cannot be reached: {type(error).__name__}") from None


def _state_item(state: State) -> Item:
    return {
        "revision": {"N": str(state.revision)},
        "layers": {"L": [{"N": str(layer)} for layer in state.layers]},
        "newest": {"N": str(state.newest)},
        "as_of": {"S": state.as_of.isoformat()},
        "fingerprint": {"S": state.fingerprint},
    }


def _refuse_larger(view: FeatureView, key: str, item: Item) -> None:
    """StoreError for a row that is larger than an item may be."""
    row = item["values"]["M"]
    size = sum(len(name) + len(value.get("S", "")) for name, value in item.items())
    size += 3 + sum(1 + len(name) + len(value["B"]) for name, value in row.items())  # as DynamoDB counts a map
    if size > _MOST_BYTES:
        raise StoreError(
            f"the row {key[:100]!r} of {view.name} has {size:,} bytes; DynamoDB takes {_MOST_BYTES:,} an item. Shorten "
            "what its source gives, or, of blocking_index, have a lower [online] max_records_per_key"
        )


def _keys(layer: int, view: FeatureView, keys: Sequence[str]) -> Iterator[str]:
    """The items' keys: the layer, then Feast's hash of its entity key."""
    return (_key(layer) + mmh3.hash_bytes(key).hex() for key in entity_keys(view, keys))


def _key(layer: int) -> str:
    return f"{layer}/"


def _micros(event_time: str) -> int:
    return (datetime.fromisoformat(event_time) - _EPOCH) // timedelta(microseconds=1)


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))

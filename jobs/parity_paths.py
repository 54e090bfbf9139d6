"""The paths on which a pair gets its features, each replaying a sample of published pairs.

Those of BEFORE need no more than the lake, so they can be run before pairs are in force; those of AFTER read what is in
force. Another path is another value at the end of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.arrays import BoolArray
from features.catalogue import Catalogue
from features.errors import PairlakeError
from features.kernel.records import prepare, standardise
from features.kernel.score import score_pairs
from features.lake import Lake
from features.settings import Settings
from features.spark.frames import to_arrow
from features.spark.labels import instant_of
from features.spark.parity import rows_with
from features.store import NotRegisteredError, StoreError
from features.store.packing import Packing
from features.tables import KEPT_FROM, PAIR_FEATURES, PARTY_FIELDS, RAW_ENTITIES
from jobs.online import open_lookup, open_store, open_training_store

EVERY_CANDIDATE = 1_000_000
"""A lookup is asked for all its candidates, so that what it leaves out is left out by the index alone."""


Found = tuple[Mapping[str, Mapping[str, Any]], Collection[str], bool]
"""What a lookup gives: the features of each candidate, the ids of those whose record the store lost, and whether
candidates were or may have been left out."""


class CannotRunError(PairlakeError):
    """A path cannot be run on this lake as it is; the message says why."""


@dataclass(frozen=True)
class Replayed:
    """What a path gives for the pairs of a sample, in their order: features, and which pairs it did not know.

    Of `left_out` it declares that it bounds its answer and that this pair may lie beyond.
    """

    features: pa.Table
    missing: BoolArray
    left_out: BoolArray


@dataclass(frozen=True)
class Sample:
    """Pairs with their features as the data files hold them, and where a path finds what else it needs."""

    settings: Settings
    lake: Lake
    catalogue: Catalogue
    pairs: pa.Table
    frame: DataFrame
    entities: DataFrame
    raw: DataFrame
    as_of: str
    """When the sources of these pairs were read."""

    @cached_property
    def ids(self) -> pa.Table:
        """Ids of the records, each once."""
        sides = [self.pairs[side].combine_chunks() for side in ("id_l", "id_r")]
        return pa.table({"entity_id": pc.unique(pa.concat_arrays(sides))})

    @property
    def schema(self) -> pa.Schema:
        """Schema of the features, null where a path has none, contract or not."""
        return pa.schema([feature.field.with_nullable(True) for feature in self.catalogue.pair_features])

    @cached_property
    def prepared(self) -> pa.Table:
        """The stored records, prepared."""
        columns = ["entity_id", *self.catalogue.kernel_columns]
        schema = pa.schema([self.catalogue.entity_schema.field(name) for name in columns])
        return rows_with(self.entities.select(*columns), self.ids).cast(schema)

    @cached_property
    def records(self) -> pa.Table:
        """The records as their sources wrote them."""
        schema = pa.schema([field for field in RAW_ENTITIES.schema if field.name != KEPT_FROM])
        return rows_with(self.raw.select(*schema.names), self.ids).cast(schema)

    def of(self, records: pa.Table, columns: pa.Table) -> Replayed:
        """The kernel's features of the pairs; `columns` are prepared records in the order of `records`."""
        places = [pc.index_in(self.pairs[side], value_set=records["entity_id"]) for side in ("id_l", "id_r")]
        missing = _mask(pc.or_(pc.is_null(places[0]), pc.is_null(places[1])))
        left, right = (columns.take(place.filter(pa.array(~missing)).combine_chunks()) for place in places)
        found = score_pairs(left, right, self.catalogue.pair_features)
        at = pa.array(np.cumsum(~missing) - 1, mask=missing)
        return Replayed(pa.Table.from_batches([found]).take(at), missing, np.zeros(len(missing), dtype=bool))

    def keyed(self, found: pa.Table, left_out: BoolArray | None = None) -> Replayed:
        """Rows with ids and features, in any order."""
        at = pc.index_in(_keys(self.pairs), value_set=_keys(found))
        none = np.zeros(self.pairs.num_rows, dtype=bool)
        left_out = none if left_out is None else left_out
        schema = self.schema
        return Replayed(found.select(schema.names).cast(schema).take(at), _mask(pc.is_null(at)) & ~left_out, left_out)

    def looked_up(self, lookup: Callable[[Mapping[str, Any]], Found]) -> Replayed:
        """Features of the candidates that a lookup of each left record gives."""
        asked = {row["entity_id"]: _fields(row) for row in self.records.to_pylist()}
        found: list[dict[str, Any]] = []
        left_out = np.zeros(self.pairs.num_rows, dtype=bool)
        keys = self.pairs.select(["id_l", "id_r"]).to_pylist()
        for left, of_left in groupby(enumerate(keys), key=lambda pair: str(pair[1]["id_l"])):
            candidates, lost, truncated = lookup(asked.get(left, {}))
            for place, key in of_left:
                features = candidates.get(key["id_r"])
                left_out[place] = features is None and truncated and key["id_r"] not in lost
                found += [] if features is None else [{**key, **features}]
        ids = [PAIR_FEATURES.schema.field(side) for side in ("id_l", "id_r")]
        return self.keyed(pa.Table.from_pylist(found, pa.schema([*ids, *self.schema])), left_out)


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in PARTY_FIELDS if record[name] is not None}


def _keys(pairs: pa.Table) -> pa.Array:
    return pc.binary_join_element_wise(pairs["id_l"], pairs["id_r"], "\n").combine_chunks()


def _mask(column: pa.Array | pa.ChunkedArray) -> BoolArray:
    return np.asarray(column, dtype=bool)


def _read_back(sample: Sample) -> Replayed:
    """As Spark reads the same files, or the table they are in."""
    return sample.keyed(rows_with(sample.frame, sample.pairs.select(["id_l", "id_r"])))


def _stored_records(sample: Sample) -> Replayed:
    """The kernel called on the prepared records of the lake."""
    return sample.of(sample.prepared, sample.prepared)


def _packed_records(sample: Sample) -> Replayed:
    """The same after the round through bytes by which an online store keeps them."""
    packing = Packing(sample.catalogue)
    return sample.of(sample.prepared, packing.unpack(packing.pack_batch(sample.prepared)))


def _raw_records(sample: Sample) -> Replayed:
    """Records as their sources wrote them, standardised and prepared here and now."""
    catalogue, now = sample.catalogue, datetime.now(UTC)
    raw = sample.records.combine_chunks().to_batches()
    made = [prepare(standardise(batch, catalogue), catalogue, now) for batch in raw]
    return sample.of(sample.records, pa.Table.from_batches(made, catalogue.entity_schema))


def _offline_store(sample: Sample) -> Replayed:
    """A training frame as of now."""
    keys = sample.pairs.select(["id_l", "id_r"]).to_pandas().reset_index(names="place")
    now = F.timestamp_micros(F.lit(instant_of(datetime.now(UTC))))
    asked = sample.frame.sparkSession.createDataFrame(keys).withColumn("event_timestamp", now)
    with _opening():
        store = open_training_store(sample.settings)
    try:
        frame = store.training_frame(asked)
    except NotRegisteredError as error:
        raise CannotRunError(str(error)) from error
    return sample.keyed(to_arrow(frame.drop("event_timestamp")))


def _online_store(sample: Sample) -> Replayed:
    """A lookup of each left record as its source wrote it; a pair beyond a cut list of the index is left out."""
    lookup, _ = open_lookup(_online(sample))

    def found(record: Mapping[str, Any]) -> Found:
        result = lookup.lookup(record, limit=EVERY_CANDIDATE)
        return {one.entity_id: one.features for one in result.candidates}, result.missing, result.truncated

    return sample.looked_up(found)


def _http_service(sample: Sample) -> Replayed:
    """The same lookups, asked of the HTTP service over a socket, and read from its JSON."""
    from jobs.parity_service import serving  # noqa: PLC0415  it reads Feast's choice of how figures are counted

    with serving(_online(sample), EVERY_CANDIDATE) as service:

        def found(record: Mapping[str, Any]) -> Found:
            told = service.lookup(record)
            ids = [candidate["entity_id"] for candidate in told["candidates"]]
            rows = zip(*told["features"].values(), strict=True)
            named = (dict(zip(told["features"], row, strict=True)) for row in rows)
            return dict(zip(ids, named, strict=True)), told["missing"], told["truncated"]

        return sample.looked_up(found)


def _online(sample: Sample) -> Settings:
    """Settings under which what is online is read or fails. CannotRunError where it is away, or of another run."""
    with _opening():
        loaded = open_store(sample.settings, sample.catalogue).loaded()
    if loaded is None:
        raise CannotRunError("nothing is online; `pairlake run` loads it")
    if (loaded.as_of.isoformat(), loaded.fingerprint) != (sample.as_of, sample.catalogue.fingerprint):
        raise CannotRunError("what is online is of another run")
    fail = sample.settings.fallback.model_copy(update={"lookup": "fail"})
    return sample.settings.model_copy(update={"fallback": fail})


@contextmanager
def _opening() -> Iterator[None]:
    """Around the opening of a store, and no more: what it fails at later is no reason to leave its path out."""
    try:
        yield
    except StoreError as error:
        raise CannotRunError(str(error)) from error


@dataclass(frozen=True)
class Path:
    """A way to a pair's features; `replay` raises CannotRunError where this lake has it not."""

    name: str
    replay: Callable[[Sample], Replayed]


BEFORE = (
    Path("read back", _read_back),
    Path("stored records", _stored_records),
    Path("packed records", _packed_records),
    Path("raw records", _raw_records),
)
AFTER = (
    Path("offline store", _offline_store),
    Path("online store", _online_store),
    Path("HTTP service", _http_service),
)

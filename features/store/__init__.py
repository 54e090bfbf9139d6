"""Feature stores: what every one of them offers, and what none of them may let pass.

A store keeps record-side features online, for lookups, and reads pair features offline, for training.
Feast lies beside this; what is here is shared by all stores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from features.errors import PairlakeError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


class StoreError(PairlakeError):
    """The store cannot do what was asked; the message says what was found and what to do."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached, is throttling or does not answer in time; the same may work later."""


class LoadedAnewError(StoreUnavailableError):
    """The store was loaded anew between reads that are to be of one load: read again from the beginning."""


class StaleWriteError(StoreError):
    """What was to be written is older than what is there."""


class NotRegisteredError(StoreError):
    """The store holds no definitions of the features yet."""


class SchemaChangeError(StoreError):
    """A field was declared with another type than the one it is stored with."""


@dataclass(frozen=True)
class Materialised:
    """What a load put online."""

    entities: int
    keys: int


@dataclass(frozen=True)
class IndexEntry:
    """The records of a blocking key: the first of them in id order, and how many there are."""

    entity_ids: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Loaded:
    """What is online: as of when, and made by the catalogue of which fingerprint."""

    as_of: datetime
    fingerprint: str


@dataclass(frozen=True)
class PackedEntity:
    """A prepared record as bytes (see `packing`), and the fingerprint of the catalogue that made it."""

    packed: bytes
    fingerprint: str


Told = Callable[[str, int], None]
"""Hears of a load: the table, and how many of its rows are on their way."""


def untold(table: str, rows: int) -> None:
    """Where nobody wants to hear."""


class Reads(Protocol):
    """What is online, of one load."""

    def loaded(self) -> Loaded | None:
        """What was loaded; None when nothing ever was."""

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """The records of these blocking keys. A key that nobody carries is left out."""

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """These entities' prepared records. An unknown entity is left out."""


class OnlineReads(Protocol):
    """The part of a feature store that a lookup needs."""

    def one_state(self) -> AbstractContextManager[Reads]:
        """Reads that all see one load, whatever is written meanwhile: by a transaction, by a version in the keys.

        LoadedAnewError where the store cannot show it any more.
        """


class FeatureStore(OnlineReads, Protocol):
    """A store of entity features, blocking index and pair features."""

    def apply(self) -> None:
        """Register the definitions. SchemaChangeError when a registered field has another type now."""

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""

    def materialise(
        self,
        spark: SparkSession,
        lake_paths: Mapping[str, str],
        loaded: Loaded,
        *,
        back: bool = False,
        told: Told = untold,
    ) -> Materialised:
        """Put the tables, found by name in `lake_paths`, online as of the time their sources were read.

        `told` hears how far it is. Where the paths name versions, a store over a network goes on where an earlier
        attempt at the same load broke off.

        Entities and keys that are no longer in the tables are no longer online afterwards; doing it twice
        changes nothing. StaleWriteError when something newer is online, and nothing is written, unless it is meant to
        go `back` to an earlier state.
        """

    def refresh(
        self, spark: SparkSession, lake_paths: Mapping[str, str], loaded: Loaded, touched: Mapping[str, pa.Array]
    ) -> Materialised:
        """Put the rows of the touched keys, by table, online as they are in the tables now; a key without a row goes.

        What is not touched must be online as the tables have it. StaleWriteError as in `materialise`.
        """

    def training_frame(self, pairs: DataFrame) -> DataFrame:
        """The pairs (id_l, id_r, event_timestamp, further columns) with their features as of that time.

        Every pair comes back once; its features are null when it had none by then.
        """


def refuse_type_changes(view: str, stored: Mapping[str, str], declared: Mapping[str, str]) -> None:
    """SchemaChangeError when a field of both has two types. A new field and a dropped one are fine."""
    changed = [name for name in declared if stored.get(name, declared[name]) != declared[name]]
    if changed:
        found = "; ".join(f"{name} is stored as {stored[name]}, declared as {declared[name]}" for name in changed)
        raise SchemaChangeError(
            f"{view}: {found}. Whoever reads the stored values expects their type: declare what changed under "
            "a new name"
        )


def refuse_stale(loaded: Loaded | None, as_of: datetime) -> None:
    """StaleWriteError when what is online is newer than `as_of`."""
    if as_of.tzinfo is None:
        raise StoreError(f"as_of {as_of} has no time zone; wanted a UTC time")
    if loaded is not None and loaded.as_of > as_of:
        raise StaleWriteError(
            f"the online store holds data as of {loaded.as_of.isoformat()}; what was to be written is as of "
            f"{as_of.isoformat()}, which is older. Nothing was written; run again on the current sources"
        )

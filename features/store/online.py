"""The online side of a store behind Feast: what each of its kinds offers, and Feast's encoding of keys and values.

Feast keeps the definitions and reads point in time; what is online is written and read by the kinds of this protocol,
in Feast's layout, because its own writers are slow, cannot delete, and let older values replace newer ones.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pyarrow as pa
from feast import FeatureView
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import StringList, Value

from features.store import Loaded, StaleWriteError, StoreError, StoreUnavailableError

KEY_VERSION = 3
"""How Feast writes entity keys as bytes."""

Row = Mapping[str, bytes]
"""The features of a row that is online, by name, each as Feast's bytes of its value."""

_ENCODE: dict[str, Callable[[object], Value]] = {
    "Bytes": lambda value: Value(bytes_val=value),
    "String": lambda value: Value(string_val=value),
    "Int64": lambda value: Value(int64_val=value),
    "Array(String)": lambda value: Value(string_list_val=StringList(val=value)),
}


class Writer(Protocol):
    """What puts rows into a state that nobody reads yet."""

    def write(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view, each with its key, the view's features and `table_rows.EPOCH`; returns their number.

        StoreError for two rows of one key.
        """

    def remove(self, view: FeatureView, keys: Sequence[str]) -> None:
        """Take the rows of these keys out."""


class OneLoad(Protocol):
    """What is online, of one load; LoadedAnewError where another takes its place and the store cannot go on."""

    def loaded(self) -> Loaded | None:
        """What it was loaded with."""

    def rows(self, view: FeatureView, keys: Sequence[str]) -> Iterable[tuple[str, Row]]:
        """The rows of these keys, each with its key; one that is not there is left out."""


class Readable(Protocol):
    """What is online, to be read. Whatever cannot be reached raises StoreUnavailableError."""

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""

    def one_state(self) -> AbstractContextManager[OneLoad]:
        """Reads that all see one load. StoreUnavailableError where nothing is loaded."""


class Online(Readable, Protocol):
    """An online store.

    A block of `replacing` or `changing` that ends in an error leaves what was online. A reader sees what was there
    before the block or what is there after it, never a mix within one block of `one_state`.
    """

    def prepare(self, views: Sequence[FeatureView]) -> None:
        """Make what the store needs before its first load, as far as settings ask for it."""

    def replacing(
        self, views: Sequence[FeatureView], loaded: Loaded, *, of: str = "", back: bool = False
    ) -> AbstractContextManager[Writer]:
        """A load of all rows: what is not written in the block is gone after it.

        Where `of` says which tables, whose rows never change, a store may go on where an earlier attempt at the same
        broke off. StaleWriteError where a row, or the whole, is older than what is online, unless it is to go `back`.
        """

    def changeable(self) -> bool:
        """Whether some rows can be changed beside those that stay; otherwise all are to be loaded."""

    def changing(self, views: Sequence[FeatureView], loaded: Loaded) -> AbstractContextManager[Writer]:
        """A load of some rows, beside those that stay. StaleWriteError as in `replacing`."""

    def pinned(self, connections: int) -> Readable:
        """What is online now, to be read on, by so many at once, when another file is put in the place of this one.

        A store that is no file is read as it is.
        """


@contextmanager
def reached(what: str, *errors: type[Exception]) -> Iterator[None]:
    """Around what reaches for a store: these errors of it become StoreUnavailableError."""
    try:
        yield
    except errors as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StoreUnavailableError(f"{what} cannot be reached: {why}") from error


def refuse_newer(what: str, newer: int) -> None:
    """StaleWriteError when so many rows, and not none, are newer online than those to be written in their place."""
    if newer:
        raise StaleWriteError(
            f"{what} holds {newer:,} rows that are newer than those to be written in their place. Nothing was written; "
            "run again on the current sources"
        )


def join_key(view: FeatureView) -> str:
    """The column that identifies a row of a view."""
    (key,) = view.join_keys
    return str(key)


def entity_keys(view: FeatureView, values: Iterable[str]) -> Iterator[bytes]:
    """Feast's bytes of each entity key: the same beginning for all, then length and text."""
    beginning = key_beginning(view)
    for value in values:
        text = value.encode()
        yield beginning + struct.pack("<I", len(text)) + text


def key_beginning(view: FeatureView) -> bytes:
    """What Feast's bytes of every entity key of a view begin with."""
    empty = EntityKey(join_keys=[join_key(view)], entity_values=[Value(string_val="")])
    return bytes(serialize_entity_key(empty, entity_key_serialization_version=KEY_VERSION)[:-4])


def encoded(view: FeatureView, batch: pa.RecordBatch) -> dict[str, list[bytes]]:
    """The features of a batch, each value as Feast's bytes. StoreError for a type that is not put online."""
    columns = {}
    for field in view.features:
        encode = _encoder(view.name, field.name, str(field.dtype))
        columns[field.name] = [encode(value).SerializeToString() for value in batch.column(field.name).to_pylist()]
    return columns


def _encoder(view: str, field: str, kind: str) -> Callable[[object], Value]:
    if kind not in _ENCODE:
        raise StoreError(f"{view}.{field} is {kind}; what is put online is one of {', '.join(_ENCODE)}")
    return _ENCODE[kind]

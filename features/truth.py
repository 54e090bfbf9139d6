"""Tables of labelled pairs: read, and their ids taken for those of records. No Spark."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

import deltalake
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.fs
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from features.errors import PairlakeError
from features.lake import file_system
from features.settings import Settings

LEFT, RIGHT = ("id_l", "id_left"), ("id_r", "id_right")
"""Names of the column that holds the ids of a side."""

LABEL = ("label", "match")
"""Names of a column in which 0 or false says that a pair is no match."""

_NAMED = 5
_NOTHING = pa.table({name: pa.array([], pa.string()) for name in ("id_l", "id_r")})


class TruthError(PairlakeError):
    """A table of labelled pairs cannot be used; the message names it and says what is wanted."""


@dataclass(frozen=True)
class Matches:
    """The distinct matches of a table with the ids as given, and what else it holds."""

    path: str
    pairs: tuple[tuple[str, str], ...]
    no_matches: int = 0
    unlabelled: int = 0


@dataclass(frozen=True)
class Known:
    """The matches of which both records are there, by entity id; and the ids that name none, or several."""

    pairs: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]

    def __str__(self) -> str:
        """How many there are, and the first ids that could not be used."""
        said = [f"{len(self.pairs):,} labelled pairs of which both records are there"]
        for ids, what in ((self.unknown, "that no record has"), (self.ambiguous, "that several sources have")):
            if ids:
                more = ", …" if len(ids) > _NAMED else ""
                said.append(f"{len(ids):,} ids {what} ({', '.join(ids[:_NAMED])}{more})")
        return "; ".join(said)


def read_matches(path: str) -> Matches:
    """The matches in a CSV, Parquet or Delta table with the columns id_l and id_r (or id_left and id_right).

    Ids are those of entities, `source:id`, or raw ones of the sources. A column `label` or `match` is optional: a
    row in which it is 0 or false is no match, one in which it is null is left out. TruthError for a table that is
    not there, is empty, cannot be read or lacks the columns.
    """
    table = _read(path)
    left, right = _column(table, LEFT, path), _column(table, RIGHT, path)
    ids = [_texts(table[name], name, path) for name in (left, right)]
    label = next((name for name in LABEL if name in table.column_names), None)
    labels: list[int | None] = (
        [1] * table.num_rows if label is None else [_label(value) for value in table[label].to_pylist()]
    )
    if not table.num_rows:
        raise TruthError(f"{path} holds no pair; wanted a row for each labelled pair")
    matches = dict.fromkeys((one, other) for one, other, y in zip(*ids, labels, strict=True) if y and one and other)
    return Matches(path, tuple(matches), labels.count(0), labels.count(None))


def possible_ids(matches: Matches, settings: Settings) -> list[str]:
    """Every entity id that an id of the matches may stand for, in order: what to look for among the records."""
    sides = zip(*matches.pairs, strict=True) if matches.pairs else ()
    sources = (_sources(settings, side) for side in ("left", "right"))
    return sorted({entity for ids, names in zip(sides, sources, strict=False) for entity in _meanings(set(ids), names)})


def known_matches(matches: Matches, settings: Settings, there: Collection[str]) -> Known:
    """The matches by entity id, given those of the possible ids that are there. TruthError when none is left."""
    found: list[tuple[str, str]] = []
    unknown: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for pair in matches.pairs:
        meant = []
        for given, side in zip(pair, ("left", "right"), strict=True):
            ids = [entity for entity in _meanings([given], _sources(settings, side)) if entity in there]
            if len(ids) != 1:
                (ambiguous if ids else unknown)[given] = None
            meant += ids if len(ids) == 1 else []
        if len(meant) == 2 and meant[0] != meant[1]:
            found.append((meant[0], meant[1]) if settings.linking else (min(meant), max(meant)))
    known = Known(tuple(dict.fromkeys(found)), tuple(unknown), tuple(ambiguous))
    if not known.pairs:
        raise TruthError(
            f"{matches.path} has no labelled match of which both records are there; {known}. Wanted entity ids, as "
            "source:id, or ids as the sources have them, left ones in id_l and right ones in id_r"
        )
    return known


def _sources(settings: Settings, side: str) -> list[str]:
    return [source.name for source in settings.sources if not settings.linking or source.side == side]


def _meanings(ids: Iterable[str], sources: list[str]) -> list[str]:
    """The entity ids that ids may stand for: as they are, and in each source."""
    prefixes = tuple(f"{name}:" for name in sources)
    return [
        entity
        for given in ids
        for entity in (*([given] if given.startswith(prefixes) else ()), *(prefix + given for prefix in prefixes))
    ]


def _read(path: str) -> pa.Table:
    try:
        store, inside = file_system(path)
        kind = store.get_file_info(inside).type
        if kind == pa.fs.FileType.NotFound:
            raise TruthError(f"there is no table of labelled pairs at {path}")
        if kind == pa.fs.FileType.Directory and deltalake.DeltaTable.is_deltatable(path):
            parts = [_parquet(unquote(uri)) for uri in deltalake.DeltaTable(path).file_uris()]
            return pa.concat_tables(parts, promote_options="default") if parts else _NOTHING
        if kind == pa.fs.FileType.Directory or path.endswith(".parquet"):
            return _parquet(path)
        with store.open_input_stream(inside, compression="detect") as stream:
            text = {name: pa.string() for name in (*LEFT, *RIGHT, *LABEL)}
            return pcsv.read_csv(stream, convert_options=pcsv.ConvertOptions(column_types=text))
    except (pa.ArrowException, OSError, DeltaError) as error:
        why = ":".join(str(error).partition("\n")[0].split(":")[:2])  # what follows may quote a row
        raise TruthError(
            f"{path} cannot be read: {why}. Wanted a CSV with commas and a header line, a Parquet file (.parquet) or "
            "a Delta table"
        ) from error


def _parquet(path: str) -> pa.Table:
    store, inside = file_system(path)
    return pq.read_table(inside, filesystem=store)


def _column(table: pa.Table, names: tuple[str, ...], path: str) -> str:
    for name in names:
        if name in table.column_names:
            return name
    raise TruthError(
        # Its columns are not told: where there is no header line they are a row of it.
        f"{path} has no column {' or '.join(names)} among its {table.num_columns}. Wanted id_l and id_r, or id_left "
        "and id_right"
    )


def _texts(column: pa.ChunkedArray, name: str, path: str) -> list[str]:
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
        raise TruthError(f"{path}: the column {name} is {kind}; wanted ids as text or whole numbers")
    return [(text or "").strip() for text in pc.cast(column, pa.string()).to_pylist()]


def _label(value: object) -> int | None:
    """1 for a match, 0 for none, None where there is no label."""
    text = "" if value is None else str(value).strip().lower()
    if not text:
        return None
    return 0 if text in ("0", "0.0", "false") else 1

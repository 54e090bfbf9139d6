"""The rows of records that are erased: counted, found by name, and taken out of what no refresh makes anew."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial, reduce
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features import tables
from features.cleaning import remove_uncommitted, unneeded
from features.history import refuse_gone, states
from features.lake import Lake, LakeError
from features.spark.changes import among
from features.spark.frames import map_streams
from features.tables import Table
from features.traces import CARRIED, Search, carried
from jobs.corrected import in_force
from jobs.quarantined import id_of, rejected
from jobs.training import SET_FILES

MERGED = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES)

_NAMES = ("name", "name_core")
"""Their column of names, each."""

_FEWEST_CHARACTERS = 4
"""Shorter names are not searched for: they stand in too much else."""

_IDS = {"entity_id": None, "id_l": None, "id_r": None, "given_l": "id_l", "given_r": "id_r"}
"""Columns of training sets that name a record, and of an id as a label gave it the one in which it was found."""


class Rows:
    """What a lake holds of some records, as it was when this was made.

    `listed` are those of them that were on the erasure list before, as of an erasure that did not end.
    """

    def __init__(self, lake: Lake, spark: SparkSession, ids: list[str], listed: Collection[str] = ()) -> None:
        self._lake = lake
        self._spark = spark
        self._ids = ids
        self._names = self._named(set(listed))
        known = set(ids)
        self._corrected = {r for r, row in in_force(lake).items() if row["entity_id"] in known}
        self.given_otherwise = self._otherwise()
        """That sources give some of them under no id or another one, from which a correction made theirs."""

    def of(self, table: Table) -> DataFrame:
        """The rows of a table that name one of the records."""
        rows = self._lake.read(self._spark, table)
        if table is tables.BLOCKING_INDEX:
            return rows.where(F.arrays_overlap("entity_ids", F.array(*map(F.lit, self._ids))))
        if table is tables.PAIR_FEATURES:
            return rows.where(F.col("id_l").isin(self._ids) | F.col("id_r").isin(self._ids))
        return among(rows, pa.array(self._ids))

    def names_of_nobody_else(self) -> list[str]:
        """Names of the records that no record which stays carries, alone or within a longer one."""
        stay: set[str] = set()
        for table, name in zip(MERGED, _NAMES, strict=True) if self._names else ():
            rows = self._lake.read(self._spark, table)
            if name in rows.columns:
                held = map_streams(rows.select(name), partial(carried, self._names), CARRIED)
                stay |= {row["name"] for row in held.collect()}
        return [name for name in self._names if name not in stay]

    def remove_kept(self) -> dict[str, int]:
        """Take the rows out of quarantine, corrections and training sets; how many went, by table."""
        removed = {}
        for table in filter(self._lake.exists, (tables.QUARANTINE, tables.CORRECTIONS)):
            rows = self._lake.rows(table)
            if table is tables.QUARANTINE:
                gone = quarantined(rows, self._ids, self._names, self._corrected)
            else:
                gone = pc.is_in(rows["entity_id"], pa.array(self._ids))
            removed[table.name] = pc.sum(gone).as_py() or 0
            if removed[table.name]:
                self._lake.write_rows(rows.filter(pc.invert(gone)), table, mode="overwrite")
        return removed | out_of_training_sets(self._lake, self._ids)

    def purge(self) -> None:
        """Rows that are marked deleted leave the data files of merged tables."""
        for table in MERGED:
            path = self._lake.path(table).replace("`", "``")
            self._spark.sql(f"REORG TABLE delta.`{path}` APPLY (PURGE)").collect()

    def _named(self, listed: set[str]) -> list[str]:
        """Names of the records as their sources wrote them, and in normal form.

        Those that were listed before may have left the tables already: theirs are read from the last state that is
        still whole and has them.
        """
        found = self._names_at({})
        for state in states(self._lake) if listed - {entity_id for entity_id, _ in found} else ():
            if not listed - {entity_id for entity_id, _ in found}:
                break
            versions = {table.name: state.versions[table.name] for table in MERGED if table.name in state.versions}
            with suppress(LakeError):
                refuse_gone(self._lake, replace(state, versions=versions))
                found |= self._names_at(versions)
        return sorted({name for _, name in found if name and len(name) >= _FEWEST_CHARACTERS})

    def _names_at(self, versions: Mapping[str, int]) -> set[tuple[str, str | None]]:
        """Id and name of the records at versions of the tables, or as they are now."""
        found = set()
        for table, name in zip(MERGED, _NAMES, strict=True):
            if self._lake.exists(table):
                rows = self._lake.read(self._spark, table, version=versions.get(table.name))
                if name in rows.columns:
                    theirs = among(rows.select("entity_id", name), pa.array(self._ids))
                    found |= {(row[0], row[1]) for row in theirs.collect()}
        return found

    def _otherwise(self) -> list[str]:
        known, given = set(self._ids), {row.row_id: row.entity_id for row in rejected(self._lake)}
        unknown = sum(given.get(row_id) not in known for row_id in self._corrected)
        return [f"{unknown} rows of sources, which a correction gave another id: mend the source"] if unknown else []


def quarantined(rows: pa.Table, ids: Sequence[str], names: Sequence[str], corrected: Collection[str]) -> pa.Array:
    """Which rows in quarantine are of these records: theirs, those that a correction made theirs (by the row's id),
    pairs of theirs, and rows of nobody known in which a name or an id of theirs stands by itself.
    """
    known = set(ids)
    search = Search([form for text in (*ids, *names) for form in (text, *_in_json(text))])
    theirs = []
    for entity_id, *texts in zip(*(rows[name].to_pylist() for name in ("entity_id", "row", "source_row")), strict=True):
        given = [text for text in texts if text]
        named = entity_id in known or any(id_of(text) in corrected for text in given)
        theirs.append(named or (entity_id is None and any(_tells(json.loads(text), known, search) for text in given)))
    return pa.array(theirs, pa.bool_())


def _in_json(text: str) -> list[str]:
    """As it stands in a line of JSON that could not be read, and was kept as it is."""
    return [json.dumps(text, ensure_ascii=ascii_alone)[1:-1] for ascii_alone in (True, False)]


def _tells(row: Mapping[str, Any], ids: Collection[str], search: Search) -> bool:
    """Whether a row is a pair of any of the records, or holds what is searched for."""
    if row.keys() & {"id_l", "id_r"}:
        return row.get("id_l") in ids or row.get("id_r") in ids
    return search.stands_in(io.BytesIO("\n".join(_texts(row)).encode(errors="replace")), packed=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def out_of_training_sets(lake: Lake, ids: Sequence[str]) -> dict[str, int]:
    """Rows of training sets that are kept in the lake, whose earlier versions go as well; by set.

    Written anew, as a deletion by a predicate would put the ids into the log.
    """
    paths = lake.rows(tables.TRAINING_SETS)["path"] if lake.exists(tables.TRAINING_SETS) else []
    removed = {}
    for path in sorted({path.as_py() for path in paths if path.is_valid}):
        address = f"{lake.root}/{path}"
        if Path(path).is_absolute():
            continue
        if not deltalake.DeltaTable.is_deltatable(address):
            remove_uncommitted(address, SET_FILES)
            continue
        held = Table(path, pa.schema(deltalake.DeltaTable(address).schema().to_arrow()), (), "A training set.")
        rows = lake.rows(held)
        gone = _of(rows, ids)
        removed[path] = pc.sum(gone).as_py() or 0
        if removed[path]:
            said = lake.commits(held, 1)[0]["metadata"]
            lake.write_rows(rows.filter(pc.invert(gone)), held, mode="overwrite", metadata=said)
        unneeded(lake, held, [lake.version(held)], before=datetime.now(UTC)).remove(address)
    return removed


def _of(rows: pa.Table, ids: Sequence[str]) -> pa.ChunkedArray:
    """Which rows of a training set name one of the records; a label that was not found may give its source's id."""
    own = pa.array([entity_id.partition(":")[2] for entity_id in ids])
    theirs = [pa.array([False] * rows.num_rows)]
    for name, found_in in _IDS.items():
        if name in rows.column_names:
            theirs.append(pc.is_in(rows[name], pa.array(ids)))
            if found_in in rows.column_names:
                theirs.append(pc.and_(pc.is_null(rows[found_in]), pc.is_in(rows[name], own)))
    return reduce(pc.or_, theirs)

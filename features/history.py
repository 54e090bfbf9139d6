"""The published states of a lake: which version of every table belongs to each, and whether all of it is still there.

A state is what one run, refresh or rollback put in force. Commits name it by its run; what they were made from names
the versions of the merged tables, whose own commits name nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import deltalake
from deltalake.exceptions import DeltaError

from features import tables
from features.lake import Lake, LakeError
from features.storage import file_system
from features.table_log import metadata_of, named_files
from features.tables import Table

DERIVED = (tables.ENTITY_FEATURES, tables.BLOCK_CENSUS, tables.ONLINE_ENTITIES, tables.BLOCKING_INDEX)
"""Tables that go with the pairs, each of whose commits names its run."""

RECORDS = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES)
"""Merged tables: the state they were made from is named by the commits of record features and pairs."""


@dataclass(frozen=True)
class State:
    """A published state: the version of pair_features, when it was put in force, and what its commit carries.

    `versions` holds the version of every table that belongs to it, by name; a table that its run did not write is
    left out, as the online tables are where nothing was put online. `same` are further versions of its rows.
    """

    version: int
    at: datetime
    made_by: Mapping[str, Any]
    versions: Mapping[str, int]
    same: tuple[int, ...] = ()

    @property
    def run_id(self) -> str:
        """The run, refresh or rollback that put it in force."""
        return str(self.made_by["run_id"])

    @property
    def stands_for(self) -> int:
        """The version of pair_features whose rows these are: an earlier one after a rollback."""
        return int(self.made_by.get("rolled_back_to", self.version))


def states(lake: Lake) -> list[State]:
    """The published states of a lake, the last one first; LakeError where nothing was published."""
    lake.version(tables.PAIR_FEATURES)
    commits = {table: _commits(lake, table) for table in DERIVED if lake.exists(table)}
    found: dict[str, State] = {}
    for version, at, made_by in _commits(lake, tables.PAIR_FEATURES):
        run_id = made_by["run_id"]
        if run_id in found:  # a compaction says again what it did not change
            found[run_id] = replace(found[run_id], same=(*found[run_id].same, version))
            continue
        versions = {tables.PAIR_FEATURES.name: version, **made_by.get("made_from", {})}
        for table, of_table in commits.items():
            of_run = [v for v, _, made in of_table if made["run_id"] == run_id]
            if of_run:
                versions[table.name] = of_run[0]
        found[run_id] = State(version, at, made_by, versions)
    return list(found.values())


def state_of(lake: Lake, wanted: str | None) -> State:
    """The state with this version of pair_features or of this run; None: the one before the one in force. LakeError."""
    known = states(lake)
    if not known:
        raise LakeError(f"nothing was published to the lake {lake.root} that says which run made it")
    if wanted is None:
        earlier = [state for state in known if state.version < known[0].stands_for]
        if not earlier:
            raise LakeError(f"the lake {lake.root} has no published version before the one in force")
        return earlier[0]
    for state in known:
        if wanted in (state.run_id, *map(str, (state.version, *state.same))):
            return state
    listed = ", ".join(f"{state.version} (run {state.run_id})" for state in known[:5])
    raise LakeError(
        f"the lake {lake.root} has no published version or run {wanted!r}; the last ones are {listed}, "
        "`pairlake runs` shows more"
    )


def refuse_gone(lake: Lake, state: State) -> None:
    """LakeError unless every file of a state's tables is still there."""
    for name, version in state.versions.items():
        table = next(table for table in tables.ALL if table.name == name)
        missing = _missing(lake, table, version)
        if not missing and table in RECORDS and commit_times(lake, table)[version] > state.at:
            missing = "another is there: the table was made anew since"
        if missing:
            raise LakeError(
                f"version {state.version} of pair_features (run {state.run_id}) cannot be had any more: of {name} "
                f"version {version} {missing}; maintenance, an erasure or a hand has removed it. Nothing was changed; "
                "`pairlake runs` lists later ones"
            )


def _missing(lake: Lake, table: Table, version: int) -> str:
    """What is not there of a version, in words; empty where all is."""
    try:
        named = named_files(lake.path(table), [version])
    except (DeltaError, OSError):
        return "the log does not reach back so far"
    store, root = file_system(lake.path(table))
    paths = [f"{root}/{name}" for name in sorted(named)]
    gone = sum(info.type.name == "NotFound" for info in store.get_file_info(paths)) if paths else 0
    return f"{gone:,} of {len(paths):,} files are gone" if gone else ""


def commit_times(lake: Lake, table: Table) -> dict[int, datetime]:
    """When each version of a table that its log still tells of was put in force."""
    history = deltalake.DeltaTable(lake.path(table)).history()
    return {commit["version"]: datetime.fromtimestamp(commit["timestamp"] / 1000, UTC) for commit in history}


def _commits(lake: Lake, table: Table) -> list[tuple[int, datetime, dict[str, Any]]]:
    """Version, time and metadata of the commits that name their run, the last one first."""
    found = []
    for commit in deltalake.DeltaTable(lake.path(table)).history():
        made_by = metadata_of(commit)
        if "run_id" in made_by:
            found.append((commit["version"], datetime.fromtimestamp(commit["timestamp"] / 1000, UTC), made_by))
    return found

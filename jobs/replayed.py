"""A run done again from the records that it read, elsewhere: the same checksums, or what differs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import SparkSession

from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.encoders.hashed_ngrams import HashedNgrams
from features.errors import PairlakeError
from features.history import State, refuse_gone, state_of
from features.lake import Lake
from features.outputs import Lineage, Metrics
from features.settings import Settings
from features.spark.frames import checksum
from features.spark.stand_ins import Sources
from features.versions import as_made
from jobs.from_raw import FromRaw, KeptSources
from jobs.pipeline import Progress

COMPARED = (tables.STANDARDISED_ENTITIES, tables.ENTITY_FEATURES, tables.BLOCK_CENSUS, tables.PAIR_FEATURES)


class ReplayError(PairlakeError):
    """A run cannot be done again here; the message says what differs."""


@dataclass(frozen=True)
class Compared:
    """One table of a run: its checksum as the lake holds it, as the manifest says where it does, and done again."""

    table: str
    held: str
    noted: str | None
    replayed: str

    @property
    def same(self) -> bool:
        """Whether all agree."""
        return {self.held, self.noted or self.held} == {self.replayed}


class Replay(FromRaw):
    """A run over the raw records of a state, into a lake of its own."""

    def __init__(self, settings: Settings, spark: SparkSession, progress: Progress, kept: Lake, state: State) -> None:
        self._kept, self._state = kept, state
        super().__init__(settings, spark, progress)

    def _open_sources(self) -> Sources:
        return KeptSources(self.spark, self._kept, self.run, self._state.versions[tables.RAW_ENTITIES.name], {})


def replay(
    settings: Settings, wanted: str, start: Callable[[], SparkSession], progress: Progress = lambda _: None
) -> list[Compared]:
    """A published run, refresh or rollback done again in a scratch folder: table by table, what is the same.

    ReplayError for other settings, FingerprintError for other code, LakeError where its tables are no longer kept.
    """
    lake = Lake(settings.lake)
    state = state_of(lake, wanted)
    if state.made_by.get("settings_hash") != settings.hash:
        raise ReplayError(
            f"the run {state.run_id} was made with settings of the hash {state.made_by.get('settings_hash')}, these "
            f"have {settings.hash}; replay with the settings of that run"
        )
    made = as_made(lake, catalogues.chosen(settings), state.made_by["fingerprint"], makes_keys=True)
    refuse_gone(lake, state)
    spark = start()
    with tempfile.TemporaryDirectory(prefix="pairlake-replay-") as folder:
        scratch = Lake(f"{folder}/lake")
        _copy_statistics(lake, scratch, made.statistics.version)
        Replay(_apart(settings, made, scratch), spark, progress, lake, state).publish()
        noted = _noted(lake, state.run_id)
        return [
            Compared(
                table.name,
                checksum(lake.read(spark, table, version=state.versions[table.name])),
                noted if table is tables.PAIR_FEATURES else None,
                checksum(scratch.read(spark, table)),
            )
            for table in COMPARED
        ]


def _apart(settings: Settings, made: Catalogue, scratch: Lake) -> Settings:
    """The settings of a run that makes the same tables as those of this catalogue elsewhere, and tells nobody."""
    encoder = "hashed_ngrams" if isinstance(made.encoder, HashedNgrams) else settings.encoder.name
    changes = {
        "online": {"enabled": False},
        "report": {"enabled": False, "distributions": False},
        "gates": {"data_docs": False, "compare_from": 2**62},
        "statistics": {"version": made.statistics.version},
        "encoder": {"name": encoder},
    }
    sections = {name: getattr(settings, name).model_copy(update=change) for name, change in changes.items()}
    return settings.model_copy(update={"lake": scratch.root, "metrics": Metrics(), "lineage": Lineage(), **sections})


def _copy_statistics(lake: Lake, scratch: Lake, version: str) -> None:
    for table in (tables.SPLIT_POINTS, tables.TOKEN_STATISTICS):
        if lake.exists(table):
            rows = lake.rows(table, version=version)
            if rows.num_rows:
                scratch.write_rows(rows, table)


def _noted(lake: Lake, run_id: str) -> str | None:
    """The checksum that the manifest of a run says, where the run came to write it."""
    found = lake.rows(tables.RUN_MANIFEST, run_id=run_id)["checksum"].to_pylist()
    return found[0] if found else None

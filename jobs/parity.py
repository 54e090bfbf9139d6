"""The parity certificate: published pairs replayed on every path that computes or reads features, compared bit for bit.

What is published is what the data files of pair_features hold. A run compares it before it is in force, with the paths
that need no more than the lake, where `[parity] sample` says so; `pairlake parity` runs those of the stores too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.certificates import Certificate, PathResult
from features.errors import PairlakeError
from features.history import states
from features.kernel.parity import differing
from features.lake import Lake, LakeError
from features.run import Run
from features.sections import nearest
from features.settings import Settings, SettingsError
from features.spark.data_files import read_files
from features.spark.parity import drawn
from features.spark.table_files import DataFiles
from features.tables import ENTITY_FEATURES, PAIR_FEATURES, RAW_ENTITIES
from features.versions import as_made
from jobs.diagnosed import refuse_other_mode
from jobs.parity_paths import AFTER, BEFORE, CannotRunError, Path, Sample


def of_lake(settings: Settings, spark: SparkSession, count: int, seed: int, only: Sequence[str] = ()) -> Certificate:
    """The certificate of the pairs in force, on all paths or those named, written into the lake.

    A path that cannot be run here, or breaks off, is told in it; one that was named and cannot be run raises
    CannotRunError. LakeError where records and pairs in force are not of one run, FingerprintError as in `as_made`.
    """
    lake, paths = Lake(settings.lake), _named(only)
    published = states(lake)
    lacking = [t.name for t in (ENTITY_FEATURES, RAW_ENTITIES) if not published or t.name not in published[0].versions]
    if lacking:
        raise LakeError(
            f"the records of {lake.root} ({' and '.join(lacking)}) are not of the run whose pairs are in force; "
            "`pairlake run` makes both anew"
        )
    state = published[0]
    refuse_other_mode(lake, settings, state.run_id)
    catalogue = as_made(lake, catalogues.chosen(settings), state.made_by["fingerprint"])
    entities, raw = (
        lake.read(spark, table, version=state.versions[table.name]) for table in (ENTITY_FEATURES, RAW_ENTITIES)
    )
    pairs = drawn(DataFiles(spark, lake.data_files(PAIR_FEATURES)), catalogue, count, seed)
    frame = lake.read(spark, PAIR_FEATURES)
    sample = Sample(settings, lake, catalogue, pairs, frame, entities, raw, state.made_by["as_of"])
    results = tuple(_replayed(path, sample) for path in paths)
    if states(lake)[0].run_id != state.run_id:
        raise LakeError(f"a run published to {lake.root} meanwhile, so paths are not of one state; ask again")
    refused = [path for path in results if path.not_run and path.path in only]
    if refused:
        raise CannotRunError(f"the path {refused[0].path!r} cannot be run: {refused[0].not_run}")
    certificate = _certificate(sample, state.run_id, state.version, seed, results)
    certificate.write(lake)
    return certificate


def before_publication(
    run: Run, lake: Lake, catalogue: Catalogue, folder: str, files: pa.Table, entities: DataFrame
) -> None:
    """Certify the pairs of data files before they are put in force, as the settings ask.

    `entities` are the prepared records they were made of. The certificate is written whatever it says; ParityError for
    a path that does not agree.
    """
    asked, spark = run.settings.parity, entities.sparkSession
    paths = [f"{folder}/{name}" for name in files["name"].to_pylist()]
    pairs = drawn(DataFiles(spark, paths), catalogue, asked.sample, asked.seed)
    if not pairs.num_rows:
        return
    raw, frame = lake.read(spark, RAW_ENTITIES), read_files(spark, folder, files, catalogue.pair_schema)
    sample = Sample(run.settings, lake, catalogue, pairs, frame, entities, raw, run.as_of.isoformat())
    results = tuple(_replayed(path, sample) for path in BEFORE)
    certificate = _certificate(sample, run.run_id, None, asked.seed, results)
    run.counts["parity"] = {"pairs": pairs.num_rows, "paths": len(results)}
    certificate.write(lake)
    certificate.refuse_mismatch()


def _named(only: Sequence[str]) -> tuple[Path, ...]:
    known = {path.name: path for path in (*BEFORE, *AFTER)}
    for name in only:
        if name not in known:
            raise SettingsError(f"there is no path {name!r}" + nearest(name, known))
    return tuple(path for name, path in known.items() if not only or name in only)


def _replayed(path: Path, sample: Sample) -> PathResult:
    """One path over a sample, compared."""
    try:
        found = path.replay(sample)
    except CannotRunError as error:
        return PathResult(path.name, not_run=str(error))
    except PairlakeError as error:
        return PathResult(path.name, failed=str(error))
    compared = ~(found.missing | found.left_out)
    unlike: dict[str, int] = {}
    for feature in sample.catalogue.pair_features:
        wanted, got = (of[feature.name].combine_chunks() for of in (sample.pairs, found.features))
        count = int(np.count_nonzero(differing(wanted, got) & compared))
        unlike |= {feature.name: count} if count else {}
    pairs, missing, left_out = (int(np.count_nonzero(of)) for of in (compared, found.missing, found.left_out))
    return PathResult(path.name, pairs, pairs * len(sample.catalogue.pair_features), left_out, missing, unlike)


def _certificate(
    sample: Sample, run_id: str, version: int | None, seed: int, results: tuple[PathResult, ...]
) -> Certificate:
    rules = Counter(sample.pairs["rule"].to_pylist())
    return Certificate(run_id, sample.catalogue.fingerprint, version, seed, dict(sorted(rules.items())), results)

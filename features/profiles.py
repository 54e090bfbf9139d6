"""Profiles of published pairs: counted over their data files, kept in the lake by run, found again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.declare import PairFeature
from features.kernel.profile import Distribution, Profile, profile
from features.lake import Lake
from features.storage import file_system
from features.tables import PAIR_FEATURES, PAIR_PROFILES, PROFILES

BATCH_ROWS = 65_536
"""Pairs that are held in memory at once, by each of the threads."""

THREADS = 2


def profile_of_files(paths: Sequence[str], features: Sequence[PairFeature]) -> Profile:
    """The profile of all rows of Parquet files, which are read batch by batch, each once."""
    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(lambda path: _of_file(path, features), paths), Profile())


def _of_file(path: str, features: Sequence[PairFeature]) -> Profile:
    store, inside = file_system(path)
    with store.open_input_file(inside) as source:
        file = pq.ParquetFile(source, buffer_size=1 << 20)  # else whole columns of a row group are held
        batches = file.iter_batches(BATCH_ROWS, columns=[feature.name for feature in features])
        return sum((profile(batch, features) for batch in batches), Profile())


def keep_profile(lake: Lake, run_id: str, version: int, pairs: int, features: Sequence[PairFeature]) -> Profile:
    """The profile of the pairs in force, so many, which are `version` of pair_features, kept under a run.

    What the run that made them, or its gate, has counted is not counted again.
    """
    made_by = _made_by(lake)
    known = profile_of_run(lake, made_by) or (_of_gate(lake, run_id, pairs) if made_by == run_id else None)
    found = known or profile_of_files(lake.data_files(PAIR_FEATURES), features)
    rows = [
        {
            "run_id": run_id,
            "version": version,
            "feature": name,
            "feature_version": of.version,
            "edges": of.edges,
            "states": of.states,
            "counts": of.counts,
            "missing": of.missing,
            "outside": of.outside,
        }
        for name, of in found.features.items()
    ]
    if rows and not _kept(lake, run_id=run_id):
        lake.write_rows(pa.Table.from_pylist(rows, PAIR_PROFILES.schema), PAIR_PROFILES)
    return found


def _made_by(lake: Lake) -> str:
    """The run that made the rows of the pairs in force: of a rollback, the one of the state that it went back to."""
    said = lake.carried(PAIR_FEATURES)
    if "rolled_back_to" in said:
        commits = lake.commits(PAIR_FEATURES)
        said = next((of["metadata"] for of in commits if of["version"] == said["rolled_back_to"]), {})
    return str(said.get("run_id"))


def _of_gate(lake: Lake, run_id: str, pairs: int) -> Profile | None:
    """What the gate of a run counted, if it let all of it pass; a refresh has its changed pairs judged alone."""
    rows = lake.rows(PROFILES, run_id=run_id).to_pylist() if lake.exists(PROFILES) else []
    kept = [json.loads(row["profile"])["profile"] for row in rows if row["table"] == PAIR_FEATURES.name]
    found = [Profile.from_dict(of) for of in kept]
    return found[0] if found and found[0].pairs == pairs else None


def profile_of_run(lake: Lake, run_id: str) -> Profile | None:
    """The profile of what a run published; None where it published nothing, or none was kept."""
    return _kept(lake, run_id=run_id).get(run_id)


def profile_before(lake: Lake, run_id: str) -> tuple[str, Profile] | None:
    """The last run before this one whose profile was kept, and that profile; None where there is none."""
    if not lake.exists(PAIR_PROFILES):
        return None
    runs = [run for run in pc.unique(lake.rows(PAIR_PROFILES)["run_id"]).to_pylist() if run < run_id]
    return (max(runs), _kept(lake, run_id=max(runs))[max(runs)]) if runs else None


def _kept(lake: Lake, **equal: int | str) -> dict[str, Profile]:
    """Profiles by run, features in the order in which they were kept."""
    if not lake.exists(PAIR_PROFILES):
        return {}
    found: dict[str, dict[str, Distribution]] = {}
    for row in lake.rows(PAIR_PROFILES, **equal).to_pylist():
        edges, counts, states = (tuple(row[name]) for name in ("edges", "counts", "states"))
        of = Distribution(row["feature_version"], edges, counts, states, row["missing"], row["outside"])
        found.setdefault(row["run_id"], {})[row["feature"]] = of
    return {run: Profile(max(of.pairs for of in features.values()), features) for run, features in found.items()}

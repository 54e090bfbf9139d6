"""A refresh after one record in a hundred changed, against the run that would make all anew.

Made-up companies are published by a run. Then 1 % of them change: they come, go, or are written otherwise. Timed are
the refresh and then the oracle, a run over the same sources in a copy of the lake. Ends with 1 when their tables of
pairs differ, never because of a time. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from benchmarks.measure import Cost, Meter
from benchmarks.records import generate
from features import tables
from features.lake import Lake
from features.run import Run
from features.sections import Spark
from features.settings import Settings
from features.spark.session import session
from jobs.pipeline import Pipeline
from jobs.refresh import Refresh

RULES = ["name_prefix_country", "name_word_pair_country"]
FEATURES = ["name_jaro_winkler", "name_levenshtein", "name_subsequence", "country_equal", "city_equal"]


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; 1 when refresh and run do not agree."""
    options = _options(arguments)
    spark = session(Spark(master=f"local[{options.cores}]", driver_memory="6g", shuffle_partitions=8))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        before = generate(options.records, options.seed)
        after = _changed(before, options.share, options.seed)
        full, full_cost = _timed(before, root, spark, Pipeline, _settings(root, options))
        again, refresh_cost = _timed(after, root, spark, Refresh, _settings(root, options))
        shutil.copytree(root / "lake", root / "oracle")
        version = Lake(str(root / "lake")).rows(tables.TOKEN_STATISTICS)["version"][0].as_py()
        oracle = _settings(root, options, lake=str(root / "oracle"), statistics={"version": version})
        anew, anew_cost = _timed(after, root, spark, Pipeline, oracle)
    _print(full, full_cost, "first run")
    _print(again, refresh_cost, f"refresh, {options.share:.1%} changed")
    _print(anew, anew_cost, "run over the changed sources")
    print(f"refresh / run: wall {refresh_cost.wall / anew_cost.wall:.3f}, CPU {refresh_cost.cpu / anew_cost.cpu:.3f}")
    differ = again.checksum != anew.checksum
    print(f"refresh {again.checksum}, run {anew.checksum}: {'DIFFER' if differ else 'the same'}")
    return int(differ)


def _timed(
    records: pa.Table, root: Path, spark: SparkSession, kind: Callable[..., Pipeline], settings: Settings
) -> tuple[Run, Cost]:
    pq.write_table(records, root / "records.parquet")
    with Meter() as meter:
        run = kind(settings, spark).publish()
    return run, meter.cost


def _settings(root: Path, options: argparse.Namespace, **changed: Any) -> Settings:
    path, columns = str(root / "records.parquet"), {"name": "name", "country": "country", "city": "city"}
    source = {"name": "made", "format": "parquet", "path": path, "id": "id", "columns": columns}
    chosen = (
        {
            "catalogue": {"features": FEATURES, "modules": ["benchmarks.declared", "benchmarks.declared_rules"]},
            "blocking": {"rules": RULES},
        }
        if not options.everything
        else {}
    )
    settings = {
        "mode": "dedupe",
        "lake": str(root / "lake"),
        "sources": [source],
        "online": {"enabled": options.online},
        **chosen,
        **changed,
    }
    return Settings.model_validate(settings)


def _changed(records: pa.Table, share: float, seed: int) -> pa.Table:
    """The records less some, with some more, and some under the name of another one."""
    rng = np.random.default_rng(seed)
    third = max(int(records.num_rows * share / 3), 1)
    rows = rng.permutation(records.num_rows)
    gone, renamed = rows[:third], rows[third : 2 * third]
    names = np.array(records["name"].to_pylist(), dtype=object)
    names[renamed] = names[rng.permutation(records.num_rows)[: len(renamed)]]
    kept = records.set_column(records.schema.get_field_index("name"), "name", pa.array(names.tolist(), pa.string()))
    kept = kept.take(pa.array(np.setdiff1d(np.arange(records.num_rows), gone)))
    more = generate(third, seed + 1)
    ids = pa.array([f"new-{n}" for n in range(more.num_rows)])
    return pa.concat_tables([kept, more.set_column(more.schema.get_field_index("id"), "id", ids)])


def _print(run: Run, cost: Cost, title: str) -> None:
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in run.seconds.items())
    pairs = run.counts["pair_features"]
    print(f"{title}: {cost.wall:.1f} s wall, {cost.cpu:.1f} CPU s, {cost.peak / 1e9:.1f} GB at most, {pairs:,} pairs")
    print(f"    seconds by stage: {stages}")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=0.01, help="share of the records that change")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--online", action="store_true", help="load and refresh the online store too")
    parser.add_argument("--everything", action="store_true", help="all rules and features instead of two and five")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

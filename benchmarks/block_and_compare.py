"""Block and compare: Pairlake against the usual plan, in one run and one Spark session.

Prepares generated company records once, writes them to a Delta table, and lets both arms make the same
pair features from it into Delta tables of their own. Ends with 1 when the two tables differ, never because
of a time. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import Cost, Meter
from benchmarks.records import generate
from benchmarks.usual_plan import usual_plan
from features import catalogue
from features.catalogue import Catalogue
from features.kernel.plan import Plan, make_plan
from features.kernel.records import prepare, standardise
from features.lake import Lake
from features.settings import Blocking, Spark
from features.spark.blocks import census, compare_blocks
from features.spark.frames import checksum, map_batches, to_arrow
from features.spark.session import session
from features.tables import PAIR_FEATURES, RAW_ENTITIES

ROOT = Path(__file__).resolve().parents[1]
CORES = 2
SHUFFLE_PARTITIONS = 32
"""For the usual plan's joins; Spark's adaptive execution merges those that turn out small."""

RULES = ("name_prefix_country", "name_word_pair_country")
FEATURES = (
    "name_jaro_winkler",
    "name_levenshtein",
    "name_subsequence",
    "name_token_sort",
    "country_equal",
    "city_equal",
)
USUAL = "the usual plan"
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
WARM_UP_RECORDS = 100_000

Arm = Callable[[DataFrame, Path], None]
"""Prepared records → pair features in a Delta table at the path."""


def main() -> int:
    """The benchmark. Returns the exit status."""
    options = _options()
    # Workers import benchmarks.declared, which is in no installed package.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    chosen = catalogue.load(("benchmarks.declared",)).select(FEATURES, RULES)
    with _folder(options.out) as out:
        spark = _session(out)
        try:
            return _run(spark, chosen, options, out)
        finally:
            spark.stop()


def _run(spark: SparkSession, chosen: Catalogue, options: argparse.Namespace, out: Path) -> int:
    prepared = _prepared(spark, chosen, options, out)
    arms: dict[str, Arm] = {
        "Pairlake": lambda records, path: _pairlake(records, chosen, path),
        USUAL: lambda records, path: _write(usual_plan(records, chosen, AS_OF), path),
    }
    _say("warm-up of both arms on a sample, not counted")
    sample = prepared.where(F.col("entity_id") < f"{min(WARM_UP_RECORDS, options.records // 10):09d}")
    for place, arm in enumerate(arms.values()):
        arm(sample, out / f"warm_up_{place}")
    costs, facts = {}, {}
    for place, (name, arm) in enumerate(arms.items()):
        _say(f"arm {place + 1} of {len(arms)}: {name}")
        with Meter() as meter:
            arm(prepared, out / f"pairs_{place}")
        costs[name] = meter.cost
        _say(f"  {meter.cost.wall:,.1f} s")
        facts[name] = _facts(spark.read.format("delta").load(str(out / f"pairs_{place}")), chosen)
    return _report(costs, facts, options)


def _pairlake(prepared: DataFrame, chosen: Catalogue, path: Path) -> None:
    """Census, plan, tiles, commit: what a run does, less its gate."""
    lake, run_id = Lake(str(path.parent)), "run"
    table = replace(PAIR_FEATURES, name=path.name)
    plan = _plan(prepared, chosen)
    files, _ = compare_blocks(prepared, plan, chosen, AS_OF, lake.files_folder(table, run_id))
    lake.commit(files, table, run_id, chosen.pair_schema, metadata={})


def _plan(prepared: DataFrame, chosen: Catalogue) -> Plan:
    blocks = to_arrow(census(prepared, chosen, linking=False))
    plan = make_plan(blocks, chosen.rules, linking=False, tile_pairs=Blocking().tile_pairs)
    if len(plan.dropped):
        raise SystemExit("the plan drops keys, which the usual plan would keep: choose rules without max_pairs")
    return plan


def _prepared(spark: SparkSession, chosen: Catalogue, options: argparse.Namespace, out: Path) -> DataFrame:
    """Generated records, prepared as a run prepares them, in a Delta table that both arms start from."""
    _say(f"{options.records:,} records, seed {options.seed}, prepared by Pairlake's own standardisation, not counted")
    raw = generate(options.records, options.seed).rename_columns(["entity_id", "name", "city", "country"])
    for name, value in (("source", "generated"), ("side", "left")):
        raw = raw.append_column(name, pa.repeat(value, raw.num_rows))
    missing = [field for field in RAW_ENTITIES.schema if field.name not in raw.column_names]
    for field in missing:
        raw = raw.append_column(field, pa.nulls(raw.num_rows, field.type))
    raw = raw.select(RAW_ENTITIES.schema.names).cast(RAW_ENTITIES.schema)
    pq.write_table(raw, out / "raw.parquet", row_group_size=50_000)
    frame = spark.read.parquet(str(out / "raw.parquet")).repartition(4 * CORES)
    entities = map_batches(frame, lambda batch: _entities(batch, chosen), chosen.entity_schema)
    _write(entities, out / "prepared")
    return spark.read.format("delta").load(str(out / "prepared"))


def _entities(raw: pa.RecordBatch, chosen: Catalogue) -> pa.RecordBatch:
    """raw_entities → entity_features, computing only what the chosen rules and features read."""
    wanted = {*chosen.kernel_columns, *(column for rule in chosen.rules for column in rule.inputs)}
    for function in reversed((*chosen.standardisers, *chosen.entity_features)):
        wanted |= set(function.inputs) if function.name in wanted else set()
    needed = replace(
        chosen,
        standardisers=tuple(f for f in chosen.standardisers if f.name in wanted),
        entity_features=tuple(f for f in chosen.entity_features if f.name in wanted),
    )
    return prepare(standardise(raw, needed), needed, AS_OF)


def _write(frame: DataFrame, path: Path) -> None:
    frame.write.format("delta").mode("overwrite").save(str(path))


def _facts(pairs: DataFrame, chosen: Catalogue) -> dict[str, str]:
    """What must be equal in both tables: number of pairs, sum of each feature, checksum of all rows.

    Sums are of whole 2**-30ths: a sum of floating-point numbers would depend on the order of the rows.
    """
    names = [feature.name for feature in chosen.pair_features]
    sums = [F.sum((F.col(name).cast("double") * 2**30).cast("long")).alias(name) for name in names]
    row = pairs.agg(F.count(F.lit(1)).alias("pairs"), *sums).collect()[0]
    facts = {"pairs": f"{row['pairs']:,}"} | {name: f"{(row[name] or 0) / 2**30:,.6f}" for name in names}
    return facts | {"checksum": checksum(pairs.select("id_l", "id_r", *names))}


def _report(costs: dict[str, Cost], facts: dict[str, dict[str, str]], options: argparse.Namespace) -> int:
    """Both tables and their verdict on standard output."""
    theirs, (found, expected) = costs[USUAL], facts.values()
    pairs = int(found["pairs"].replace(",", ""))
    differ = [name for name in found if found[name] != expected[name]]
    print(f"\n{'':28}{'Pairlake':>24}{'the usual plan':>24}")
    for name in found:
        print(f"{name:28}{found[name]:>24}{expected[name]:>24}{'  DIFFERS' if name in differ else ''}")
    print(f"\n{options.records:,} records, {pairs:,} pairs, {len(FEATURES)} features, local[{CORES}], Pairlake first")
    heads = ("wall, s", "CPU, s", "peak, GB", "pairs/s", "pairs/s/core", "wall ratio", "CPU ratio")
    print(f"{'':16}" + "".join(f"{head:>14}" for head in heads))
    for name, cost in costs.items():
        rate = pairs / cost.wall
        cells = (
            f"{cost.wall:,.1f}",
            f"{cost.cpu:,.1f}",
            f"{cost.peak / 1e9:.1f}",
            f"{rate:,.0f}",
            f"{rate / CORES:,.0f}",
            f"{theirs.wall / cost.wall:.1f}",
            f"{theirs.cpu / cost.cpu:.1f}",
        )
        print(f"{name:16}" + "".join(f"{cell:>14}" for cell in cells))
    if differ:
        print(f"\nThe two tables differ in {', '.join(differ)}.", file=sys.stderr)
        return 1
    if pairs < options.pairs:
        print(f"\n{pairs:,} pairs are fewer than {options.pairs:,}: ask for more --records.", file=sys.stderr)
        return 1
    print("\nSame pairs, same numbers.")
    return 0


def _session(out: Path) -> SparkSession:
    settings = Spark(master=f"local[{CORES}]", driver_memory="6g", shuffle_partitions=SHUFFLE_PARTITIONS)
    return session(settings, name="block and compare", warehouse=out / "warehouse")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The folder for the tables: the one asked for, kept, or a temporary one."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pairlake-bench-") as name:
        yield Path(name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pairlake against the usual Spark plan, on generated records.")
    parser.add_argument("--records", type=int, help="records to generate (default: 1,000,000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the generator (default: 1)")
    parser.add_argument("--pairs", type=int, help="distinct pairs there must be at least (default: 20,000,000)")
    parser.add_argument("--out", type=Path, help="folder to keep the tables in (default: a temporary one)")
    parser.add_argument("--small", action="store_true", help="200,000 records, a minute: the numbers, hardly the times")
    options = parser.parse_args()
    options.records = options.records or (200_000 if options.small else 1_000_000)
    # Pairs grow with the square of the records.
    options.pairs = 20_000_000 * options.records**2 // 10**12 if options.pairs is None else options.pairs
    return options


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""A comparison of Pairlake with the usual plan, in one run and one Spark session: what the two programs share.

Prepares generated company records once, writes them to a Delta table, and lets both arms make the same pair features
from it into Delta tables of their own. Ends with 1 when the two tables differ, never because of a time. See README.md
beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.comparison_report import report
from benchmarks.measure import Meter
from benchmarks.records import generate
from features.catalogue import Catalogue
from features.kernel.plan import Plan, make_plan
from features.kernel.records import prepare, standardise
from features.lake import Lake
from features.sections import Blocking, Spark
from features.spark.blocks import census, compare_blocks
from features.spark.frames import checksum, map_batches, to_arrow
from features.spark.session import session
from features.spark.statistics import count_names
from features.statistics import Statistics
from features.tables import PAIR_FEATURES, RAW_ENTITIES

ROOT = Path(__file__).resolve().parents[1]
CORES = 2
SHUFFLE_PARTITIONS = 32
"""For the usual plan's joins; Spark's adaptive execution merges those that turn out small."""

RULES = ("name_prefix_country", "name_word_pair_country")
PAIRLAKE, USUAL = "Pairlake", "the usual plan"
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
WARM_UP_RECORDS = 100_000

Arm = Callable[[DataFrame, Path], None]
"""Prepared records → pair features in a Delta table at the path."""


@dataclass(frozen=True)
class Comparison:
    """Features and rules, the plan that Pairlake is held against, and how much there is to do.

    `pairs` are the distinct pairs that `records` records must give at least; `small` is a number of records for a try.
    With `all_fields` the records carry more than name, city and country.
    """

    name: str
    catalogue: Catalogue
    usual: Callable[[DataFrame, Catalogue, datetime], DataFrame]
    records: int
    small: int
    pairs: int
    all_fields: bool = False


def main(comparison: Comparison) -> int:
    """The program. Returns the exit status."""
    options = _options(comparison)
    # Workers import benchmarks.…, which is in no installed package.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with _folder(options.out) as out:
        spark = _session(comparison, out)
        try:
            return _run(spark, comparison, options, out)
        finally:
            spark.stop()


def _run(spark: SparkSession, comparison: Comparison, options: argparse.Namespace, out: Path) -> int:
    _say(f"{options.records:,} records, seed {options.seed}, prepared by Pairlake's own standardisation, not counted")
    raw = _raw(spark, generate(options.records, options.seed, all_fields=comparison.all_fields), out)
    chosen = _weighing(raw, comparison.catalogue)
    prepared = _prepared(spark, raw, chosen, out)
    arms: dict[str, Arm] = {
        PAIRLAKE: lambda records, path: _pairlake(records, chosen, path),
        USUAL: lambda records, path: _write(comparison.usual(records, chosen, AS_OF), path),
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
    print(f"\n{comparison.name}: {options.records:,} records, {len(chosen.pair_features)} features, local[{CORES}]")
    return report(costs, facts, cores=CORES, least_pairs=options.pairs)


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


def _raw(spark: SparkSession, generated: pa.Table, out: Path) -> DataFrame:
    """Generated records as raw_entities."""
    pq.write_table(as_raw(generated), out / "raw.parquet", row_group_size=50_000)
    return spark.read.parquet(str(out / "raw.parquet")).repartition(4 * CORES)


def as_raw(generated: pa.Table) -> pa.Table:
    """Generated records with the columns of raw_entities."""
    raw = generated.rename_columns(["entity_id", *generated.column_names[1:]])
    for name, value in (("source", "generated"), ("side", "left")):
        raw = raw.append_column(name, pa.repeat(value, raw.num_rows))
    missing = [field for field in RAW_ENTITIES.schema if field.name not in raw.column_names]
    for field in missing:
        raw = raw.append_column(field, pa.nulls(raw.num_rows, field.type))
    return raw.select(RAW_ENTITIES.schema.names).cast(RAW_ENTITIES.schema)


def _weighing(raw: DataFrame, chosen: Catalogue) -> Catalogue:
    """The catalogue with the statistics of these records, where a feature weighs words."""
    if "name_token_weights" not in chosen.kernel_columns:
        return chosen
    schema = _needed(chosen, {"name_core"}).standardised_schema
    named = map_batches(raw, lambda batch: standardise(batch, _needed(chosen, {"name_core"})), schema).cache()
    weighing = replace(chosen, statistics=Statistics.of(*count_names(named)))
    named.unpersist()
    return weighing


def _prepared(spark: SparkSession, raw: DataFrame, chosen: Catalogue, out: Path) -> DataFrame:
    """Records prepared as a run prepares them, in a Delta table that both arms start from."""
    _write(map_batches(raw, lambda batch: entities(batch, chosen), chosen.entity_schema), out / "prepared")
    return spark.read.format("delta").load(str(out / "prepared"))


def entities(raw: pa.RecordBatch, chosen: Catalogue) -> pa.RecordBatch:
    """raw_entities → entity_features, computing only what the chosen rules and features read."""
    read_by_rules = (column for rule in chosen.rules for column in rule.inputs)
    needed = _needed(chosen, {*chosen.kernel_columns, *chosen.refining_columns, *read_by_rules})
    return prepare(standardise(raw, needed), needed, AS_OF)


def _needed(chosen: Catalogue, columns: set[str]) -> Catalogue:
    """The catalogue with no more record functions than these columns take."""
    wanted = set(columns)
    for function in reversed((*chosen.standardisers, *chosen.entity_features)):
        wanted |= set(function.inputs) if function.name in wanted else set()
    return replace(
        chosen,
        standardisers=tuple(f for f in chosen.standardisers if f.name in wanted),
        entity_features=tuple(f for f in chosen.entity_features if f.name in wanted),
    )


def _write(frame: DataFrame, path: Path) -> None:
    frame.write.format("delta").mode("overwrite").save(str(path))


def _facts(pairs: DataFrame, chosen: Catalogue) -> dict[str, str]:
    """What must be equal in both tables: number of pairs, sum of each feature, checksum of all rows.

    Sums are of whole 2**-30ths: a sum of floating-point numbers would depend on the order of the rows.
    """
    names = [feature.name for feature in chosen.pair_features]
    sums = [F.sum((F.col(name).cast("double") * 2**30).cast("decimal(38,0)")).alias(name) for name in names]
    row = pairs.agg(F.count(F.lit(1)).alias("pairs"), *sums).collect()[0]
    facts = {"pairs": f"{row['pairs']:,}"} | {name: f"{(row[name] or 0) / 2**30:,.6f}" for name in names}
    return facts | {"checksum": checksum(pairs.select("id_l", "id_r", *names))}


def _session(comparison: Comparison, out: Path) -> SparkSession:
    settings = Spark(master=f"local[{CORES}]", driver_memory="6g", shuffle_partitions=SHUFFLE_PARTITIONS)
    return session(settings, name=comparison.name, warehouse=out / "warehouse")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The folder for the tables: the one asked for, kept, or a temporary one."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pairlake-bench-") as name:
        yield Path(name)


def _options(comparison: Comparison) -> argparse.Namespace:
    records, small, pairs = comparison.records, comparison.small, comparison.pairs
    parser = argparse.ArgumentParser(description="Pairlake against the usual Spark plan, on generated records.")
    parser.add_argument("--records", type=int, help=f"records to generate (default: {records:,})")
    parser.add_argument("--seed", type=int, default=1, help="seed of the generator (default: 1)")
    parser.add_argument("--pairs", type=int, help=f"distinct pairs there must be at least (default: {pairs:,})")
    parser.add_argument("--out", type=Path, help="folder to keep the tables in (default: a temporary one)")
    parser.add_argument("--small", action="store_true", help=f"{small:,} records: the numbers, hardly the times")
    options = parser.parse_args()
    options.records = options.records or (small if options.small else records)
    # Pairs grow with the square of the records.
    options.pairs = pairs * options.records**2 // records**2 if options.pairs is None else options.pairs
    return options


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

"""The programs that `scale.py` starts, each in a process of its own and one a name. See `watch.py` for what they print.

python scale_programs.py prepare|compare|run|skewed …
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from benchmarks.comparison import AS_OF, CORES, ROOT, RULES, as_raw, entities
from benchmarks.records import DENSE, generate
from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.kernel.plan import make_plan
from features.kernel.records import RULE_BITS
from features.lake import DATA_FILES, Lake
from features.sections import Blocking, Online, Source, Spark
from features.settings import Settings
from features.spark.blocks import census, compare_blocks
from features.spark.frames import to_arrow
from features.spark.session import session
from features.spark.table_files import DataFiles
from features.tables import ENTITY_FEATURES, PAIR_FEATURES, PARTY_FIELDS
from jobs.pipeline import Pipeline

FEATURES = ("name_jaro_winkler", "name_jaro", "name_levenshtein", "country_equal", "city_equal")
BATCH = 16_384


@cache
def chosen() -> Catalogue:
    """The two rules and five features that the peers compute as well."""
    return catalogues.load(("benchmarks.declared", "benchmarks.declared_rules")).select(FEATURES, RULES)


def prepare(records: str, seed: str, lake: str) -> None:
    """Made-up records with much in common, prepared, as the Delta table that every arm starts from."""
    raw = as_raw(generate(int(records), int(seed), wording=DENSE)).combine_chunks()
    with ProcessPoolExecutor(CORES) as pool:
        batches = list(pool.map(_prepared, raw.to_batches(max_chunksize=BATCH)))
    _store(pa.Table.from_batches(batches), chosen(), Path(lake))


def compare(lake: str) -> None:
    """Census, plan, tiles, commit: in a new session, and once more in the same one."""
    with _spark() as spark:
        for time_ in ("Pairlake, first in its session", "Pairlake, again"):
            _say(f"begin {time_}")
            facts = _compared(spark, chosen(), Path(lake))
            _say(f"end {time_}")
            _fact(facts)


def skewed(kind: str, records: str, lake: str) -> None:
    """Records whose keys are distributed by Zipf's law, or of which a fifth share a key; their values matter little."""
    keys = _zipf_keys(int(records)) if kind == "zipf" else _giant_keys(int(records))
    prepared = entities(as_raw(generate(int(records), 1)).combine_chunks().to_batches()[0], chosen())
    place = prepared.schema.get_field_index("keys")
    prepared = prepared.set_column(place, prepared.schema.field(place), keys)
    _store(pa.Table.from_batches([prepared]), chosen(), Path(lake))
    with _spark() as spark:
        _say(f"begin {kind}")
        facts = _compared(spark, chosen(), Path(lake))
        _say(f"end {kind}")
        _fact(facts)


def run(records: str, seed: str, folder: str) -> None:
    """A whole run, gates, publication and all, with the default rules and features."""
    made = generate(int(records), int(seed), all_fields=True)
    pq.write_table(made, f"{folder}/records.parquet")
    columns = {name: name for name in made.column_names if name in PARTY_FIELDS}
    source = Source(name="made", format="parquet", path=f"{folder}/records.parquet", id="id", columns=columns)
    settings = Settings(
        mode="dedupe",
        lake=f"{folder}/lake",
        sources=(source,),
        blocking=Blocking(pair_budget=10**12),
        online=Online(enabled=False),
        spark=_settings(),
    )
    with _spark() as spark:
        pipeline = Pipeline(settings, spark)
        _say("begin run")
        try:
            pipeline.publish()
        finally:
            _say("end run")
            done = pipeline.run
            pairs = done.counts.get(PAIR_FEATURES.name)
            _fact({"seconds": done.seconds, "plan": done.plan, "counts": done.counts, "pairs": pairs})


def _compared(spark: SparkSession, catalogue: Catalogue, root: Path) -> dict[str, object]:
    """From the prepared table to a committed one, with what is to be told of it."""
    lake, table, run_id = Lake(str(root)), PAIR_FEATURES, f"{time.time_ns()}"
    seconds = [time.perf_counter()]
    prepared = DataFiles(spark, lake.data_files(ENTITY_FEATURES))
    blocks = to_arrow(census(prepared, catalogue, linking=False))
    tile_pairs = Blocking().tile_pairs
    plan = make_plan(blocks, catalogue.rules, linking=False, tile_pairs=tile_pairs)
    seconds.append(time.perf_counter())
    files, _ = compare_blocks(prepared, plan, catalogue, AS_OF, lake.files_folder(table, run_id))
    seconds.append(time.perf_counter())
    lake.commit(files, table, run_id, catalogue.pair_schema)
    seconds.append(time.perf_counter())
    rows = files["rows"].to_pylist()
    return {
        "folder": f"{lake.path(table)}/{run_id}",
        "pairs": sum(rows),
        "in blocks": plan.pairs,
        "largest block": plan.largest[0][2] if plan.largest else 0,
        "largest task": max(rows, default=0),
        "tasks": len(rows),
        "cap": tile_pairs,
        "seconds": dict(
            zip(("census and plan", "compare and write", "commit"), np.diff(seconds).tolist(), strict=True)
        ),
    }


def _store(prepared: pa.Table, catalogue: Catalogue, root: Path) -> None:
    """Prepared records as the lake's table of them, in several files."""
    lake, files, size = Lake(str(root)), [], -(-prepared.num_rows // (4 * CORES))
    Path(lake.path(ENTITY_FEATURES)).mkdir(parents=True)
    for start in range(0, prepared.num_rows, size):
        name = f"part-{start:010d}.parquet"
        path = Path(lake.path(ENTITY_FEATURES), name)
        pq.write_table(prepared.slice(start, size), path)
        files.append({"name": name, "rows": len(prepared.slice(start, size)), "bytes": path.stat().st_size})
    lake.commit(pa.Table.from_pylist(files, DATA_FILES), ENTITY_FEATURES, "", catalogue.entity_schema)


def _prepared(raw: pa.RecordBatch) -> pa.RecordBatch:
    return entities(raw, chosen())


def _zipf_keys(records: int) -> pa.ListArray:
    """Two keys a record, drawn from four times as many keys as records; the one of rank r in proportion to 1 / r."""
    weights = 1 / np.arange(1, 4 * records + 1)
    drawn = np.random.default_rng(1).choice(len(weights), size=(records, 2), p=weights / weights.sum())
    return _lists([sorted({int(key) for key in row}) for row in drawn])


def _giant_keys(records: int) -> pa.ListArray:
    """One key of every fifth record, and for each ten records another."""
    ten = 1 << RULE_BITS
    return _lists([[*([0] if row % 5 == 0 else []), ten + row // 10] for row in range(records)])


def _lists(keys: list[list[int]]) -> pa.ListArray:
    return pa.array(keys, pa.list_(pa.int64()))


def _settings() -> Spark:
    return Spark(master=f"local[{CORES}]", driver_memory="6g")


@contextmanager
def _spark() -> Iterator[SparkSession]:
    # Workers import benchmarks.…, which is in no installed package.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    spark = session(_settings(), name="scale")
    try:
        yield spark
    finally:
        spark.stop()


def _say(text: str) -> None:
    print(text, flush=True)


def _fact(facts: dict[str, object]) -> None:
    _say(f"fact {json.dumps(facts, default=str)}")


if __name__ == "__main__":
    programs = {program.__name__: program for program in (prepare, compare, skewed, run)}
    partial(programs[sys.argv[1]], *sys.argv[2:])()

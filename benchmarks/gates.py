"""What the gates of a run cost: their seconds beside those of the whole run, on made-up companies.

Twice over the same records, so that the second run has an earlier one to be compared with. Never ends with 1 because
of a time. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow.parquet as pq

from benchmarks.records import generate
from features.run import Run
from features.sections import Spark
from features.settings import Settings
from features.spark.session import session
from features.tables import PARTY_FIELDS
from jobs.pipeline import Pipeline


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures."""
    options = _options(arguments)
    spark = session(Spark(master=f"local[{options.cores}]", driver_memory="6g", shuffle_partitions=8))
    with tempfile.TemporaryDirectory() as folder:
        made = generate(options.records, options.seed, all_fields=True)
        pq.write_table(made, f"{folder}/records.parquet")
        for title in ("first run", "second run, compared with the first"):
            begun = time.monotonic()
            run = Pipeline(_settings(Path(folder), made.column_names), spark).publish()
            _print(title, run, time.monotonic() - begun)
    return 0


def _settings(root: Path, fields: list[str]) -> Settings:
    columns = {name: name for name in fields if name in PARTY_FIELDS}
    source = {"name": "made", "format": "parquet", "path": f"{root}/records.parquet", "id": "id", "columns": columns}
    return Settings.model_validate(
        {"mode": "dedupe", "lake": f"{root}/lake", "sources": [source], "blocking": {"pair_budget": 10**10}}
    )


def _print(title: str, run: Run, whole: float) -> None:
    pairs, features = run.counts["pair_features"], run.counts["features"]
    gates = {stage: seconds for stage, seconds in run.seconds.items() if stage.startswith("gate: ")}
    print(f"{title}: {pairs:,} pairs, {features} features, {whole:.1f} s")
    for stage, seconds in run.seconds.items():
        print(f"    {stage:<32} {seconds:7.1f} s {seconds / whole:7.1%}")
    print(f"    all gates {sum(gates.values()):.1f} s, {sum(gates.values()) / whole:.1%} of the run", flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=120_000, help="about 1 M pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

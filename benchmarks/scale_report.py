"""What `scale.py` prints: growth of whole runs, the arms beside each other, skewed keys."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds

from benchmarks.watch import Watched

SIMILARITIES = ("name_jaro_winkler", "name_jaro", "name_levenshtein", "country_equal", "city_equal")


@dataclass(frozen=True)
class Arm:
    """One engine: how it did, and the folder with the Parquet files it wrote."""

    name: str
    watched: Watched
    folder: Path


def growth_table(runs: Mapping[int, Watched], cores: int) -> None:
    """Whole runs by size, how the time grows from one to the next, and the seconds of each stage."""
    print("\nWhole runs: default rules, all features, gates, publication; without the session's start")
    _row("records", "wall, s", "CPU, s", "peak, GB", "worker, GB", "pairs", "pairs/s/core", "time ~ n^")
    last: tuple[int, float] | None = None
    for records, run in runs.items():
        if run.failure or not run.stretches:
            print(f"{records:>24,}  {run.failure or 'nothing was measured'}")
            continue
        wall, pairs = run.stretches[0].wall, int(run.facts.get("pairs") or 0)
        grown = f"{math.log(wall / last[1]) / math.log(records / last[0]):.2f}" if last else ""
        last = records, wall
        cells = (f"{wall:,.0f}", f"{run.stretches[0].cpu:,.0f}", f"{run.peak / 1e9:.1f}", f"{run.worker / 1e9:.2f}")
        _row(f"{records:,}", *cells, f"{pairs:,}", f"{pairs / wall / cores:,.0f}", grown)
    stages = list(dict.fromkeys(stage for run in runs.values() for stage in run.facts.get("seconds", {})))
    for stage in stages:
        _row(stage, *(f"{run.facts.get('seconds', {}).get(stage, 0):,.1f}" for run in runs.values()))


def peers_table(arms: list[Arm], records: int, cores: int) -> None:
    """Each arm's cost, and how many times the wall time of each of Pairlake's it takes."""
    ours = arms[0].watched.stretches
    pairs = arms[0].watched.facts.get("pairs", 0)
    print(f"\nTwo rules, five features, {records:,} records, {pairs:,} pairs, {cores} cores; files of pairs written")
    ratios = ("first", "again")[: len(ours)]
    _row("", "start, s", "wall, s", "CPU, s", "peak, GB", "pairs/s/core", *(f"times {name}" for name in ratios))
    for arm in arms:
        if arm.watched.failure:
            print(f"{arm.name:>32}  {arm.watched.failure}")
        for number, stretch in enumerate(arm.watched.stretches):
            start = "" if number else f"{arm.watched.start:,.1f}"
            cells = (f"{stretch.wall:,.1f}", f"{stretch.cpu:,.1f}", f"{arm.watched.peak / 1e9:.1f}")
            times = (f"{stretch.wall / our.wall:.1f}" for our in ours)
            _row(stretch.name, start, *cells, f"{pairs / stretch.wall / cores:,.0f}", *times)
    for stage, seconds in arms[0].watched.facts.get("seconds", {}).items():
        _row(f"again: {stage}", "", f"{seconds:,.1f}")


def agreement(arms: list[Arm]) -> int:
    """Print what the arms found, and how far they differ. Returns the exit status: 1 when pairs differ.

    Pairlake's numbers are float32 from the start, others' are made in double precision and rounded when written.
    """
    found = {arm.name: _sums(arm.folder) for arm in arms if not arm.watched.failure}
    ours, status = found.pop("Pairlake", None), 0
    if ours is None:
        return 1
    print()
    for name, sums in found.items():
        if sums["pairs"] != ours["pairs"]:
            print(f"{name} found {sums['pairs']:,.0f} pairs, Pairlake {ours['pairs']:,.0f}", file=sys.stderr)
            status = 1
            continue
        apart = {f: abs(sums[f] - ours[f]) / max(ours["pairs"], 1) for f in SIMILARITIES if f in sums}
        most = max(apart, key=apart.__getitem__) if apart else ""
        differ = f"{most} differs most, by {apart[most]:.1e} a pair" if most else "levels, not similarities, are kept"
        print(f"{name}: the same {sums['pairs']:,.0f} pairs; {differ}")
    return status


def skew_table(runs: Mapping[tuple[str, int], Watched]) -> None:
    """What the largest task had to do, and what memory it took."""
    print("\nSkewed keys: by Zipf's law, and one key of a fifth of all records (the cap is [blocking] tile_pairs)")
    _row("", "pairs", "largest block", "largest task", "cap", "tasks", "worker, GB", "wall, s")
    for (kind, records), run in runs.items():
        if run.failure:
            print(f"{kind} {records:,}: {run.failure}")
            continue
        counts = (f"{run.facts[name]:,}" for name in ("pairs", "largest block", "largest task", "cap", "tasks"))
        _row(f"{kind}, {records:,} records", *counts, f"{run.worker / 1e9:.2f}", f"{run.stretches[0].wall:,.1f}")


def _sums(folder: Path) -> dict[str, float]:
    """Rows of an arm's files, and the sum of each similarity."""
    files = ds.dataset([str(path) for path in sorted(folder.glob("*.parquet"))], format="parquet")
    names = [name for name in SIMILARITIES if name in files.schema.names]
    sums = dict.fromkeys(names, 0.0)
    for batch in files.to_batches(columns=names):
        for name in names:
            sums[name] += pc.sum(batch.column(name).cast("double")).as_py() or 0.0
    return {"pairs": float(files.count_rows()), **sums}


def _row(*cells: str) -> None:
    print(f"{cells[0]:>32}" + "".join(f"{cell:>15}" for cell in cells[1:]))

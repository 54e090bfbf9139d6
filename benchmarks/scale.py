"""How time and memory grow: whole runs of more and more records, the two-rule work beside other engines, skewed keys.

See README.md beside this file. Ends with 1 when arms find different pairs, never because of a time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.scale_report import Arm, agreement, growth_table, peers_table, skew_table
from benchmarks.watch import Watched, watch

HERE = Path(__file__).resolve().parent
CORES = 2
PEERS = {"Polars": "polars_arm.py", "DuckDB, SQL by hand": "duckdb_arm.py", "Splink on DuckDB": "splink_arm.py"}
PARTS = ("growth", "peers", "skew")


def main() -> int:
    """The program. Returns the exit status."""
    options = _options()
    with _folder(options.out) as out:
        status = 0
        if "growth" in options.parts:
            growth_table(_growth(options, out), CORES)
        if "peers" in options.parts:
            arms = _peers(options, out)
            peers_table(arms, options.peer_records, CORES)
            status = agreement(arms)
        if "skew" in options.parts:
            skew_table(_skewed(options, out))
        return status


def _growth(options: argparse.Namespace, out: Path) -> dict[int, Watched]:
    """A whole run of each size; no larger one after one that was stopped."""
    runs: dict[int, Watched] = {}
    for records in sorted(options.records):
        folder = out / f"run-{records}"
        folder.mkdir()
        runs[records] = _ours(options, out, "run", str(records), str(options.seed), str(folder))
        if runs[records].failure:
            break
    return runs


def _peers(options: argparse.Namespace, out: Path) -> list[Arm]:
    """The same work by Pairlake and by the others, each in a process of its own, one after the other."""
    lake = out / "peers"
    prepared = _ours(options, out, "prepare", str(options.peer_records), str(options.seed), str(lake))
    if prepared.failure:
        raise SystemExit(f"the records could not be prepared: {prepared.failure}")
    ours = _ours(options, out, "compare", str(lake))
    arms = [Arm("Pairlake", ours, Path(ours.facts.get("folder", "")))]
    for name, program in PEERS.items():
        if program in options.without:
            continue
        found = out / Path(program).stem
        arms.append(Arm(name, _peer(options, program, lake / "entity_features", found, out), found))
    return arms


def _skewed(options: argparse.Namespace, out: Path) -> dict[tuple[str, int], Watched]:
    """Keys by Zipf's law, and one key of a fifth of all records: each at a size and at twice that."""
    sizes = [(kind, size * times) for kind, size in (("zipf", 30_000), ("giant", 50_000)) for times in (1, 2)]
    return {
        (kind, size): _ours(options, out, "skewed", kind, str(size), str(out / f"{kind}-{size}"))
        for kind, size in sizes
    }


def _ours(options: argparse.Namespace, out: Path, *arguments: str) -> Watched:
    print(f"… {' '.join(arguments[:3])}", file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / "scale_programs.py"), *arguments]
    return watch(command, limit=options.limit, log=out / f"{'-'.join(arguments[:1])}.log")


def _peer(options: argparse.Namespace, program: str, records: Path, found: Path, out: Path) -> Watched:
    """A peer's arm; `not installed` where its environment is not there."""
    print(f"… {program}", file=sys.stderr, flush=True)
    if not _installed(options.peers):
        return Watched(failure=f"not installed: there is no {options.peers} with it; make bench-peers makes it")
    command = [str(options.peers), str(HERE / "peers" / program), str(records), str(found), str(CORES)]
    return watch(
        command, limit=options.limit, log=out / f"{program}.log", environment={"POLARS_MAX_THREADS": str(CORES)}
    )


def _installed(python: Path) -> bool:
    probe = "import duckdb, polars, polars_distance, splink"
    return (
        python.exists() and not subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode
    )


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The folder for tables and logs: the one asked for, kept, or a temporary one."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="pairlake-scale-") as name:
        yield Path(name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How time and memory grow, and the same work by other engines.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="growth, peers, skew (default: all three)")
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes of whole runs")
    parser.add_argument("--peer-records", type=int, default=1_000_000, help="records of the work beside other engines")
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-peers/bin/python", help="their Python")
    parser.add_argument("--without", nargs="*", default=[], choices=list(PEERS.values()), help="arms to leave out")
    parser.add_argument("--seed", type=int, default=1, help="seed of the generator (default: 1)")
    parser.add_argument("--limit", type=float, default=3600, help="seconds after which a program is stopped")
    parser.add_argument("--out", type=Path, help="folder to keep tables and logs in (default: a temporary one)")
    options = parser.parse_args()
    options.parts = options.parts or PARTS
    return options


if __name__ == "__main__":
    sys.exit(main())

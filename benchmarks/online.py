"""Online lookup over HTTP under load, beside Feast's own feature server reading the same rows, in the same run.

    python -m benchmarks.online --settings jobs/settings/local.toml

wants a lake that `pairlake run` has loaded. Records of its left side (of any, where it is deduplicated) are looked up.
It ends with 1 when an answer is not the one that the library gives, or none; never because of a time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.load import Answered, Client, closed_loop, open_loop, percentiles
from benchmarks.measure import CpuTimes
from features.lake import Lake
from features.settings import Settings, load
from features.tables import LIST_FIELDS, PARTY_FIELDS, RAW_ENTITIES

STAGES = ("prepare", "index", "entities", "compare", "serialise")
START_SECONDS = 120
console = Console(width=120)


def main() -> int:
    """Load both servers with the same records; 1 when an answer is wrong."""
    asked = _arguments()
    settings = load(asked.settings)
    records = _records(settings, round(asked.rate * asked.seconds))
    bodies = [json.dumps({"record": record, "limit": asked.limit}).encode() for record in records]
    with _server(_pairlake(asked), r"listening on http://[^:]+:(\d+)") as (server, port):
        _wait(f"http://127.0.0.1:{port}/health/ready")
        client = Client(port, "/v1/lookup")
        _report("Pairlake, warming", open_loop(client, bodies[: len(bodies) // 5], asked.rate), None)
        cpu = CpuTimes(server)
        before = cpu.seconds()
        answers = open_loop(client, bodies, asked.rate)
        _report(f"Pairlake, {asked.rate:g} a second, {asked.workers} workers", answers, cpu.seconds() - before)
        _stages(answers)
        most = closed_loop(client, bodies[: len(bodies) // 2], 4)
        console.print(f"At most {most:,.0f} requests a second (4 callers that wait for their answers)")
    wrong = _wrong(settings, records, answers, asked.limit)
    console.print(f"Answers compared with the library's, bit for bit: {len(answers)}, wrong: {wrong}")
    if not asked.without_feast:
        _feast(settings, answers, asked.rate)
    return 1 if wrong or any(answer.status != 200 for answer in answers) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, default=Path("jobs/settings/local.toml"))
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--without-feast", action="store_true")
    return parser.parse_args()


def _records(settings: Settings, count: int) -> list[dict[str, Any]]:
    """So many records of the side that asks, drawn evenly in the order of their ids."""
    sides = {"side": "left"} if settings.linking else {}
    rows = Lake(settings.lake).rows(RAW_ENTITIES, **sides).sort_by("entity_id")
    step = max(rows.num_rows // count, 1)
    taken = rows.take(list(range(0, rows.num_rows, step))[:count]).to_pylist()
    return [{f: row[f] for f in PARTY_FIELDS if row[f] and (f in LIST_FIELDS or row[f].strip())} for row in taken]


def _pairlake(asked: argparse.Namespace) -> list[str]:
    settings = ["--settings", str(asked.settings), "--port", "0", "--workers", str(asked.workers)]
    return [sys.executable, "-c", "from jobs.cli import main; main()", "serve", *settings]


@contextmanager
def _server(
    command: Sequence[str], said: str | None, port: int = 0, **env: str
) -> Iterator[tuple[psutil.Process, int]]:
    """A server, ended with the block, and its port: the given one, or that which it says on stderr."""
    log = Path(tempfile.gettempdir()) / f"online-benchmark-{os.getpid()}.log"
    with log.open("wb") as file:
        process = psutil.Popen(command, stderr=file, stdout=subprocess.DEVNULL, env={**os.environ, **env})
    try:
        end = time.monotonic() + START_SECONDS
        while said and time.monotonic() < end and process.is_running():
            found = re.search(said, log.read_text(encoding="utf-8", errors="replace"))
            if found:
                port, said = int(found.group(1)), None
            time.sleep(0.1)
        if said:
            raise SystemExit(f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        yield process, port
    finally:
        process.terminate()
        process.wait(60)
        log.unlink()


def _wait(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} did not answer with 200 within {START_SECONDS} s")


def _report(name: str, answers: Sequence[Answered], cpu: float | None) -> None:
    table = Table("requests", "n", "p50", "p95", "p99", "longest", title=name, title_justify="left", box=None)
    whole = [answer for answer in answers if answer.status == 200]
    groups = {"all": whole}
    if whole and whole[0].timing:
        counts = [len(answer.told["candidates"]) for answer in whole]
        for low, high in ((0, 0), (1, 19), (20, 99), (100, 199), (200, 10**9)):
            of = [answer for answer, count in zip(whole, counts, strict=True) if low <= count <= high]
            groups[f"{low} to {high} candidates" if high < 10**9 else f"{low} candidates"] = of
    for group, of in groups.items():
        if of:
            found = percentiles([answer.seconds for answer in of])
            table.add_row(group, f"{len(of):,}", *(f"{found[name]:.2f} ms" for name in ("p50", "p95", "p99", "max")))
    console.print(table)
    spent = "" if cpu is None or not answers else f"; {cpu / len(answers) * 1000:.2f} ms of CPU a request"
    console.print(f"{len(answers) - len(whole)} of {len(answers):,} were not answered{spent}", highlight=False)


def _stages(answers: Sequence[Answered]) -> None:
    """Where the time of the slowest tenth and of all goes."""
    table = Table("stage", "mean of all", "mean of the slowest tenth", title="Where the time goes", box=None)
    slow = sorted(answers, key=lambda answer: answer.seconds)[-max(len(answers) // 10, 1) :]
    for stage in STAGES:
        table.add_row(stage, *(f"{_mean(of, stage):.2f} ms" for of in (answers, slow)))
    rest = [sum(a.seconds - sum(a.timing.values()) for a in of) / len(of) * 1000 for of in (answers, slow)]
    table.add_row("HTTP, threads, waiting", *(f"{milliseconds:.2f} ms" for milliseconds in rest))
    console.print(table)


def _mean(answers: Sequence[Answered], stage: str) -> float:
    return sum(answer.timing.get(stage, 0) for answer in answers) / len(answers) * 1000


def _wrong(settings: Settings, records: Sequence[dict[str, Any]], answers: Sequence[Answered], limit: int) -> int:
    """Answers that are not, bit for bit, what the library says of the same record."""
    import numpy as np  # noqa: PLC0415  what follows takes seconds to import, and no server should wait for it

    from jobs.online import open_lookup  # noqa: PLC0415

    lookup, _ = open_lookup(settings)
    wrong = 0
    for record, answer in zip(records, answers, strict=True):
        wanted, told = lookup.lookup(record, limit=limit), answer.told
        ids = [candidate["entity_id"] for candidate in told["candidates"]]
        same = ids == [candidate.entity_id for candidate in wanted.candidates] and told["found"] == wanted.found
        for candidate, row in zip(wanted.candidates, zip(*told["features"].values(), strict=True), strict=same):
            found = np.array([np.nan if value is None else value for value in row], dtype=np.float32)
            values = [candidate.features[name] for name in told["features"]]
            same &= np.array_equal(found, np.array(values, dtype=np.float32), equal_nan=True)
        wrong += not same
    return wrong


def _feast(settings: Settings, answers: Sequence[Answered], rate: float) -> None:
    """Feast's own server, asked for the packed records that the lookups read: no index, no comparison."""
    bodies = [
        json.dumps(
            {
                "features": ["online_entities:packed", "online_entities:fingerprint"],
                "entities": {"entity_id": [candidate["entity_id"] for candidate in answer.told["candidates"]]},
            }
        ).encode()
        for answer in answers
        if answer.told["candidates"]
    ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("feast"))
    with tempfile.TemporaryDirectory() as repo:
        _registered(settings, Path(repo))
        command = [program, "-c", repo, "serve", "-h", "127.0.0.1", "-p", str(port), "--no-access-log"]
        with _server(command, None, port) as (server, _):
            _wait(f"http://127.0.0.1:{port}/health")
            client = Client(port, "/get-online-features")
            open_loop(client, bodies[: len(bodies) // 5], rate)
            cpu = CpuTimes(server)
            before = cpu.seconds()
            found = open_loop(client, bodies, rate)
            _report("Feast's server, the same rows as they are stored", found, cpu.seconds() - before)
            console.print(f"At most {closed_loop(client, bodies[: len(bodies) // 2], 4):,.0f} requests a second")


def _registered(settings: Settings, repo: Path) -> None:
    """A repository of Feast's own on the same online store, under the name by which it finds the load in force."""
    import feast  # noqa: PLC0415
    import yaml  # noqa: PLC0415

    from features import catalogue as catalogues  # noqa: PLC0415
    from jobs.online import open_store  # noqa: PLC0415

    store = open_store(settings, catalogues.chosen(settings))
    own = {**store._settings, "registry": {"path": str(repo / "registry.pb")}}  # type: ignore[attr-defined]
    if own["online_store"]["type"] == "redis":
        (layer,) = store._online._rows.state().layers  # type: ignore[attr-defined]
        own["project"] += f"_{layer}"
    (repo / "feature_store.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    feast.FeatureStore(config=feast.RepoConfig(**own)).apply(store._definitions)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())

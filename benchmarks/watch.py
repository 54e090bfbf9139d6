"""Programs run in processes of their own: wall and CPU time of what they mark, memory of each process, a time limit.

A program prints `begin NAME` and `end NAME` around what is to be measured, as often as it likes, and `fact {JSON}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measure import CpuTimes, resident

SAMPLE_SECONDS = 0.1


@dataclass
class Stretch:
    """What was measured between a `begin` and its `end`."""

    name: str
    wall: float
    cpu: float


@dataclass
class Watched:
    """A program that has ended. `start` is the time until its first `begin`, in seconds; memory is in bytes.

    `peak` is the largest sum of resident memory of all its processes, `worker` the largest of one Python worker.
    """

    start: float = 0.0
    stretches: list[Stretch] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    peak: int = 0
    worker: int = 0
    failure: str = ""


def watch(command: Sequence[str], *, limit: float, log: Path, environment: Mapping[str, str] | None = None) -> Watched:
    """Run a program to its end, or to the limit in seconds; what it says on stderr goes to a file."""
    watched, begun = Watched(), time.perf_counter()
    with log.open("ab") as errors:
        variables = {**os.environ, **(environment or {})}
        process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=variables)
        done, late = threading.Event(), threading.Event()
        cpu = CpuTimes(process)
        sampled = (process, cpu, watched, begun + limit, done, late)
        sampler = threading.Thread(target=_sample, args=sampled, daemon=True)
        sampler.start()
        _listen(process, cpu, watched, begun)
        status = process.wait()
        done.set()
        sampler.join()
    if late.is_set():
        watched.failure = f"stopped after {limit:,.0f} s"
    elif status:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        watched.failure = f"failed: {''.join(last)[:100]} (all of it: {log})"
    return watched


def _listen(process: psutil.Popen, cpu: CpuTimes, watched: Watched, begun: float) -> None:
    open_: tuple[float, float] = (0.0, 0.0)
    with process.stdout as said:
        for line in said:
            word, _, rest = line.strip().partition(" ")
            now = time.perf_counter()
            if word == "begin":
                watched.start = watched.start or now - begun
                open_ = (time.perf_counter(), cpu.seconds())
            elif word == "end":
                watched.stretches.append(Stretch(rest, now - open_[0], cpu.seconds() - open_[1]))
            elif word == "fact":
                watched.facts |= json.loads(rest)


def _sample(
    process: psutil.Process,
    cpu: CpuTimes,
    watched: Watched,
    deadline: float,
    done: threading.Event,
    late: threading.Event,
) -> None:
    while not done.wait(SAMPLE_SECONDS):
        cpu.seconds()
        sizes = resident(process)
        watched.peak = max(watched.peak, sum(size for _, size in sizes))
        watched.worker = max([watched.worker, *(size for name, size in sizes[1:] if name != "java")])
        if time.perf_counter() > deadline:
            late.set()
            for one in (*process.children(recursive=True), process):
                one.kill()
            return

"""Wall time, CPU time and memory of this process and all it started: Spark's JVM and its Python workers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.25


@dataclass
class Cost:
    """What a stretch of work took. `peak` is the largest sum of resident memory seen, in bytes.

    Pages that forked workers share are counted once for each of them.
    """

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0


class Meter:
    """Measures the work done inside a `with` block; `cost` holds the result."""

    def __init__(self) -> None:
        self.cost = Cost()
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._cpu, self._started = cpu_seconds(psutil.Process()), time.perf_counter()
        self._sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.cost.wall = time.perf_counter() - self._started
        self.cost.cpu = cpu_seconds(psutil.Process()) - self._cpu
        self._done.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._done.is_set():
            self.cost.peak = max(self.cost.peak, sum(size for _, size in resident(psutil.Process())))
            self._done.wait(SAMPLE_SECONDS)


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(root: psutil.Process) -> float:
    """CPU time of a process and all below it, with that of those which have ended: their parent has inherited it."""
    total = 0.0
    for process in _tree(root):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def resident(root: psutil.Process) -> list[tuple[str, int]]:
    """Name and resident bytes of a process and of all below it."""
    sizes = []
    for process in _tree(root):
        try:
            sizes.append((process.name(), process.memory_info().rss))
        except psutil.NoSuchProcess:
            continue
    return sizes

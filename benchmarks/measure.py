"""Wall time, CPU time and memory of this process and all it started: Spark's JVM and its Python workers."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
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
        self._cpu = CpuTimes(psutil.Process())
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._before, self._started = self._cpu.seconds(), time.perf_counter()
        self._sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.cost.wall = time.perf_counter() - self._started
        self.cost.cpu = self._cpu.seconds() - self._before
        self._done.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._done.is_set():
            self.cost.peak = max(self.cost.peak, sum(size for _, size in resident(psutil.Process())))
            self._cpu.seconds()
            self._done.wait(SAMPLE_SECONDS)


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def resident(root: psutil.Process) -> list[tuple[str, int]]:
    """Name and resident bytes of a process and of all below it.

    Without forks of the JVM that are about to become a command: for that moment they share all its memory.
    """
    sizes = []
    for process in _tree(root):
        try:
            name, size = process.name(), process.memory_info().rss
            if name == "java" or not process.exe().endswith("/java"):
                sizes.append((name, size))
        except psutil.Error:
            continue
    return sizes


class CpuTimes:
    """CPU time of a process and of all that were ever seen below it.

    Idle Python workers of Spark are killed with their parent, which then inherits nothing.
    """

    def __init__(self, root: psutil.Process) -> None:
        self._root, self._seen = root, dict[psutil.Process, float]()

    def seconds(self) -> float:
        """The sum by now; what runs for less than the time between two calls may be missed."""
        for process in _tree(self._root):
            with suppress(psutil.Error):
                times = process.cpu_times()
                self._seen[process] = times.user + times.system
        return sum(self._seen.values())

"""A run or a refresh that kills itself with everything it started: victim.py SETTINGS run|refresh POINT

POINT is `stage:NAME` (when the stage begins), `commit:TABLE` (its data files are written, their commit is not),
`after:TABLE` (right after its commit), or `file:PATTERN` (as soon as such a file is under the lake).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from features.lake import Lake
from features.settings import Settings
from features.spark.session import session
from jobs.pipeline import Pipeline
from jobs.refresh import Refresh


def die() -> None:
    """Kill -9 for the JVM, its workers (which are a process group of their own) and this process, all at once."""
    own = os.getpid()
    others = [int(process.name) for process in Path("/proc").glob("[0-9]*") if int(process.name) != own]
    for process in others:
        try:
            if os.getsid(process) == os.getsid(0):
                os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os.kill(own, signal.SIGKILL)


def watch(root: Path, pattern: str) -> None:
    """Die as soon as a file that was not there before is under the root."""
    before = set(root.glob(pattern))

    def look() -> None:
        while not set(root.glob(pattern)) - before:
            time.sleep(0.001)
        die()

    threading.Thread(target=look, daemon=True).start()


def die_around_commits(table: str, *, after: bool) -> None:
    commit = Lake.commit

    def stopped(self: Lake, files: Any, into: Any, *given: Any, **named: Any) -> None:
        if into.name == table and not after:
            die()
        commit(self, files, into, *given, **named)
        if into.name == table:
            die()

    Lake.commit = stopped  # type: ignore[method-assign]


def main(settings_file: str, command: str, point: str) -> None:
    settings = Settings.model_validate_json(Path(settings_file).read_text(encoding="utf-8"))
    kind, _, where = point.partition(":")
    spark = session(settings.spark)

    def stage(name: str) -> None:
        if kind == "stage" and name == where:
            die()

    if kind == "file":
        watch(Path(settings.lake), where)
    elif kind in ("commit", "after"):
        die_around_commits(where, after=kind == "after")
    {"run": Pipeline, "refresh": Refresh}[command](settings, spark, stage).publish()


if __name__ == "__main__":
    main(*sys.argv[1:])

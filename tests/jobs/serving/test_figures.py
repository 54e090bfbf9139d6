"""Figures of several processes: what each counted stays, how it stood goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

STANDS = """
from jobs.serving.figures import Figures
figures = Figures()
figures.standing(ready={ready}, as_of=None, in_flight=1)
figures.request("/v1/lookup", 200, 0.001)
print(figures.page()[0].decode())
"""


def process(folder: Path, *, ready: bool) -> dict[str, float]:
    """The figures as a process sees them that stands so, was asked once, and is no more when this returns."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", STANDS.format(ready=ready)]
    page = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    lines = (line.rpartition(" ") for line in page.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_a_process_that_is_no_more_is_counted_and_does_not_stand_for_the_others(tmp_path: Path) -> None:
    assert process(tmp_path, ready=False)["pairlake_serve_ready"] == 0
    told = process(tmp_path, ready=True)
    assert (told["pairlake_serve_ready"], told["pairlake_serve_in_flight"]) == (1, 1)
    assert told['pairlake_serve_requests_total{route="/v1/lookup",status="200"}'] == 2

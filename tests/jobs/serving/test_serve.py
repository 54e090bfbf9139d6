"""The command, as it is called: two processes, one port, and an end that lets go of nobody."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from jobs import cli

if TYPE_CHECKING:
    from conftest import OnlineLake

TOKEN = "a-token-that-is-long-enough-to-be-taken"
RECORD = {"record": {"name": "Zanzibar Holdings", "country": "GB"}}
SETTINGS = """
mode = "dedupe"
lake = "{lake}"
[[sources]]
name = "h"
format = "csv"
id = "id"
path = "/data/h.csv"
columns = {{ name = "name" }}
[serve]
tokens_env = "TOKENS"
reload_seconds = 0.2
"""


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(cli.app, ["serve", *arguments])
    return str(result.exception)


def written(folder: Path, more: str = "") -> str:
    file = folder / "s.toml"
    file.write_text(SETTINGS.format(lake=folder / "lake") + more, encoding="utf-8")
    return str(file)


def test_without_its_tokens_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENS", raising=False)
    assert "the environment variable TOKENS is not set" in refused("--settings", written(tmp_path))


def test_what_the_command_line_says_is_checked_as_the_settings_are(tmp_path: Path) -> None:
    file = Path(written(tmp_path))
    file.write_text(file.read_text(encoding="utf-8").replace('tokens_env = "TOKENS"', ""), encoding="utf-8")
    assert "asks nobody who they are" in refused("--settings", str(file), "--host", "0.0.0.0")
    assert "65535" in refused("--settings", str(file), "--port", "70000")


class Running:
    """The command in a process of its own, with two workers, and all it says on stderr."""

    def __init__(self, settings: str) -> None:
        command = [sys.executable, "-c", "from jobs.cli import main; main()", "serve", "--settings", settings]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--workers", "2"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TOKENS": f"kyc:{TOKEN}"},
        )
        self.said: list[str] = []
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()
        self.port = self.wait(lambda: next((m.group(1) for m in map(_PORT.search, self.said) if m), None))

    def wait(self, what: Any) -> Any:
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            if found := what():
                return found
            time.sleep(0.05)
        raise AssertionError("".join(self.said))

    def get(self, path: str, body: Any = None) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            self.said.extend(said)


_PORT = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(written(tmp_path))
    yield one
    one.process.kill()
    one.process.wait(60)
    one.listening.join(60)


def _found(answer: tuple[int, str]) -> int | None:
    found: int | None = json.loads(answer[1]).get("found") if answer[0] == 200 else None
    return found


PARENT = """
import multiprocessing, time
from jobs.serve import _end_with_parent
if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=_end_with_parent).start()
    print("started", flush=True)
    time.sleep(600)
"""


def test_a_process_that_serves_ends_when_the_one_that_started_it_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    parent.kill()
    parent.communicate(timeout=60)  # until nobody holds its stdout: the child has it too


@pytest.mark.slow
def test_the_command_serves_what_is_put_online_meanwhile_and_ends_in_order(
    running: Running, empty_lake: OnlineLake
) -> None:
    running.wait(lambda: running.get("/health/live")[0] == 200)
    assert running.get("/health/ready")[0] == 503
    assert running.get("/v1/lookup", RECORD)[0] in (200, 503)  # starting, or flagged

    empty_lake.load([{"name": "Zanzibar Holdings Ltd", "country": "GB"}])
    running.wait(lambda: all(_found(running.get("/v1/lookup", RECORD)) == 1 for _ in range(8)))
    assert running.get("/health/ready")[0] == 200

    # Each process counts for itself; what is told is the sum.
    line = 'pairlake_serve_requests_total{route="/v1/lookup",status="200"}'
    counted = [text for text in running.get("/metrics")[1].splitlines() if text.startswith(line)]
    assert float(counted[0].split()[-1]) >= 8

    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) in (0, -signal.SIGTERM)
    said = "".join(running.said)
    lines = [json.loads(text) for text in running.said if text.startswith("{")]
    assert sum(line["event"] == "request" and line["route"] == "/v1/lookup" for line in lines) >= 9
    assert "zanzibar" not in said.lower()
    assert TOKEN not in said
    assert "Traceback" not in said

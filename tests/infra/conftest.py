"""One environment, applied to an emulator of AWS: what Terraform makes is there, and what it makes does its work."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"

SETTINGS = """
environment      = "dev"
bucket_prefix    = "example"
engine           = "glue"
release          = "5.1"
schedule_enabled = true
repository       = "example/pairlake"
sources          = [{ bucket = "registers", prefix = "parties" }]
emails           = ["pairlake@example.com"]

training_accounts = [{ account_id = "111122223333", external_id = "put-16-characters-or-more-here" }]
"""

OVERRIDES = {
    "backend_override.tf": 'terraform {\n  backend "local" {}\n}\n',
    "provider_override.tf": """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  max_retries                 = 2
}
""",
    # The provider waits a minute until a lifecycle has settled; the modules' own tests look at it.
    "modules/lake/buckets_override.tf": (
        'resource "aws_s3_bucket_lifecycle_configuration" "all" {\n  for_each = toset([])\n}\n'
    ),
}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an emulator on a free port of this machine; AWS's own variables point to it."""
    pytest.importorskip("ministack", reason="no emulator of AWS here: `make test-infra` brings it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("emulator") / "log"
    variables = {**os.environ, "GATEWAY_PORT": str(port)}
    program = str(Path(sys.executable).with_name("ministack"))
    with (
        log.open("wb") as out,
        subprocess.Popen([program], env=variables, cwd=log.parent, stdout=out, stderr=out) as run,
    ):
        try:
            _wait_for(port, run, log)
            address = f"http://127.0.0.1:{port}"
            given = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
            with pytest.MonkeyPatch.context() as patch:
                for name, value in {**given, "AWS_DEFAULT_REGION": REGION}.items():
                    patch.setenv(name, value)
                yield address
        finally:
            run.terminate()


@pytest.fixture(scope="session")
def applied(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the modules were applied to the emulator."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    folder = tmp_path_factory.mktemp("terraform") / "copy"
    shutil.copytree(ROOT / "infra/terraform", folder, ignore=shutil.ignore_patterns(".terraform*"))
    for name, text in {**OVERRIDES, "terraform.tfvars": SETTINGS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    plugins = os.environ.get("TF_PLUGIN_DIR")
    begun = _terraform(folder, "init", *([f"-plugin-dir={plugins}"] if plugins else []))
    if begun.returncode and not plugins and "Failed to" in begun.stderr:
        pytest.skip("the AWS provider cannot be downloaded here (TF_PLUGIN_DIR may name a folder that holds it)")
    assert begun.returncode == 0, begun.stderr
    made = _terraform(folder, "apply", "-auto-approve", "-parallelism=20")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def aws(applied: Path) -> Any:
    """A client of a service, by its name."""
    boto3 = pytest.importorskip("boto3")
    return boto3.client


@pytest.fixture(scope="session")
def release() -> ModuleType:
    """The program infra/release.py."""
    pytest.importorskip("boto3", reason="no boto3 here: `make test-infra` brings it")
    spec = importlib.util.spec_from_file_location("release", ROOT / "infra/release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["terraform", *arguments, "-input=false", "-no-color"]
    variables = {name: value for name, value in os.environ.items() if name != "TF_DATA_DIR"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def _wait_for(port: int, run: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and run.poll() is None:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"the emulator did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

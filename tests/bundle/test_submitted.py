"""A bundle runs the pipeline where nothing else of the project is, with its files here and in S3."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import deltalake
import pytest

from features import tables
from features.lake import Lake
from features.run import PUBLISHED

ROOT = Path(__file__).parents[2]
WHERE = Path(__file__).with_name("where.py")
REGION = "eu-west-1"

SETTINGS = """
mode = "link"
lake = "{lake}"

[[sources]]
name = "register"
side = "right"
format = "csv"
path = "{sources}/register.csv"
id = "id"
columns = {{ name = "name", country = "country", bic = "bic" }}

[[sources]]
name = "clients"
format = "csv"
path = "{sources}/clients.csv"
id = "id"
columns = {{ name = "name", country = "country", bic = "bic" }}

[spark]
provided = true
"""

PARTIES = 60


def sources() -> dict[str, str]:
    """A register, and clients of whom every second one is in it under a slightly other name."""
    drawn = random.Random(8)
    words = ["".join(drawn.choices("bcdfghklmnprstvwaeiou", k=9)) for _ in range(2 * PARTIES)]
    rows = {"register": ["id,name,country,bic"], "clients": ["id,name,country,bic"]}
    for n in range(PARTIES):
        bic = f"DEUTDE{n:02d}" if n < 9 else ""
        rows["register"].append(f"r{n},{words[n].title()} Harbour {words[n + 1].title()} GmbH,DE,{bic}")
        known = words[n] if n % 2 else words[n + PARTIES]
        rows["clients"].append(f"c{n},{known.title()} {words[n + 1].title()} Harbor,DE,{bic if n % 3 else ''}")
    return {f"{name}.csv": "\n".join(lines) + "\n" for name, lines in rows.items()}


def outcome(lake: str) -> dict[str, Any]:
    """The one row of the runs of a lake, and how many pairs are in force."""
    (run,) = Lake(lake).rows(tables.RUN_MANIFEST).to_pylist()
    return {**run, "pairs": Lake(lake).rows(tables.PAIR_FEATURES).num_rows}


def foreign(path: list[str], home: Path) -> list[str]:
    """Places on a path that lie in the checkout or its environment, but for the platform's Spark."""
    real = [Path(place).resolve() for place in path]
    spark = (home / "jars").resolve().parent
    return [str(p) for p in real if p.is_relative_to(ROOT) and not p.is_relative_to(spark)]


@pytest.fixture(scope="module")
def ran(cluster: Any) -> dict[str, Any]:
    """What `where.py` told of a run on files of this machine."""
    for name, text in sources().items():
        (cluster.jobs / name).write_text(text, encoding="utf-8")
    lake = cluster.folder / "lake"
    (cluster.jobs / "pipeline.toml").write_text(SETTINGS.format(lake=lake, sources=cluster.jobs), encoding="utf-8")
    of_glue = ["--JOB_NAME", "pairlake", "--JOB_ID", "j_1", "--TempDir", "s3://t/", "--enable-metrics", "true"]
    given = [*of_glue, "--command", "run", "--settings", "pipeline.toml"]
    where = shutil.copy(WHERE, cluster.jobs)  # a program's folder is on its path
    done = cluster.submit(Path(where), str(cluster.folder / "told.json"), *given)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return {**json.loads((cluster.folder / "told.json").read_text(encoding="utf-8")), "lake": str(lake)}


def test_a_run_publishes(ran: dict[str, Any]) -> None:
    assert ran["code"] == 0
    run = outcome(ran["lake"])
    assert run["outcome"] == PUBLISHED
    assert run["pairs"] > 0


def test_both_executors_import_from_the_bundle_alone(ran: dict[str, Any], cluster: Any) -> None:
    assert len({worker["folder"] for worker in ran["workers"]}) == 2
    for worker in ran["workers"]:
        folder = Path(worker["folder"])
        assert folder.is_relative_to(cluster.home / "work")
        assert Path(worker["from"]["features"]) == folder / "pairlake.zip/features/__init__.py"
        assert Path(worker["from"]["numpy"]).resolve().is_relative_to((folder / "environment").resolve())
        assert Path(worker["python"]).is_relative_to(folder) or not Path(worker["python"]).is_absolute()
        assert foreign(worker["path"], cluster.home) == []


def test_so_does_the_driver(ran: dict[str, Any], cluster: Any) -> None:
    driver = ran["driver"]
    assert Path(driver["from"]["features"]).parts[-3:] == ("pairlake.zip", "features", "__init__.py")
    assert Path(driver["from"]["numpy"]).is_relative_to(cluster.jobs / "environment")
    assert foreign(driver["path"], cluster.home) == []


# --- the same in S3 ---

HADOOP, SDK = "3.4.2", "2.29.52"
"""Of pyspark's own Hadoop, and the SDK of AWS that it was made for: the parts of it that are used, not all 600 MB."""

SDK_AUTH = "software.amazon.awssdk.auth.credentials"

S3A = {
    "spark.jars.packages": ",".join(
        [f"org.apache.hadoop:hadoop-aws:{HADOOP}"]
        + [f"software.amazon.awssdk:{part}:{SDK}" for part in ("s3", "s3-transfer-manager", "sts")]
    ),
    "spark.jars.excludes": "software.amazon.awssdk:bundle,org.wildfly.openssl:wildfly-openssl,org.slf4j:slf4j-api",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.endpoint.region": REGION,
    "spark.hadoop.fs.s3a.aws.credentials.provider": f"{SDK_AUTH}.EnvironmentVariableCredentialsProvider",
    "spark.hadoop.fs.s3a.change.detection.mode": "none",
}

IN_S3 = """
[online]
feature_store = "s3://artefacts/settings/feature_store.yaml"

[privacy]
key_env = "BLOCKING_KEYS"
"""

FEAST = """
project: pairlake_dev
provider: local
registry: {path: "${PAIRLAKE_LAKE}/feast/registry.pb"}
offline_store: {type: spark}
online_store: {type: dynamodb, region: eu-west-1, endpoint_url: ENDPOINT}
pairlake: {create_tables: true}
entity_key_serialization_version: 3
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """moto's server, which plays S3, DynamoDB and Secrets Manager: what leads to it, as environment variables.

    In a process of its own: delta-rs waits for it without letting other threads of Python go on.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "FEAST_S3_ENDPOINT_URL": endpoint,
    }
    log = tmp_path_factory.mktemp("moto") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**variables, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}.items():
            patch.setenv(name, value)
        _wait_for(port, server, log)
        yield variables
        server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"moto's server does not answer: {log.read_text(encoding='utf-8')[-1000:]}")


def test_settings_sources_secrets_lake_and_online_store_may_all_be_in_aws(cluster: Any, aws: dict[str, str]) -> None:
    s3 = boto3.client("s3")
    for bucket in ("artefacts", "lake-of-tables", "registers"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    settings = SETTINGS.format(lake="s3://lake-of-tables/lake", sources="s3://registers/parties") + IN_S3
    s3.put_object(Bucket="artefacts", Key="settings/pipeline.toml", Body=settings.encode())
    yaml = FEAST.replace("ENDPOINT", aws["AWS_ENDPOINT_URL"])
    s3.put_object(Bucket="artefacts", Key="settings/feature_store.yaml", Body=yaml.encode())
    for name, text in sources().items():
        s3.put_object(Bucket="registers", Key=f"parties/{name}", Body=text.encode())
    secret = json.dumps({"BLOCKING_KEYS": "0123456789abcdef0123456789abcdef"})
    arn = boto3.client("secretsmanager").create_secret(Name="pairlake", SecretString=secret)["ARN"]

    cache = os.environ.get("PAIRLAKE_CACHE", Path.home() / ".cache/pairlake")
    conf = {**S3A, "spark.hadoop.fs.s3a.endpoint": aws["AWS_ENDPOINT_URL"], "spark.jars.ivy": f"{cache}/ivy-s3a"}
    given = ["--settings", "s3://artefacts/settings/pipeline.toml", "--region", REGION, "--secrets", arn]
    entry = cluster.bundle / "entry.py"
    done = cluster.submit(entry, "run", *given, master="local[2]", conf=conf, variables=aws)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]

    run = outcome("s3://lake-of-tables/lake")
    assert run["outcome"] == PUBLISHED
    assert run["pairs"] > 0
    assert deltalake.DeltaTable("s3://lake-of-tables/lake/pair_features").version() >= 0
    items = boto3.client("dynamodb").scan(TableName="pairlake_dev.online_entities", Select="COUNT")["Count"]
    assert items >= 2 * PARTIES

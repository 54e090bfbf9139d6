"""A bundle in the place of the project: an empty folder, Spark's programs, two executors, nothing of the checkout.

Collected where PAIRLAKE_BUNDLE names a bundle, as `make test-bundle` does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyspark
import pytest

from features.spark.session import delta_jars

BUNDLE = os.environ.get("PAIRLAKE_BUNDLE")
collect_ignore = [] if BUNDLE else ["test_submitted.py"]

SPARK = Path(pyspark.__file__).parent


class Cluster:
    """Spark with two executors on this machine; `folder` is where jobs are submitted, and holds what EMR puts there."""

    def __init__(self, bundle: Path, folder: Path) -> None:
        self.bundle, self.folder = bundle, folder
        self.home = folder / "spark"  # Spark as it is installed, with a folder of its own for what executors unpack
        self.home.mkdir()
        for part in SPARK.iterdir():
            (self.home / part.name).symlink_to(part)
        self.jobs = folder / "job"
        with tarfile.open(bundle / "environment.tar.gz") as archive:
            archive.extractall(self.jobs / "environment", filter="tar")

    def submit(
        self,
        program: Path,
        *arguments: str,
        master: str = "local-cluster[2,1,1024]",
        conf: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as infra/terraform/modules/schedule/job.tf has EMR run entry.py."""
        archives = {"spark.archives": f"{self.bundle}/environment.tar.gz#environment"} if "cluster" in master else {}
        with delta_jars() as jars:
            given = _JOB | archives | _joined(jars, conf or {})
            words = [word for name, value in given.items() for word in ("--conf", f"{name}={value}")]
            command = ["spark-submit", "--master", master, "--py-files", f"{self.bundle}/pairlake.zip", *words]
            return subprocess.run(
                [f"{self.home}/bin/{command[0]}", *command[1:], str(program), *arguments],
                cwd=self.jobs,
                env=self._variables(variables or {}),
                capture_output=True,
                text=True,
                check=False,
            )

    def _variables(self, more: Mapping[str, str]) -> dict[str, str]:
        """An environment in which nothing names the checkout or its libraries."""
        kept = {name: os.environ[name] for name in ("JAVA_HOME", "LANG") if name in os.environ}
        python = "./environment/bin/python"
        return {
            **kept,
            "PATH": os.pathsep.join(
                p for p in os.environ["PATH"].split(os.pathsep) if Path(p) != Path(sys.executable).parent
            ),
            "HOME": str(self.folder),
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_HOSTNAME": "localhost",
            "PYSPARK_PYTHON": python,
            "PYSPARK_DRIVER_PYTHON": python,
            "PYTHONPATH": "",
            **more,
        }


_JOB = {
    "spark.executorEnv.PYSPARK_PYTHON": "./environment/bin/python",
    "spark.executor.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
}


def _joined(*given: Mapping[str, str]) -> dict[str, str]:
    """Configurations as one, the last one's word for word; lists of jars and packages are added up."""
    lists = {name: [of[name] for of in given if name in of] for name in ("spark.jars.packages", "spark.jars.excludes")}
    return {name: value for of in given for name, value in of.items()} | {
        name: ",".join(values) for name, values in lists.items() if values
    }


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The bundle's folder."""
    assert BUNDLE
    found = Path(BUNDLE).resolve()
    assert (found / "manifest.json").is_file(), f"there is no bundle in {found}; `make bundle` makes it"
    return found


@pytest.fixture(scope="session")
def cluster(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster, on a copy of the bundle; executors unpack gigabytes, which are taken away at the end."""
    folder = tmp_path_factory.mktemp("cluster")
    copy = shutil.copytree(bundle, folder / "bundle")
    yield Cluster(copy, folder)
    shutil.rmtree(folder, ignore_errors=True)

"""What every test may use: one Spark session for all, and small records to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.sections import Spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# One example may start a Spark job; time says nothing about correctness.
settings.register_profile("pairlake", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pairlake")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes: what needs Spark first, whole runs before single tables, so that all end together."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (item.get_closest_marker("spark") is None, "tests/jobs/" not in item.nodeid))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A local session with Delta, tuned for many small jobs."""
    from features.spark.session import session  # noqa: PLC0415  tests without Spark need no JVM

    quick = {
        # Small queries end before the second compiler pays off, and generated code costs more than it saves.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # Constraint failures are expected here; their stack traces are not worth reading.
        "spark.log.level": "FATAL",
    }
    warehouse = tmp_path_factory.mktemp("warehouse")
    started = session(
        Spark(master="local[2]", driver_memory="2g", shuffle_partitions=2, config=quick),
        name="tests",
        warehouse=warehouse,
    )
    yield started
    started.stop()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The library's own catalogue."""
    return catalogues.load()


@pytest.fixture
def lake_root(tmp_path: Path) -> str:
    """An empty folder for a lake."""
    return str(tmp_path / "lake")

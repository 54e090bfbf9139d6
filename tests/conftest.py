"""What every test may use: one Spark session for all, and small records to work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError
from features.lake import Lake
from features.sections import Spark
from features.table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
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


@pytest.fixture
def of_the_driver() -> Any:
    """An encoder that works where it is made and on no worker, to which it travels by value."""
    process = os.getpid()

    class OfTheDriver:
        name = "of the driver"

        def encode(self, texts: Sequence[str]) -> npt.NDArray[np.int8]:
            if os.getpid() != process:
                raise EncoderError("the weights are gone")
            return HashedNgrams().encode(texts)

    return OfTheDriver()


@pytest.fixture(scope="session")
def put() -> Callable[..., None]:
    """Makes a small lake without Spark, a row of a table at a time, in the place of those before.

    The values of the row follow from a number; `said` is what the commit carries.
    """

    def row(lake: Lake, table: Table, number: int = 0, **said: Any) -> None:
        kinds = {"string": f"h:{number}", "int64": number, "binary": b""}
        values = {f.name: [kinds.get(str(f.type), [] if pa.types.is_list(f.type) else number)] for f in table.schema}
        columns = {name: pa.array(column).cast(table.schema.field(name).type) for name, column in values.items()}
        lake.write_rows(pa.table(columns, table.schema), table, mode="overwrite", metadata=said)

    return row

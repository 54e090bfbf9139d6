"""The Spark session: one a run, Delta enabled, set up for a laptop or taken from the platform."""

from __future__ import annotations

import fcntl
import importlib.metadata
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zipfile import is_zipfile

from pyspark import SparkContext
from pyspark.sql import SparkSession

from features.errors import PairlakeError
from features.sections import Spark
from features.storage import REGION

OLDEST_JAVA = 17

_EVERYWHERE = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # Spark 4's default; 3.5 would make null of what overflows
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "16384",
}
"""What results and tables rely on, whoever brings the session."""

CANCEL_SECONDS = 5
"""How long a stopped run waits for Spark to take note of it."""

_LOGGING = Path(__file__).with_name("log4j2.properties")


class MachineError(PairlakeError):
    """The machine lacks something a run needs; the message says what to install."""


def session(settings: Spark, *, name: str = "pairlake", warehouse: Path | None = None) -> SparkSession:
    """A session with Delta. `provided`: on the platform's machines and jars, and with its settings of size.

    Who handles Ctrl-C before Spark starts goes on handling it.
    """
    logging.getLogger().addFilter(_is_news)
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    interrupted = signal.getsignal(signal.SIGINT)
    started = _on_platform(settings, name) if settings.provided else _on_this_machine(settings, name, warehouse)
    # Spark's own way asks the JVM in the middle of another question, and so ends as an error of the connection.
    unhandled = interrupted in (None, signal.default_int_handler)
    if not unhandled and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupted)
    return started


def cancel() -> None:
    """Cancel what runs on Spark, also where a signal is handled in the middle of a question to it."""
    context = SparkContext._active_spark_context  # there is no other way to it that makes none
    if context is not None:
        asking = threading.Thread(target=context.cancelAllJobs, daemon=True)  # a thread has a connection of its own
        asking.start()
        asking.join(CANCEL_SECONDS)


def _is_news(record: logging.LogRecord) -> bool:
    """False for what py4j logs, with its trace, before it raises the same."""
    return record.msg not in ("Exception while sending command.", "KeyboardInterrupt while sending command.")


def _on_this_machine(settings: Spark, name: str, warehouse: Path | None) -> SparkSession:
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        raise MachineError(
            "the run was started by spark-submit, but its settings say that it starts Spark itself, on one machine; "
            "set provided = true under [spark]"
        )
    check_java()
    # Workers start the interpreter named here; without it they take the first python3 on PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.appName(name).master(settings.master)
    config = {
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.pyspark.python": sys.executable,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        # Defaults meant for clusters that make every read of a small table, and every clean-up, slow.
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
        **({"spark.sql.warehouse.dir": str(warehouse)} if warehouse else {}),
    }
    with delta_jars() as jars:
        for key, value in (_EVERYWHERE | config | jars | settings.config).items():
            builder = builder.config(key, value)
        return builder.getOrCreate()


def _on_platform(settings: Spark, name: str) -> SparkSession:
    builder = SparkSession.builder.appName(name)
    # Workers write to an object store too, and a platform does not always tell them where it lies.
    region = {f"spark.executorEnv.{name}": os.environ[name] for name in REGION if name in os.environ}
    for key, value in (_EVERYWHERE | region | settings.config).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def check_java() -> None:
    """Refuse to start without a Java that Spark can run on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    advice = (
        f"Spark needs Java {OLDEST_JAVA} or newer. Install it (Debian, Ubuntu: apt-get install "
        "openjdk-17-jre-headless; macOS: brew install openjdk@17) and set JAVA_HOME if it is not on PATH"
    )
    if java is None:
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "there is no java on PATH"
        raise MachineError(f"{where}. {advice}")
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    if version is None or int(version.group(1)) < OLDEST_JAVA:
        found = f"is version {version.group(1)}" if version else "does not say its version"
        raise MachineError(f"{java} {found}. {advice}")


@contextmanager
def delta_jars() -> Iterator[dict[str, str]]:
    """Configuration that puts Delta on the class path, for a session that is started inside.

    Spark's Ivy fetches the two jars once into its cache; later sessions name them directly, which saves
    the resolution. Of Delta's dependencies none but these two is needed to read and write by path.
    Of several processes that start at once without the jars one fetches them while the others wait: Ivy's cache does
    not bear two writers.
    """
    delta = importlib.metadata.version("delta-spark")
    spark = importlib.metadata.version("pyspark")
    cache = Path(os.environ.get("PAIRLAKE_CACHE", Path.home() / ".cache" / "pairlake")) / "ivy"
    names = _delta_artifacts(spark, delta)
    jars = [cache / "jars" / f"io.delta_{name}-{delta}.jar" for name in names]
    with ExitStack() as fetching:
        # A jar ends in its list of contents, so one that is half copied is no archive. The lock is asked for only
        # where one is missing: a cache may be read-only once it is filled.
        if not all(map(is_zipfile, jars)):
            fetching.enter_context(_alone(cache / ".fetching"))
        if all(map(is_zipfile, jars)):
            fetching.close()
            yield {"spark.jars": ",".join(map(str, jars))}
            return
        for jar in jars:
            jar.unlink(missing_ok=True)  # Ivy keeps what is there, whole or not
        yield {
            "spark.jars.ivy": str(cache),
            "spark.jars.packages": ",".join(f"io.delta:{name}:{delta}" for name in names),
            "spark.jars.excludes": ",".join(_UNUSED_DEPENDENCIES),
        }


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a", encoding="utf-8")
    except OSError as error:
        raise MachineError(
            f"Spark's Delta jars are to be fetched into {path.parent}, which cannot be written: {error.strerror}. "
            "Set PAIRLAKE_CACHE to a folder that can"
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


_UNUSED_DEPENDENCIES = (
    "io.unitycatalog:unitycatalog-client",
    "io.unitycatalog:unitycatalog-hadoop",
    "org.antlr:antlr4-runtime",
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
    "org.apache.hadoop:hadoop-aws",
    "org.apache.parquet:parquet-hadoop",
    "com.fasterxml.jackson.core:jackson-databind",
)


def _delta_artifacts(spark: str, delta: str) -> tuple[str, str]:
    """Maven names of Delta's jars; since 4.1 they carry the Spark line."""
    if spark.startswith("3."):
        return "delta-spark_2.12", "delta-storage"
    line = ".".join(spark.split(".")[:2])
    suffixed = tuple(map(int, delta.split(".")[:2])) >= (4, 1)
    return (f"delta-spark_{line}_2.13" if suffixed else "delta-spark_2.13"), "delta-storage"

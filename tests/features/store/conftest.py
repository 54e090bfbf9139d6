"""Small Delta tables to put online, and the stores to put them on: every store is held to the same tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from deltalake import DeltaTable, write_deltalake

import feature_repo
from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.store import FeatureStore, table_rows
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, Table

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

REPO = Path(feature_repo.__file__).parent
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

Snapshot = dict[str, str]
"""Tables of one moment: where each lies."""


class Snapshots:
    """Delta tables of a few rows, written without Spark."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def online(self, entities: Mapping[str, bytes], at: datetime = NOON) -> Snapshot:
        """Every entity under a key of its own, which is its id after `own `, and all under the key 7.

        The key 7 says that one more record carries it than it lists.
        """
        fixed = {"fingerprint": "f", "event_timestamp": at}
        carriers = {f"own {i}": [i] for i in entities} | ({"7": list(entities)} if entities else {})
        return self.tables(
            [{"entity_id": i, "packed": packed, **fixed} for i, packed in entities.items()],
            [{"key": k, "entity_ids": i, "records": len(i) + 1, "event_timestamp": at} for k, i in carriers.items()],
        )

    def tables(self, entities: Sequence[Mapping[str, Any]], index: Sequence[Mapping[str, Any]]) -> Snapshot:
        return self.write(ONLINE_ENTITIES, entities) | self.write(BLOCKING_INDEX, index)

    def write(self, table: Table, rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None = None) -> Snapshot:
        path = str(self._root / uuid4().hex)
        write_deltalake(path, pa.Table.from_pylist(list(rows), schema or table.schema))
        return {table.name: path}


class Site(Protocol):
    """Where a store is: it can be opened more than once, cut off and reached again."""

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None) -> FeatureStore:
        """The store as a process of its own would open it, with the catalogue's definitions unless others are given."""

    def cut(self) -> None:
        """Nobody reaches it."""

    def mend(self) -> None:
        """It is reached again, and holds what it held."""


class FileSite:
    """Feast with its SQLite file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "feast"

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None) -> FeatureStore:
        from features.store.feast_store import FeastStore  # noqa: PLC0415  importing Feast takes seconds

        return FeastStore(REPO, str(self._root), definitions or defined(catalogue))

    def cut(self) -> None:
        self._folder.rename(self._root / "away")
        self._folder.write_text("in the way of the folder", encoding="utf-8")

    def mend(self) -> None:
        self._folder.unlink()
        (self._root / "away").rename(self._folder)


class RedisServer:
    """A redis-server on a port that was free, which keeps all that was answered through a kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            self.port = any_port.getsockname()[1]
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        command += ["--appendonly", "yes", "--save", "", "--logfile", str(self._folder / "redis.log")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(500):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(5) == b"+PONG":
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("redis-server did not answer on its port")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class RedisSite:
    """Feast with Redis: a project of its own on a server that several may use, and that is killed to cut it off."""

    def __init__(self, server: RedisServer, root: Path, **online: Any) -> None:
        self.server = server
        self.root = root
        self.project = f"p{uuid4().hex}"
        self.settings = root / "feature_store.yaml"
        root.mkdir()
        write_settings(
            self.settings,
            project=self.project,
            online_store={"type": "redis", "connection_string": f"127.0.0.1:{server.port}", **online},
        )

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None) -> FeatureStore:
        from features.store.feast_store import FeastStore  # noqa: PLC0415  importing Feast takes seconds

        return FeastStore(self.settings, str(self.root), definitions or defined(catalogue))

    def cut(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()


class DynamoDBServer:
    """moto's server, which plays DynamoDB. What it holds is kept in this process while it is stopped."""

    def __init__(self) -> None:
        self.port = 0
        self.start()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        from moto.server import ThreadedMotoServer  # noqa: PLC0415  of the tests of this store alone

        self._playing = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._playing.start()
        _, self.port = self._playing.get_host_and_port()

    def stop(self) -> None:
        self._playing.stop()


class DynamoDBSite:
    """Feast with DynamoDB: a project of its own on a server that several may use, and that is stopped to cut it off."""

    def __init__(self, server: DynamoDBServer, root: Path, **pairlake: Any) -> None:
        self.server = server
        self.root = root
        self.project = f"p{uuid4().hex}"
        self.settings = root / "feature_store.yaml"
        root.mkdir()
        online = {"type": "dynamodb", "region": "eu-central-1", "endpoint_url": server.endpoint}
        write_settings(
            self.settings, project=self.project, online_store=online, pairlake={"create_tables": True} | pairlake
        )

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None) -> FeatureStore:
        from features.store.feast_store import FeastStore  # noqa: PLC0415  importing Feast takes seconds

        return FeastStore(self.settings, str(self.root), definitions or defined(catalogue))

    def cut(self) -> None:
        self.server.stop()

    def mend(self) -> None:
        self.server.start()


def write_settings(path: Path, **changes: Any) -> None:
    """A feature_store.yaml as it is, but for these changes."""
    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


AWS_PREFIX = os.environ.get("PAIRLAKE_AWS_PREFIX")
"""Names the feature groups to make on AWS, by who asks for tests on AWS itself (docs/sagemaker.md)."""

SITES = ["sqlite", "redis", "dynamodb", "sagemaker"]
"""The stores that are held to the tests of `test_every_store.py`: each has a fixture `<name>_site`."""


@pytest.fixture(params=[*SITES, *([pytest.param("aws", marks=pytest.mark.aws)] if AWS_PREFIX else [])])
def site(request: pytest.FixtureRequest) -> Site:
    """A store that was never loaded, of each kind in turn."""
    site: Site = request.getfixturevalue(f"{request.param}_site")
    return site


@pytest.fixture
def sqlite_site(tmp_path: Path) -> FileSite:
    return FileSite(tmp_path / "lake")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server on this machine; on Debian, `apt-get install redis-server` brings it")
    pytest.importorskip("redis", reason="redis-py is not installed; requirements/dev.txt brings it")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def dynamodb_server() -> Iterator[DynamoDBServer]:
    pytest.importorskip("moto.server", reason="moto plays DynamoDB; requirements/dev.txt brings it")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "none")
        server = DynamoDBServer()
        yield server
        server.stop()


@pytest.fixture
def dynamodb_site(dynamodb_server: DynamoDBServer, tmp_path: Path) -> DynamoDBSite:
    return DynamoDBSite(dynamodb_server, tmp_path / "lake")


@pytest.fixture
def redis_site(redis_server: RedisServer, tmp_path: Path) -> RedisSite:
    return RedisSite(redis_server, tmp_path / "lake")


@cache
def beside(name: str) -> ModuleType:
    """A module beside this one: tests are no packages, so it has no name to import it by."""
    spec = cast("ModuleSpec", spec_from_file_location(name, Path(__file__).with_name(f"{name}.py")))
    module = sys.modules[name] = module_from_spec(spec)  # dataclasses look themselves up there
    cast("Loader", spec.loader).exec_module(module)
    return module


@pytest.fixture
def sagemaker_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    beside("feature_store_service")
    with beside("feature_store_http").running() as served:
        yield beside("sagemaker_sites").SageMakerSite(served)


@pytest.fixture
def aws_site(catalogue: Catalogue) -> Site:
    site: Site = beside("sagemaker_sites").AwsSite(AWS_PREFIX, catalogue)
    return site


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    return Snapshots(tmp_path_factory.mktemp("snapshots"))


class Reading:
    """Rows of tables without a JVM, and what is to happen before the rows of a table are handed over."""

    def __init__(self) -> None:
        self.before: Callable[[str], Any] = lambda table: None

    def batches(self, _: Any, path: str, table: Table, keys: pa.Array | None = None) -> Iterator[pa.RecordBatch]:
        """As `table_rows.batches`, a row a batch."""
        rows = DeltaTable(path.partition("@v")[0]).to_pyarrow_table().cast(table.schema)
        if keys is not None:
            rows = rows.filter(pc.is_in(rows[table.key[0]], keys))
        epoch = rows["event_timestamp"].cast(pa.int64())
        rows = rows.drop_columns("event_timestamp").append_column(table_rows.EPOCH, epoch).sort_by(table.key[0])
        before, self.before = self.before, lambda table: None
        before(table.name)
        yield from rows.to_batches(max_chunksize=2)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """The rows that go online, read without a JVM."""
    reading = Reading()
    monkeypatch.setattr(table_rows, "batches", reading.batches)
    return reading


def defined(catalogue: Catalogue, paths: Mapping[str, str] | None = None) -> list[Any]:
    """Feast's definitions of a catalogue; tables without a path lie nowhere."""
    return define(catalogue, {table.name: f"/nowhere/{table.name}" for table in tables.ALL} | dict(paths or {}))

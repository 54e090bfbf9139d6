"""Loads of the online store: ours beside Feast's own `materialize` and `write_to_online_store`, of the same rows.

Made-up packed records and blocking keys lie in Delta tables; each way puts them into an SQLite file and into Redis.
Afterwards a sample of keys is read back by Feast's reader from all of them. Ends with 1 when the values differ, never
because of a time. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import feast
import pyarrow as pa
import yaml
from deltalake import DeltaTable, write_deltalake
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from pyspark.sql import SparkSession

from benchmarks.measure import Cost, Meter
from feature_repo.definitions import define
from features import catalogue as catalogues
from features import tables
from features.sections import Spark
from features.spark.session import session
from features.store import Loaded
from features.store.feast_store import FeastStore
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

AS_OF = datetime(2026, 1, 1, 12, tzinfo=UTC)
PACKED_BYTES = (300, 900)
"""About what a company's record takes, packed."""

SAMPLED = 500
Store = dict[str, Any]
"""Feast's section of an online store."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=30_000, help="records; each has about two keys")
    parser.add_argument("--stores", nargs="+", choices=["sqlite", "redis"], default=["sqlite", "redis"])
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pairlake-materialise-"))
    spark = session(Spark(master="local[2]", shuffle_partitions=2), name="materialise", warehouse=folder / "warehouse")
    try:
        paths, keys = _tables(folder / "tables", chosen.entities)
        small, _ = _tables(folder / "small", max(chosen.entities // 30, 100))
        _warm(spark, folder, small)
        agree = [_compared(spark, folder, kind, paths, keys) for kind in chosen.stores]
    finally:
        spark.stop()
        shutil.rmtree(folder)
    return 0 if all(agree) else 1


def _warm(spark: SparkSession, folder: Path, paths: Mapping[str, str]) -> None:
    """Each way once, uncounted: what the JVM compiles and workers import is charged to none."""
    online = {name: {"type": "sqlite", "path": str(folder / f"warm-{name}.db")} for name in ("ours", "feast", "rows")}
    _ours(spark, folder / "warm-ours", online["ours"], paths)
    _feasts(folder / "warm-feast", online["feast"], paths, by_rows=False)
    _feasts(folder / "warm-rows", online["rows"], paths, by_rows=True)


def _compared(spark: SparkSession, folder: Path, kind: str, paths: Mapping[str, str], keys: int) -> bool:
    """Load a kind of store three times and print what each took; whether all hold the same."""
    with _online(kind, folder) as online:
        ways: dict[str, Callable[[], tuple[Any, Any]]] = {
            "ours": lambda: _ours(spark, folder / f"{kind}-ours", online("ours"), paths),
            "feast materialize": lambda: _feasts(folder / f"{kind}-feast", online("feast"), paths, by_rows=False),
            "feast write_to_online_store": lambda: _feasts(
                folder / f"{kind}-rows", online("rows"), paths, by_rows=True
            ),
        }
        costs: dict[str, Cost] = {}
        held = []
        for name, way in ways.items():
            with Meter() as meter:
                config, views = way()
            costs[name] = meter.cost
            held.append(_sample(config, views, paths))
    for name, cost in costs.items():
        ratio = cost.wall / costs["ours"].wall
        print(
            f"{kind:7} {name:28} {keys / cost.wall:10,.0f} keys/s {cost.wall:8.1f} s wall {cost.cpu:8.1f} s CPU "
            f"{ratio:6.1f} x ours"
        )
    same = all(each == held[0] for each in held)
    print(f"{kind:7} {'the same values' if same else 'OTHER VALUES'} in a sample of {len(held[0]):,} keys")
    return same


def _ours(spark: SparkSession, folder: Path, online: Store, paths: Mapping[str, str]) -> tuple[Any, Any]:
    folder.mkdir()
    definitions = _definitions(paths)
    (folder / "feature_store.yaml").write_text(yaml.safe_dump(_settings(folder, online)), encoding="utf-8")
    store = FeastStore(folder, str(folder), definitions)
    store.apply()
    store.materialise(spark, paths, Loaded(AS_OF, "f"))
    settings = _settings(folder, online)
    if online["type"] == "redis":
        settings["project"] = f"{settings['project']}_1"  # the layer of the first load
    return feast.RepoConfig(**settings), definitions


def _feasts(folder: Path, online: Store, paths: Mapping[str, str], *, by_rows: bool) -> tuple[Any, Any]:
    folder.mkdir()
    definitions = _definitions(paths)
    store = feast.FeatureStore(config=feast.RepoConfig(**_settings(folder, online)))
    store.apply(definitions)
    names = [ONLINE_ENTITIES.name, BLOCKING_INDEX.name]
    if by_rows:
        for name in names:
            store.write_to_online_store(name, DeltaTable(paths[name]).to_pyarrow_table().to_pandas())
    else:
        store.materialize(AS_OF - timedelta(days=1), AS_OF + timedelta(days=1), feature_views=names)
    return store.config, definitions


def _sample(config: Any, definitions: Any, paths: Mapping[str, str]) -> dict[tuple[str, str], Any]:
    """What Feast's own reader finds of some keys, by table and key."""
    provider = feast.FeatureStore(config=config).provider
    views = {each.name: each for each in definitions if isinstance(each, feast.FeatureView)}
    found = {}
    for table in (ONLINE_ENTITIES, BLOCKING_INDEX):
        keys = DeltaTable(paths[table.name]).to_pyarrow_table(columns=[table.key[0]])[table.key[0]].to_pylist()
        asked = random.Random(1).sample(keys, min(SAMPLED, len(keys)))
        wanted = [EntityKey(join_keys=[table.key[0]], entity_values=[Value(string_val=key)]) for key in asked]
        for key, (_, row) in zip(asked, provider.online_read(config, views[table.name], wanted), strict=True):
            found[table.name, key] = {name: value.SerializeToString() for name, value in (row or {}).items()}
    return found


def _tables(folder: Path, entities: int) -> tuple[dict[str, str], int]:
    """The two online tables, made up, and how many keys both have."""
    drawn = random.Random(1)
    ids = [f"register:{n:08}" for n in range(entities)]
    packed = [drawn.randbytes(drawn.randint(*PACKED_BYTES)) for _ in ids]
    times = pa.repeat(pa.scalar(AS_OF, tables.TIMESTAMP), entities)
    columns = [pa.array(ids), pa.array(packed, pa.binary()), pa.repeat("f", entities), times]
    keys = sorted({str(drawn.getrandbits(63)) for _ in range(2 * entities)})
    carriers = [sorted(drawn.sample(ids, drawn.randint(1, 4))) for _ in keys]
    index = [pa.array(keys), pa.array(carriers), pa.array([len(each) for each in carriers], pa.int64())]
    index.append(pa.repeat(pa.scalar(AS_OF, tables.TIMESTAMP), len(keys)))
    paths = {}
    for table, arrays in ((ONLINE_ENTITIES, columns), (BLOCKING_INDEX, index)):
        paths[table.name] = str(folder / table.name)
        write_deltalake(paths[table.name], pa.Table.from_arrays(arrays, schema=table.schema))
    return paths, entities + len(keys)


def _definitions(paths: Mapping[str, str]) -> list[Any]:
    wanted = {ONLINE_ENTITIES.name, BLOCKING_INDEX.name, "entity_id", "key"}
    everywhere = {table.name: f"/nowhere/{table.name}" for table in tables.ALL} | dict(paths)
    return [each for each in define(catalogues.load(), everywhere) if each.name in wanted]


def _settings(folder: Path, online: Store) -> dict[str, Any]:
    return {
        "project": "into_" + folder.name.replace("-", "_"),
        "provider": "local",
        "registry": {"path": str(folder / "registry.pb")},
        "offline_store": {"type": "spark"},
        "online_store": online,
        "entity_key_serialization_version": 3,
    }


@contextmanager
def _online(kind: str, folder: Path) -> Iterator[Callable[[str], Store]]:
    """What makes Feast's section of an online store of a kind, by the name of the way that loads it."""
    if kind == "sqlite":
        yield lambda way: {"type": "sqlite", "path": str(folder / f"{kind}-{way}.db")}
        return
    if shutil.which("redis-server") is None:
        raise SystemExit("there is no redis-server on this machine; --stores sqlite does without")
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = any_port.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield lambda _: {"type": "redis", "connection_string": f"127.0.0.1:{port}"}
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())

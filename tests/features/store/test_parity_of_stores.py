"""Ten thousand published pairs of the real registers, replayed through every online store and the HTTP service on it.

`pytest -rP tests/features/store/test_parity_of_stores.py` prints each certificate; `make test` leaves it out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import jobs
from features import tables
from features.settings import Settings
from features.store import Loaded
from jobs.online import open_store
from jobs.parity import of_lake
from jobs.pipeline import Pipeline

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.chaos]

PAIRS = 10_000
READ_BY_ALL = ["offline store", "online store", "HTTP service"]


def of_registers(root: Path) -> Settings:
    """The settings of the test that links the registers."""
    file = Path(jobs.__file__).parents[1] / "tests/jobs/test_parity.py"
    spec = cast("ModuleSpec", spec_from_file_location("parity_of_registers", file))
    module = sys.modules[spec.name] = module_from_spec(spec)
    cast("Loader", spec.loader).exec_module(module)
    settings: Settings = module.settings_of(root)
    return settings


@pytest.fixture(scope="module")
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A run over the registers, online in SQLite."""
    pipeline = Pipeline(of_registers(tmp_path_factory.mktemp("registers")), spark)
    assert pipeline.publish().outcome == "published"
    return pipeline


def behind_feast(site: Any) -> dict[str, Any]:
    return {"online": {"feature_store": str(site.settings)}}


def in_sagemaker(site: Any) -> dict[str, Any]:
    url = site.running.url
    return {
        "online": {"store": "sagemaker"},
        "sagemaker": {"region": "eu-west-1", "endpoint": url, "runtime_endpoint": url, "grace_seconds": 0},
    }


STORES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "sqlite": lambda _: {},
    "redis": behind_feast,
    "dynamodb": behind_feast,
    "sagemaker": in_sagemaker,
}


@pytest.mark.parametrize("name", STORES)
def test_ten_thousand_real_pairs_have_the_same_bits(
    published: Pipeline, name: str, request: pytest.FixtureRequest
) -> None:
    changed = STORES[name](request.getfixturevalue(f"{name}_site"))
    before, spark, lake = published.settings, published.spark, published.lake
    online = before.online.model_dump() | changed.get("online", {})
    settings = Settings.model_validate({**before.model_dump(), **changed, "online": online})
    if changed:
        store = open_store(settings, published.catalogue)
        store.apply()
        paths = {table.name: lake.path(table) for table in tables.ONLINE}
        store.materialise(spark, paths, Loaded(published.run.as_of, published.run.fingerprint))
    certificate = of_lake(settings, spark, PAIRS, 1, READ_BY_ALL if changed else ())
    for path in certificate.paths:
        print(f"{name}, {path.path}: {path.pairs:,} pairs, {path.values:,} values, {path.mismatches}, {path.missing}")
    assert {(path.pairs, path.missing, path.left_out) for path in certificate.paths} == {(PAIRS, 0, 0)}
    assert certificate.passed

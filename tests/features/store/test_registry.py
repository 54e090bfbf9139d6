"""Feast's registry is a file, here or in S3, that is read and changed whole, with a right to this one object alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.store import StoreError, StoreUnavailableError, registry

BUCKET = "somebody-elses"
KEY = "lake/feast/registry.pb"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of moto's, for a caller who may read and write what lies in it, and ask nothing of the bucket itself."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")
    moto = pytest.importorskip("moto.server", reason="moto plays S3; requirements/dev.txt brings it")
    serving = pytest.importorskip("werkzeug.serving")
    s3 = moto.DomainDispatcherApplication(moto.create_backend_app)

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].strip("/") == BUCKET and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return []
        return s3(environ, start_response)

    server = serving.make_server("127.0.0.1", 0, guarded, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    made = boto3.resource("s3", region_name="us-east-1").Bucket(BUCKET)
    made.create()
    yield made
    server.shutdown()
    server.server_close()


def settings(path: str) -> dict[str, Any]:
    return {
        "project": "pairlake",
        "provider": "local",
        "registry": {"path": path},
        "offline_store": {"type": "file"},
        "online_store": {"type": "sqlite", "path": "/nowhere/online.db"},
        "entity_key_serialization_version": 3,
    }


def names(path: str) -> set[str]:
    with registry.opened(settings(path)) as store:
        return {view.name for view in store.list_feature_views()}


def register(path: str, catalogue: Catalogue) -> list[Any]:
    """The views that were registered before."""
    with registry.changing(settings(path)) as (store, views):
        store.apply(define(catalogue, {table.name: f"/lake/{table.name}" for table in tables.ALL}))
        return views


def test_a_file_in_s3_is_changed_without_a_question_about_its_bucket(bucket: Any, catalogue: Catalogue) -> None:
    path = f"s3://{BUCKET}/{KEY}"
    assert register(path, catalogue) == []
    assert bucket.Object(KEY).content_length
    assert {view.name for view in register(path, catalogue)} == names(path) >= {"pair_features", "online_entities"}


def test_a_bucket_that_refuses_is_away_and_a_file_that_is_none_is_broken(bucket: Any) -> None:
    bucket.Object(KEY).put(Body=b"\xff" * 99)
    with pytest.raises(StoreError, match=f"registry s3://{BUCKET}/{KEY} cannot be read .* take it away"):
        names(f"s3://{BUCKET}/{KEY}")
    with pytest.raises(StoreUnavailableError, match="registry cannot be reached: OSError"):
        names(f"s3://{BUCKET}")


def test_a_file_here_is_changed_in_one_step(tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "feast/registry.pb"
    register(str(path), catalogue)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), registry.changing(settings(str(path))) as (store, _):
        store.delete_feature_view("pair_features")
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["registry.pb"]
    assert "pair_features" in names(str(path))

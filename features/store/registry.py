"""Feast's registry, which holds the definitions: opened in words and, where it is a local file, changed in one step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import feast

from features.store import StoreError, StoreUnavailableError


def opened(settings: Mapping[str, Any]) -> feast.FeatureStore:
    """Feast without its online store: definitions and point-in-time reads are all that is asked of it.

    `settings` are those of feature_store.yaml.
    """
    return feast.FeatureStore(config=feast.RepoConfig(**{**settings, "online_store": None}))


@contextmanager
def changing(settings: Mapping[str, Any]) -> Iterator[tuple[feast.FeatureStore, list[feast.FeatureView]]]:
    """Feast over its registry, and the views that it holds; a local file is replaced when the block ends without error.

    StoreError where the registry cannot be read, StoreUnavailableError where it is away.
    """
    file = _file(settings["registry"])
    with _reached():
        if file is None:
            yield _read(settings, "")
            return
        with _placed(file) as building:
            yield _read({**settings, "registry": {"path": str(building)}}, f" {file}")


def _file(registry: Any) -> Path | None:
    """The local file that is the registry; None where it is something else, which changes itself in one step."""
    named = registry if isinstance(registry, dict) else {"path": registry}
    path = str(named.get("path", ""))
    return None if "://" in path or named.get("registry_type", "file") != "file" else Path(path)


@contextmanager
def _reached() -> Iterator[None]:
    """Around what reads or writes the registry, which may be a file, lie in S3 or in a database."""
    try:
        yield
    except Exception as error:
        if not _is_away(error):
            raise
        raise StoreUnavailableError(f"Feast's registry cannot be reached: {type(error).__name__}") from None


def _is_away(error: Exception) -> bool:
    """Whether an error is of the network or the disk; their libraries need not be installed."""
    return isinstance(error, OSError) or type(error).__module__.split(".")[0] in ("botocore", "boto3", "sqlalchemy")


def _read(settings: Mapping[str, Any], where: str) -> tuple[feast.FeatureStore, list[feast.FeatureView]]:
    try:
        store = opened(settings)
        return store, store.list_feature_views()
    except Exception as error:
        if _is_away(error):
            raise  # and not broken
        raise StoreError(
            f"Feast's registry{where} cannot be read ({type(error).__name__}); take it away: a run registers all anew"
        ) from error


@contextmanager
def _placed(path: Path) -> Iterator[Path]:
    """A copy of a file to change, put in its place in one step when the block ends without error."""
    building = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    building.unlink(missing_ok=True)
    if path.is_file():
        shutil.copyfile(path, building)
    yield building
    if building.is_file():
        building.replace(path)

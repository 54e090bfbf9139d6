"""Feast's registry, which holds the definitions: opened in words and, where it is a file, changed in one step.

Feast is given a copy of the file: its own way to S3 asks for a right on the whole bucket.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import feast

from features.storage import read_bytes, write_bytes
from features.store import StoreError, StoreUnavailableError


@contextmanager
def opened(settings: Mapping[str, Any]) -> Iterator[feast.FeatureStore]:
    """Feast over its registry as it is. `settings` are those of feature_store.yaml.

    StoreError where the registry cannot be read, StoreUnavailableError where it is away.
    """
    file = _file(settings["registry"])
    with tempfile.TemporaryDirectory() as folder:
        with _reached():
            store, _ = _read(settings, "") if file is None else _read(_of(settings, _copy(file, folder)), f" {file}")
        yield store


@contextmanager
def changing(settings: Mapping[str, Any]) -> Iterator[tuple[feast.FeatureStore, list[feast.FeatureView]]]:
    """Feast over its registry, and the views that it holds; a file is replaced when the block ends without error.

    StoreError where the registry cannot be read, StoreUnavailableError where it is away.
    """
    file = _file(settings["registry"])
    with _reached():
        if file is None:
            yield _read(settings, "")
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = _copy(file, folder)
            yield _read(_of(settings, copy), f" {file}")
            if copy.is_file():
                write_bytes(file, copy.read_bytes())


def _file(registry: Any) -> str | None:
    """The file that is the registry, here or in S3; None for what changes itself in one step, such as a database."""
    named = registry if isinstance(registry, dict) else {"path": registry}
    path = str(named.get("path", ""))
    ours = "://" not in path or re.match("s3[an]?://", path)
    return path if ours and named.get("registry_type", "file") == "file" else None


def _copy(file: str, folder: str) -> Path:
    """A copy of a file in a folder, which is not there where the file is not."""
    copy = Path(folder, "registry.pb")
    with suppress(FileNotFoundError):
        copy.write_bytes(read_bytes(file))
    return copy


def _of(settings: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    """The settings with another registry."""
    return {**settings, "registry": {"path": str(file)}}


@contextmanager
def _reached() -> Iterator[None]:
    """Around what reads or writes the registry, which may be a file or lie in a database."""
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
        # Without its online store: definitions and point-in-time reads are all that is asked of it.
        store = feast.FeatureStore(config=feast.RepoConfig(**{**settings, "online_store": None}))
        return store, store.list_feature_views()
    except Exception as error:
        if _is_away(error):
            raise  # and not broken
        raise StoreError(
            f"Feast's registry{where} cannot be read ({type(error).__name__}); take it away: a run registers all anew"
        ) from error

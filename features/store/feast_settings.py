"""feature_store.yaml: Feast's own file, which names the registry, the offline store and the online store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from features.storage import read_text
from features.store import StoreError

LAKE_VARIABLE = "PAIRLAKE_LAKE"
"""What feature_store.yaml calls the lake's root; an environment variable for Feast's own command line."""

_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_SECRET = re.compile(r"(?:^|[,:])\s*password=(?!\$)|://[^/@${]*:[^/@${]+@", re.IGNORECASE)


def read(path: Path | str, root: str, kinds: Any) -> dict[str, Any]:
    """The settings with the lake's root and environment variables put in, as Feast itself does.

    StoreError for a file that cannot be read, a variable that is not set, a secret that is written out, a kind of
    online store that is none of `kinds`, or an SQLite file that is no file of this machine.
    """
    try:
        written = yaml.safe_load(read_text(str(path)))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StoreError(
            f"{path} cannot be read ({type(error).__name__}); wanted Feast's feature_store.yaml"
        ) from error
    online = written.get("online_store") if isinstance(written, dict) else None
    if not isinstance(online, dict) or "type" not in online:
        raise StoreError(f"{path} names no online_store with a type; wanted one of {', '.join(map(repr, kinds))}")
    if online["type"] not in kinds:
        raise StoreError(
            f"{path} names the online store {online['type']!r}; Pairlake loads {', '.join(map(repr, kinds))}"
        )
    settings: dict[str, Any] = _filled(written, path, {**os.environ, LAKE_VARIABLE: root})
    if "://" in str(settings["online_store"].get("path", "")):
        raise StoreError(
            f"the SQLite online store would lie at {settings['online_store']['path']}, but it is a file of one "
            f"machine; name redis or dynamodb, or a path, as online_store in {path}"
        )
    return settings


def _filled(value: Any, path: Path | str, variables: dict[str, str], name: str = "") -> Any:
    """Texts with variables put in, wherever they stand."""
    if isinstance(value, dict):
        return {key: _filled(inner, path, variables, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, path, variables, name) for inner in value]
    if not isinstance(value, str):
        return value
    if _SECRET.search(value):
        raise StoreError(f"{path} has a secret written out in {name}; name an environment variable there, as ${{NAME}}")
    missing = [variable for variable in _VARIABLE.findall(value) if variable not in variables]
    if missing:
        raise StoreError(f"{path} wants the environment variable {missing[0]} for {name}, which is not set")
    return _VARIABLE.sub(lambda match: variables[match[1]], value)

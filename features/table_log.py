"""What the log of a Delta table names: data files, deletion vectors and files of the change data feed.

No library removes the files of all versions but a set of them: Spark's VACUUM knows ages alone, and that of delta-rs
takes deletion vectors and change data, which it does not write, for files of nobody. So what a version needs is read
from the log here.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import deltalake
import pyarrow.fs
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from features.storage import file_system

_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_TO_B85 = str.maketrans(_Z85, _B85)
_UUID_CHARACTERS = 20


def named_files(path: str, versions: Iterable[int], feed_since: int | None = None) -> set[str]:
    """Files, relative to the table, that these versions name, and those of the changes after version `feed_since`.

    DeltaError where the log no longer tells of a version. A deletion vector counts as named as long as a data file
    that it was ever put on is: it holds places of rows, no value, and takes little room.
    """
    wanted = set(versions)
    if feed_since is not None:
        wanted |= set(range(feed_since, deltalake.DeltaTable(path).version() + 1))
    data: set[str] = set()
    for version in wanted:
        opened = deltalake.DeltaTable(path, version=version)
        data |= {unquote(name) for name in opened.get_add_actions(flatten=True)["path"].to_pylist()}
    named = set(data)
    for version, action in _actions(path):
        if "add" in action:
            vector = _vector_file(action["add"])
            if vector and unquote(action["add"]["path"]) in data:
                named.add(vector)
        elif feed_since is not None and version > feed_since:
            named.add(unquote(action["cdc"]["path"]))
    return named


def can_be_opened(path: str, version: int) -> bool:
    """Whether the log still tells of a version of a table."""
    try:
        deltalake.DeltaTable(path, version=version)
    except (DeltaError, OSError):
        return False
    return True


def metadata_of(commit: Mapping[str, Any]) -> dict[str, Any]:
    """What we wrote with a commit, of those that a table's history lists."""
    try:
        found = json.loads(commit.get("userMetadata") or "{}")
    except ValueError:  # another program's
        return {}
    return found if isinstance(found, dict) else {}


def _actions(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries of a log that name what is not a data file: added files with a deletion vector, and change data."""
    store, root = file_system(path)
    for info in store.get_file_info(pyarrow.fs.FileSelector(f"{root}/_delta_log", recursive=True)):
        version = info.base_name.partition(".")[0]
        if info.base_name.endswith(".json") and version.isdigit():
            with store.open_input_stream(info.path) as source:
                lines = source.read().decode().splitlines()
            for action in (json.loads(line) for line in lines if "deletionVector" in line or '"cdc"' in line):
                if "cdc" in action or action.get("add", {}).get("deletionVector"):
                    yield int(version), action
        elif ".checkpoint." in info.base_name and info.base_name.endswith(".parquet"):
            file = pq.ParquetFile(store.open_input_file(info.path))
            if any(column.path.startswith("add.deletionVector.") for column in _leaves(file)):
                columns = ["add.path", "add.deletionVector.storageType", "add.deletionVector.pathOrInlineDv"]
                for row in file.read(columns).to_pylist():
                    if row["add"] and row["add"]["deletionVector"]:
                        yield int(version), row


def _leaves(file: pq.ParquetFile) -> Iterator[Any]:
    return (file.schema.column(place) for place in range(len(file.schema)))


def _vector_file(added: Mapping[str, Any]) -> str | None:
    """The file of an added file's deletion vector, relative to the table; None for one that stands in the log."""
    vector = added["deletionVector"]
    if vector["storageType"] != "u":
        return None
    prefix, encoded = vector["pathOrInlineDv"][:-_UUID_CHARACTERS], vector["pathOrInlineDv"][-_UUID_CHARACTERS:]
    name = f"deletion_vector_{uuid.UUID(bytes=base64.b85decode(encoded.translate(_TO_B85)))}.bin"
    return f"{prefix}/{name}" if prefix else name

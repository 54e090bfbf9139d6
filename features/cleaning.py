"""Files of a lake that no version needs: found, and removed.

Nothing is committed by it, so a table's last commit stays that of the run that made it, and a reader of a version that
is kept does not notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.fs

from features.lake import Lake
from features.storage import file_system
from features.table_log import named_files
from features.tables import Table

_LOG = "_delta_log/"


@dataclass(frozen=True)
class Unneeded:
    """Files under a folder, their addresses and bytes in all."""

    paths: tuple[str, ...]
    bytes: int

    def remove(self, folder: str) -> None:
        """Remove them, and the folders inside `folder` that they leave empty."""
        store, root = file_system(folder)
        for path in self.paths:
            store.delete_file(path)
        if isinstance(store, pyarrow.fs.LocalFileSystem):
            above = {parent for path in self.paths for parent in Path(path).parents if Path(root) in parent.parents}
            for inside in sorted(above, reverse=True):
                if inside.is_dir() and not any(inside.iterdir()):
                    inside.rmdir()


def unneeded(
    lake: Lake, table: Table, versions: Iterable[int], *, before: datetime, feed_since: int | None = None
) -> Unneeded:
    """Files of a table, written before a time, that none of these versions names, nor the feed after `feed_since`.

    Among them are those of runs that did not end. The log is left as it is.
    """
    named = named_files(lake.path(table), versions, feed_since)
    return _under(lake.path(table), before, named, beside_log=True)


def staged(lake: Lake, *, before: datetime) -> Unneeded:
    """Files of the staged tables, written before a time: nobody reads them once their run has ended."""
    return _under(f"{lake.root}/staged", before, frozenset())


def remove_uncommitted(folder: str, names: str) -> None:
    """Remove a folder whose files all have such names, a pattern: it has no log, so they never came into a table."""
    store, root = file_system(folder)
    infos = store.get_file_info(pyarrow.fs.FileSelector(root, recursive=True, allow_not_found=True))
    files = [info.base_name for info in infos if info.type == pyarrow.fs.FileType.File]
    if files and all(re.fullmatch(names, name) for name in files):
        store.delete_dir(root)


def _under(folder: str, before: datetime, named: Iterable[str], *, beside_log: bool = False) -> Unneeded:
    """Files under a folder that are not named; beside a log also without the log and without other tables inside.

    A file whose own name begins with `_` is none of a table's, as for Delta's VACUUM: the manifest of a training set.
    """
    store, root = file_system(folder)
    kept, found = set(named), []
    infos = store.get_file_info(pyarrow.fs.FileSelector(root, recursive=True, allow_not_found=True))
    inside = {info.path: info.path.removeprefix(root).lstrip("/") for info in infos}
    logs = {path.partition(_LOG)[0] for path in inside.values() if _LOG in path}
    spared = (_LOG, *(logs - {""})) if beside_log else ()
    for info in infos:
        old = info.mtime is None or info.mtime.astimezone(UTC) < before
        path = inside[info.path]
        if info.type != pyarrow.fs.FileType.File or info.base_name.startswith("_") or path.startswith(spared):
            continue
        if old and _data_of(path) not in kept:
            found.append(info)
    return Unneeded(tuple(sorted(info.path for info in found)), sum(info.size for info in found))


def _data_of(path: str) -> str:
    """The file that a path is of: Hadoop keeps a checksum beside each, `.NAME.crc`."""
    folder, slash, name = path.rpartition("/")
    of = name.removeprefix(".").removesuffix(".crc") if name.startswith(".") and name.endswith(".crc") else name
    return f"{folder}{slash}{of}"

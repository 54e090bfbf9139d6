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

    Among them are those of runs that did not end. The log is left as it is, and so are other tables inside.
    """
    kept = named_files(lake.path(table), versions, feed_since)
    store, root = file_system(lake.path(table))
    inside = {info.path.removeprefix(root).lstrip("/"): info for info in _files(store, root)}
    spared = (_LOG, *({path.partition(_LOG)[0] for path in inside if _LOG in path} - {""}))
    return _all_of(
        info
        for path, info in inside.items()
        # A file whose own name begins with `_` is none of a table's, as for Delta's VACUUM: a training set's manifest.
        if not path.startswith(spared) and not info.base_name.startswith("_")
        if _older(info, before) and _data_of(path) not in kept
    )


def staged(lake: Lake, *, before: datetime) -> Unneeded:
    """The staged tables last written before a time: nobody reads one once its run has ended.

    Each goes whole, its log too: of a log with a gap no reader makes a table.
    """
    store, root = file_system(f"{lake.root}/staged")
    of_table: dict[str, list[pyarrow.fs.FileInfo]] = {}
    for info in _files(store, root):
        of_table.setdefault(info.path.removeprefix(root).lstrip("/").partition("/")[0], []).append(info)
    return _all_of(info for files in of_table.values() if all(_older(file, before) for file in files) for info in files)


def remove_uncommitted(folder: str, names: str) -> None:
    """Remove a folder whose files all have such names, a pattern: it has no log, so they never came into a table."""
    store, root = file_system(folder)
    files = [info.base_name for info in _files(store, root)]
    if files and all(re.fullmatch(names, name) for name in files):
        store.delete_dir(root)


def _files(store: pyarrow.fs.FileSystem, root: str) -> list[pyarrow.fs.FileInfo]:
    infos = store.get_file_info(pyarrow.fs.FileSelector(root, recursive=True, allow_not_found=True))
    return [info for info in infos if info.type == pyarrow.fs.FileType.File]


def _older(file: pyarrow.fs.FileInfo, before: datetime) -> bool:
    return file.mtime is None or file.mtime.astimezone(UTC) < before


def _all_of(files: Iterable[pyarrow.fs.FileInfo]) -> Unneeded:
    found = list(files)
    return Unneeded(tuple(sorted(info.path for info in found)), sum(info.size for info in found))


def _data_of(path: str) -> str:
    """The file that a path is of: Hadoop keeps a checksum beside each, `.NAME.crc`."""
    folder, slash, name = path.rpartition("/")
    of = name.removeprefix(".").removesuffix(".crc") if name.startswith(".") and name.endswith(".crc") else name
    return f"{folder}{slash}{of}"

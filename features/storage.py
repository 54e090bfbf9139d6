"""Where files lie, here or in an object store, and how a text is written and read."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.fs

REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Environment variables of AWS's region: what Arrow and delta-rs ask for, and boto3."""


def file_system(path: str) -> tuple[pyarrow.fs.FileSystem, str]:
    """Arrow's file system of a local path or an object store's address, and the path inside it."""
    if "://" not in path:
        return pyarrow.fs.LocalFileSystem(), path
    store, inside = pyarrow.fs.FileSystem.from_uri(re.sub("^s3[an]://", "s3://", path))
    return store, inside


def make_folder(path: str) -> None:
    """A folder, here: an object store has none, and to make one asks for a right on the bucket."""
    if "://" not in path:
        Path(path).mkdir(parents=True, exist_ok=True)


def write_bytes(path: str, content: bytes) -> None:
    """A file, whole or not at all, here or in an object store; OSError where it cannot be written."""
    store, inside = file_system(path)
    here = "://" not in path
    if here:
        make_folder(str(Path(path).parent))
    building = f"{inside}.part" if here else inside
    with store.open_output_stream(building) as out:
        out.write(content)
    if here:
        Path(building).replace(path)


def write_text(path: str, text: str) -> None:
    """A text file in UTF-8; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def read_bytes(path: str) -> bytes:
    """A file, here or in an object store; OSError where it cannot be read."""
    if "://" not in path:
        return Path(path).read_bytes()
    try:
        store, inside = file_system(path)
        with store.open_input_stream(inside) as source:
            return bytes(source.read())
    except pa.ArrowException as error:  # no such file system, no such bucket
        raise OSError(errno.EINVAL, str(error)) from error


def read_text(path: str) -> str:
    """A text file in UTF-8; see `read_bytes`."""
    return read_bytes(path).decode("utf-8")

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


def write_text(path: str, text: str) -> None:
    """A text file, whole or not at all, here or in an object store; OSError where it cannot be written."""
    store, inside = file_system(path)
    if "://" not in path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        inside = f"{path}.part"
    with store.open_output_stream(inside) as out:
        out.write(text.encode("utf-8"))
    if inside != path and "://" not in path:
        Path(inside).replace(path)


def read_text(path: str) -> str:
    """A text file in UTF-8, here or in an object store; OSError where it cannot be read."""
    if "://" not in path:
        return Path(path).read_text(encoding="utf-8")
    try:
        store, inside = file_system(path)
        with store.open_input_stream(inside) as source:
            return bytes(source.read()).decode("utf-8")
    except pa.ArrowException as error:  # no such file system, no such bucket
        raise OSError(errno.EINVAL, str(error)) from error

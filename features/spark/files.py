"""Files of a source → Spark frames, one for every layout among them.

A reader that is given files of several layouts takes the first one's for all, and one that is given broken
files reads as far as it can: both lose records in silence. Local files are therefore looked at before Spark
reads them; those in an object store are read as Spark reads them.
"""

from __future__ import annotations

import glob
import gzip
import importlib.util
import json
import mmap
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JNetworkError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from features.damage import cause
from features.errors import PairlakeError
from features.sections import Files
from features.spark.data_files import literal_path
from features.spark.json_text import line_of_lone_surrogate
from features.tables import quoted

CORRUPT = "_pairlake_corrupt"
"""Column that holds the text of a row the reader could not parse, where there is such a row."""

_CSV = {"header": "true", "multiLine": "true", "escape": '"', "mode": "PERMISSIVE"}
_COMPRESSED = (".bz2", ".deflate", ".lz4", ".snappy", ".zst")
_CONCATENATED = re.compile(rb"[}\]]\s*\n\s*[{\[]")
"""What stands between two JSON documents and, a comma missing, never inside one."""

_FIRST_LINE = 16_000_000


class SourceError(PairlakeError):
    """A source cannot be read as the settings say; the message names the source and what to change."""


@dataclass(frozen=True)
class Part:
    """Files of one layout as a frame, with the words that name them."""

    frame: DataFrame
    title: str


def open_parts(spark: SparkSession, source: Files) -> list[Part]:
    """The source's table or files. Raises SourceError for what is absent, empty, broken or of another format."""
    if source.table:
        title = f"source {source.name!r} (table {source.table})"
        with _in_words(f"{title} cannot be read"):
            return [Part(spark.read.table(source.table), title)]
    parts = []
    for layout, paths in _layouts(source, paths_of(source)).items():
        more = f" and {len(paths) - 1} more of the same layout" if len(paths) > 1 else ""
        title = f"source {source.name!r} ({paths[0]}{more})"
        with _in_words(f"{title} cannot be read as {source.format}"):
            parts.append(Part(_load(spark, source, [literal_path(p) for p in paths], layout, title), title))
    return parts


@contextmanager
def reading(lake: str = "") -> Iterator[None]:
    """Around the first action on sources: a file that Spark cannot read to its end is a SourceError.

    A file of the lake, where one is read beside them, is none of theirs: that error goes on as it is.
    """
    try:
        yield
    except PairlakeError:
        raise
    except Exception as error:
        found = re.search(r"Encountered error while reading file (\S+?)\.?\s", str(error))
        if found is None or (lake and _bare(found.group(1)).startswith(f"{_bare(lake)}/")):
            raise
        causes = re.findall(r"^Caused by: (?:[\w$]+\.)*([\w$]+)", str(error), flags=re.MULTILINE)
        raise SourceError(  # the cause's class alone: its text may quote a record
            f"{found.group(1)} cannot be read to its end{f' ({causes[-1]})' if causes else ''}: it is broken, or "
            "changed while it was read. Put back a whole copy of the file; nothing was published"
        ) from None


def _bare(path: str) -> str:
    """A path without its scheme, of which Hadoop has its own writing."""
    return re.sub(r"^\w+:", "", path).strip("/")


# --- which files, and how they are laid out ---


def paths_of(source: Files) -> list[str]:
    """The files of a source; wildcards on local paths are resolved here, so that none is a clear error."""
    path = source.path or ""
    if path.startswith("package:"):
        path = _in_package(source, path.removeprefix("package:"))
    if "://" in path:
        return [path]
    local = Path(path).expanduser().absolute()
    found = [str(local)] if local.exists() else sorted(glob.glob(str(local)))  # noqa: PTH207  absolute wildcards
    if not found:
        raise SourceError(f"source {source.name!r}: there is nothing at {local}; correct its `path`")
    if source.format == "delta":
        if len(found) > 1:
            raise SourceError(f"source {source.name!r}: {local} names {len(found)} tables; name one delta table")
        return found
    return [file for path in found for file in _inside(source, Path(path))]


def _in_package(source: Files, path: str) -> str:
    package, _, inside = path.partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(
            f"source {source.name!r} reads from the Python package {package!r}, which is not installed; "
            f"pip install {package}"
        )
    return f"{spec.submodule_search_locations[0]}/{inside}"


def _inside(source: Files, path: Path) -> list[str]:
    """A file itself, or the files of a folder; a folder of folders (partitions) is left to Spark whole."""
    if not path.is_dir():
        return [str(path)]
    if (path / "_delta_log").is_dir():
        raise SourceError(f'source {source.name!r}: {path} is a Delta table; set format = "delta"')
    inside = sorted(p for p in path.iterdir() if not p.name.startswith(("_", ".")))
    if not inside:
        raise SourceError(f"source {source.name!r}: the folder {path} is empty")
    return [str(path)] if any(p.is_dir() for p in inside) else [str(p) for p in inside]


def _layouts(source: Files, paths: list[str]) -> dict[Any, list[str]]:
    """The files by layout: Parquet by schema, CSV by header line, JSON by one document or one a line."""
    looks = {"parquet": _parquet_layout, "csv": _csv_layout, "json": _json_layout}
    layouts: dict[Any, list[str]] = {}
    for path in paths:
        file = Path(path)
        if file.exists() and not file.is_file() and not file.is_dir():
            raise SourceError(f"source {source.name!r}: {path} is a pipe or a device; wanted a file or a folder")
        known = source.format in looks and file.is_file() and file.suffix not in _COMPRESSED
        if known and not file.stat().st_size:
            raise SourceError(f"source {source.name!r}: {path} is an empty file; put it back whole or take it away")
        try:
            layout = looks[source.format](source, file) if known else None
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"source {source.name!r}: {path} cannot be read: {cause(error)}; put it right") from error
        layouts.setdefault(layout, []).append(path)
    return layouts


def _parquet_layout(source: Files, file: Path) -> Any:
    try:
        return tuple((field.name, str(field.type)) for field in pq.read_schema(file))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"source {source.name!r}: {file} is not a whole Parquet file: {cause(error)}; put it back whole, or "
            "correct `format`"
        ) from error


def _csv_layout(source: Files, file: Path) -> Any:
    options = {name.lower(): value for name, value in source.options.items()}
    if file.suffix != ".gz" and not options.keys() & {"quote", "escape"}:
        _refuse_open_quote(source, file, options.get("sep") or options.get("delimiter") or ",")
    if options.get("header", "true").lower() != "true":
        return None
    with _opened(file) as lines:
        return re.split(rb"[\r\n]", lines.readline(_FIRST_LINE).removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]


def _refuse_open_quote(source: Files, file: Path, separator: str) -> None:
    """A quote that is opened and never closed takes the rest of the file for one value."""
    with file.open("rb") as lines:
        if sum(block.count(b'"') for block in iter(lambda: lines.read(1 << 20), b"")) % 2 == 0:
            return
        opened = re.compile(rb'(?:\A|[\r\n]|%s)"(?:[^"]|"")*+\Z' % re.escape(separator.encode()))
        with mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ) as text:
            found = opened.search(text)
            if found:
                line = text[: found.start() + 1].count(b"\n") + 1
                raise SourceError(
                    f"source {source.name!r}: {file} opens a quote in line {line} and never closes it, so that all "
                    'after it would be one value; close it, or set options.quote if values are not quoted by "'
                )


def _json_layout(source: Files, file: Path) -> str:
    options = {name.lower(): value for name, value in source.options.items()}
    with _opened(file) as lines:
        by_line = _is_object(lines.readline(_FIRST_LINE))
    half = None if file.suffix == ".gz" else line_of_lone_surrogate(file)
    if half:
        raise SourceError(
            f"source {source.name!r}: {file} holds half of a character (a lone surrogate) in line {half}, which would "
            "be read as a question mark; mend the line, or take it out"
        )
    if options.get("multiline", str(not by_line)).lower() == "false":
        return "lines"
    if file.suffix != ".gz":
        with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
            if _CONCATENATED.search(text):
                raise SourceError(
                    f"source {source.name!r}: {file} holds several JSON documents, one after the other, of which "
                    "Spark reads the first; wanted one array of records, or one record a line (jq -c .)"
                )
    return "document"


def _opened(file: Path) -> gzip.GzipFile | IO[bytes]:
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


def _is_object(line: bytes | str) -> bool:
    """Whether a line is a JSON object by itself, as every line of a file with one record a line is."""
    try:
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


# --- reading them ---


def _load(spark: SparkSession, source: Files, paths: list[str], layout: Any, title: str) -> DataFrame:
    if source.format == "csv":
        return _csv(spark, source, paths)
    if source.format == "json":
        return _json(spark, source, paths, layout, title)
    if source.format == "delta":
        return spark.read.format("delta").options(**source.options).load(paths[0])
    # Where nobody looked: the columns of all files, not of the first one alone.
    merged = {} if layout else {"mergeSchema": "true"}
    return spark.read.options(**{**merged, **source.options}).parquet(*paths)


def _csv(spark: SparkSession, source: Files, paths: list[str]) -> DataFrame:
    """Every column as text, quoting as RFC 4180; a row with too many or too few fields is marked.

    So is a value that still begins with its quote and spans lines: its quote was closed in a later row,
    which it swallowed. Every line of a marked row is a row of its own, of that text alone, so that the count
    of what was turned away is the count of what was lost.
    """
    options = {**_CSV, **source.options}
    header = spark.read.options(**options).csv(paths).schema
    schema = T.StructType([T.StructField(f.name, T.StringType()) for f in header])
    reader = spark.read.schema(T.StructType([*schema, T.StructField(CORRUPT, T.StringType())]))
    frame = reader.options(**options).option("columnNameOfCorruptRecord", CORRUPT).csv(paths)
    if not schema.names:
        return frame
    values = F.array(*(F.col(quoted(name)) for name in schema.names))
    swallowed = F.exists(values, lambda value: value.rlike(r'\A"[^\n\r]*[\n\r]'))
    rest = F.array_join(values, source.options.get("sep", ","), "")
    corrupt = F.coalesce(F.col(CORRUPT), F.when(F.coalesce(swallowed, F.lit(False)), rest))
    kept = [F.when(corrupt.isNull(), F.col(quoted(name))).alias(name) for name in schema.names]
    lines = F.filter(F.split(corrupt, r"\r\n|\n|\r"), lambda line: line != "")
    # Two steps: what stands beside an explode is computed anew for every line.
    marked = frame.select(*kept, lines.alias(CORRUPT))
    return marked.select(*(F.col(quoted(name)) for name in schema.names), F.explode_outer(CORRUPT).alias(CORRUPT))


def _json(spark: SparkSession, source: Files, paths: list[str], layout: Any, title: str) -> DataFrame:
    """Records of JSON documents, or one a line; a line that is no record is marked, such a document refused."""
    if layout is None:
        first = spark.read.text(paths).head(1)
        layout = "lines" if first and _is_object(first[0][0]) else "document"
    options = {"multiLine": str(layout == "document").lower(), **source.options}
    frame = spark.read.options(**options).option("columnNameOfCorruptRecord", CORRUPT).json(paths)
    if CORRUPT not in frame.columns:
        return frame
    wanted = "UTF-8 JSON, records in one array or one a line; set options.encoding for another encoding"
    if frame.columns == [CORRUPT]:
        raise SourceError(f"{title} holds no JSON record; wanted {wanted}")
    if layout == "document":
        broken = frame.where(F.col(CORRUPT).isNotNull()).select("*", F.input_file_name().alias(CORRUPT + "_file"))
        file = broken.head(1)[0][CORRUPT + "_file"]
        raise SourceError(f"source {source.name!r}: {file} is not JSON throughout; wanted {wanted}")
    return frame


# --- in words ---


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    try:
        yield
    except (PairlakeError, ConnectionError, Py4JNetworkError):
        raise  # told already, or Spark's process is gone: no fault of the source
    except Exception as error:
        raise SourceError(f"{what}: {cause(error)}") from error

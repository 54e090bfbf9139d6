"""Source tables → rows under the canonical party fields, every one of them: what cannot be read is marked."""

from __future__ import annotations

import glob
import importlib.util
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from features.errors import PairlakeError
from features.settings import Source, nearest
from features.tables import LIST_FIELDS, TEXT_FIELDS

MALFORMED = "malformed"
"""Column that holds the text of a row the reader could not parse; null on every other row."""


class SourceError(PairlakeError):
    """A source cannot be read as the settings say; the message names the source and what to change."""


def read_source(spark: SparkSession, source: Source) -> DataFrame:
    """Rows of a source: entity_id, source, side, the party fields, and `malformed`.

    Exact copies are merged. Raises SourceError when the source is absent or empty, lacks a column, or
    holds a type that no text can be made of.
    """
    frame = _open(spark, source)
    if source.records:
        frame = _nested(frame, source)
    if MALFORMED not in frame.columns:
        frame = frame.withColumn(MALFORMED, F.lit(None).cast("string"))
    for column, value in source.where.items():
        frame = frame.where(_column(frame, source, column).eqNullSafe(F.lit(value)) | F.col(MALFORMED).isNotNull())
    return frame.select(
        _entity_id(frame, source).alias("entity_id"),
        F.lit(source.name).alias("source"),
        F.lit(source.side).alias("side"),
        *(_text(frame, source, name).alias(name) for name in TEXT_FIELDS),
        *(_list(frame, source, name).alias(name) for name in LIST_FIELDS),
        F.col(MALFORMED),
    )


def _open(spark: SparkSession, source: Source) -> DataFrame:
    try:
        if source.table:
            return spark.read.table(source.table)
        paths = _paths(source)
        if source.format == "csv":
            return _csv(spark, source, paths)
        reader = spark.read.format(source.format)
        if source.format == "json":
            reader = reader.option("multiLine", True).option("columnNameOfCorruptRecord", MALFORMED)
        return reader.options(**source.options).load(paths if source.format != "delta" else paths[0])
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(
            f"source {source.name!r}: {source.path or source.table} cannot be read as {source.format}: "
            f"{_first_line(error)}"
        ) from error


def _csv(spark: SparkSession, source: Source, paths: list[str]) -> DataFrame:
    """Every column as text, quoting as RFC 4180; a row with too many or too few fields is marked."""
    options = {"header": "true", "multiLine": "true", "escape": '"', "mode": "PERMISSIVE", **source.options}
    header = spark.read.options(**options).csv(paths).schema
    schema = T.StructType([T.StructField(f.name, T.StringType()) for f in header])
    schema.add(MALFORMED, T.StringType())
    return spark.read.schema(schema).options(**options, columnNameOfCorruptRecord=MALFORMED).csv(paths)


def _paths(source: Source) -> list[str]:
    """The files of a source; wildcards on local paths are resolved here, so that none is a clear error."""
    path = source.path or ""
    if path.startswith("package:"):
        package, _, inside = path.removeprefix("package:").partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SourceError(
                f"source {source.name!r} reads from the Python package {package!r}, which is not installed; "
                f"pip install {package}"
            )
        path = f"{spec.submodule_search_locations[0]}/{inside}"
    if "://" in path:
        return [path]
    found = sorted(glob.glob(str(Path(path).expanduser())))  # noqa: PTH207  wildcards of absolute paths
    if not found:
        raise SourceError(f"source {source.name!r}: there is nothing at {Path(path).expanduser().absolute()}")
    return found


def _nested(frame: DataFrame, source: Source) -> DataFrame:
    column = _column(frame, source, source.records or "")
    if not isinstance(frame.select(column).schema[0].dataType, T.ArrayType):
        raise SourceError(f"source {source.name!r}: `records` names {source.records!r}, which is not an array")
    return frame.select(F.explode(column).alias("record")).select("record.*")


def _entity_id(frame: DataFrame, source: Source) -> Column:
    """`source:id`; null, and so quarantined, where the source gives no id."""
    if source.id:
        given = F.trim(_as_text(frame, source, source.id, identifies=True))
        return F.when(given != "", F.concat(F.lit(source.name + ":"), given))
    parts = [_as_text(frame, source, column, identifies=True) for column in source.id_hash]
    known = F.coalesce(*parts).isNotNull()
    text = F.to_json(F.array(*(F.coalesce(part, F.lit("")) for part in parts)))
    return F.when(known, F.concat(F.lit(source.name + ":"), F.substring(F.sha2(text, 256), 1, 20)))


def _text(frame: DataFrame, source: Source, field: str) -> Column:
    """One text: a column, or several joined by a space."""
    mapped = source.columns.get(field)
    if mapped is None:
        return F.lit(None).cast("string")
    names = (mapped,) if isinstance(mapped, str) else mapped
    return (
        F.concat_ws(" ", *(_as_text(frame, source, n) for n in names))
        if len(names) > 1
        else _as_text(frame, source, names[0])
    )


def _list(frame: DataFrame, source: Source, field: str) -> Column:
    """Several texts: columns collected, or one array column; null elements left out."""
    mapped = source.columns.get(field)
    if mapped is None:
        return F.lit(None).cast("array<string>")
    names = (mapped,) if isinstance(mapped, str) else mapped
    kind = frame.select(_column(frame, source, names[0])).schema[0].dataType
    if len(names) == 1 and isinstance(kind, T.ArrayType):
        return F.array_compact(_column(frame, source, names[0]).cast("array<string>"))
    return F.array_compact(F.array(*(_as_text(frame, source, name) for name in names)))


def _as_text(frame: DataFrame, source: Source, name: str, *, identifies: bool = False) -> Column:
    """A column as text. Refused: nested types and bytes, and floating point where it would be an id."""
    column = _column(frame, source, name)
    kind = frame.select(column).schema[0].dataType
    if isinstance(kind, (T.ArrayType, T.StructType, T.MapType, T.BinaryType)):
        raise SourceError(
            f"source {source.name!r}: the column {name!r} is {kind.simpleString()}, wanted text; name a field "
            "inside it as `a.b`, or map an array to `aliases`"
        )
    if identifies and isinstance(kind, (T.FloatType, T.DoubleType)):
        raise SourceError(
            f"source {source.name!r}: the id column {name!r} is {kind.simpleString()}, whose text is not "
            "stable (1.0E7); store ids as text or whole numbers"
        )
    return column.cast("string")


def _column(frame: DataFrame, source: Source, name: str) -> Column:
    """A column by its literal name, dots and all, or by a path into a nested one."""
    if name in frame.columns:
        return F.col(f"`{name}`")
    head = name.partition(".")[0]
    if head != name and head in frame.columns:
        try:
            frame.select(name)
            return F.col(name)
        except Exception as error:
            raise SourceError(f"source {source.name!r}: {name!r} leads nowhere: {_first_line(error)}") from error
    raise SourceError(f"source {source.name!r} has no column {name!r}" + nearest(name, frame.columns))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__

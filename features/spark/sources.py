"""Source tables → rows under the canonical party fields, every one of them: what cannot be read is marked."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from features.sections import Scalar, Source, nearest
from features.spark.files import CORRUPT, Part, SourceError, open_parts
from features.tables import KEPT_FROM, LIST_FIELDS, TEXT_FIELDS

MALFORMED = "malformed"
"""Column that holds the text of a row the reader could not parse; null on every other row."""

_BLANKS = " \t\n\v\f\r"
"""What stands around an id and is none of it: a file whose line ends are of two kinds leaves some of them."""


def read_source(spark: SparkSession, source: Source) -> DataFrame:
    """Rows of a source: the columns of raw_entities, and `malformed`.

    Raises SourceError when the source is absent, empty or broken, lacks a column, or holds a type that no
    text can be made of.
    """
    return reduce(DataFrame.unionByName, [_rows(part, source) for part in open_parts(spark, source)])


def _rows(part: Part, source: Source) -> DataFrame:
    if source.records:
        part = _nested(part, source.records)
    if CORRUPT not in part.frame.columns:
        part = Part(part.frame.withColumn(CORRUPT, F.lit(None).cast("string")), part.title)
    _refuse_missing(part, source)
    frame, parsed = part.frame, F.col(CORRUPT).isNull()
    for name, value in source.where.items():
        frame = frame.where(_equals(part, name, value) | ~parsed)
    return frame.select(
        F.when(parsed, _entity_id(part, source)).alias("entity_id"),
        F.lit(source.name).alias("source"),
        F.lit(source.side).alias("side"),
        *(_text(part, source, name).alias(name) for name in TEXT_FIELDS),
        *(_list(part, source, name).alias(name) for name in LIST_FIELDS),
        F.lit(None).cast("string").alias(KEPT_FROM),
        F.col(CORRUPT).alias(MALFORMED),
    )


def _nested(part: Part, records: str) -> Part:
    """The elements of an array column as rows, and the rows that could not be parsed beside them."""
    frame, column = part.frame, _column(part, records)
    kind = frame.select(column).schema[0].dataType
    if not isinstance(kind, T.ArrayType) or not isinstance(kind.elementType, T.StructType):
        raise SourceError(
            f"{part.title}: `records` names {records!r}, which is {kind.simpleString()[:80]}; wanted an array of "
            "objects"
        )
    corrupt = F.col(CORRUPT) if CORRUPT in frame.columns else F.lit(None).cast("string")
    rows = frame.select(F.explode_outer(column).alias("record"), corrupt.alias(CORRUPT))
    return Part(
        rows.where(F.col("record").isNotNull() | F.col(CORRUPT).isNotNull()).select("record.*", CORRUPT), part.title
    )


def _refuse_missing(part: Part, source: Source) -> None:
    """SourceError for the first column that the settings name and the source does not have.

    The columns it has are told, unless none is as named: then a CSV's first line may be a record.
    """
    mapped = [name for names in source.columns.values() for name in names]
    wanted = [*(source.id_hash or [source.id or ""]), *mapped, *source.where]
    found = [name for name in part.frame.columns if name != CORRUPT]
    missing = [name for name in wanted if not _leads_somewhere(part, name)]
    if not missing:
        return
    if not found:
        raise SourceError(f"{part.title} holds no record and no column; wanted {', '.join(dict.fromkeys(wanted))}")
    message = f"{part.title} has no column {missing[0]!r}"
    twice = [name for place, name in enumerate(found) if name.casefold() == f"{missing[0]}{place}".casefold()]
    if source.format == "csv" and len(twice) > 1:
        raise SourceError(f"{message} but several of that name; say which by its place: {', '.join(twice)}")
    if source.format == "csv" and set(missing) == set(wanted):
        raise SourceError(
            f"{message}, nor any other that the settings name; its first line, taken for the header, splits into "
            f'{len(found)}. If there is no header line, set options.header = "false" and name the columns '
            "_c0, _c1, …; if values are not separated by a comma, set options.sep; if it is not UTF-8, "
            "options.encoding"
        )
    raise SourceError(message + nearest(missing[0], found))


def _leads_somewhere(part: Part, name: str) -> bool:
    return name in part.frame.columns or name.partition(".")[0] in part.frame.columns


def _entity_id(part: Part, source: Source) -> Column:
    """`source:id`; null, and so quarantined, where the source gives no id."""
    if source.id:
        given = F.btrim(as_text(part, source.id), F.lit(_BLANKS))
        return F.when(given != "", F.concat(F.lit(source.name + ":"), given))
    parts = [as_text(part, column) for column in source.id_hash or ()]
    known = F.coalesce(*parts).isNotNull()
    text = F.to_json(F.array(*(F.coalesce(value, F.lit("")) for value in parts)))
    return F.when(known, F.concat(F.lit(source.name + ":"), F.substring(F.sha2(text, 256), 1, 20)))


def _equals(part: Part, name: str, value: Scalar) -> Column:
    """Whether a column has a value; a text is compared as text, so that no row fails for what it holds."""
    column = _column(part, name)
    kind = part.frame.select(column).schema[0].dataType
    if isinstance(value, bool):
        return F.lower(F.trim(column.cast("string"))).eqNullSafe(F.lit(str(value).lower()))
    if isinstance(kind, T.NumericType) and not isinstance(value, str):
        return column.eqNullSafe(F.lit(value))
    return column.cast("string").eqNullSafe(F.lit(str(value)))


def _text(part: Part, source: Source, field: str) -> Column:
    """One text: a column, or several joined by a space; null when all of them are."""
    mapped = source.columns.get(field)
    if mapped is None:
        return F.lit(None).cast("string")
    if len(mapped) == 1:
        return as_text(part, mapped[0])
    joined = F.concat_ws(" ", *(as_text(part, name) for name in mapped))
    return F.when(joined != "", joined)


def _list(part: Part, source: Source, field: str) -> Column:
    """Several texts: columns collected, an array with all its elements; null elements left out."""
    mapped = source.columns.get(field)
    if mapped is None:
        return F.lit(None).cast("array<string>")
    lists = [_as_texts(part, name) for name in mapped]
    return F.array_compact(F.concat(*lists))


def _as_texts(part: Part, name: str) -> Column:
    column = _column(part, name)
    kind = part.frame.select(column).schema[0].dataType
    if isinstance(kind, T.ArrayType) and isinstance(kind.elementType, T.StringType):
        return F.coalesce(column, F.array().cast("array<string>"))
    return F.array(as_text(part, name))


def as_text(part: Part, name: str) -> Column:
    """A column as text. Refused: what has no text (nested, bytes) and what has no stable one (floating point)."""
    column = _column(part, name)
    kind = part.frame.select(column).schema[0].dataType
    if isinstance(kind, (T.ArrayType, T.StructType, T.MapType, T.BinaryType)):
        raise SourceError(
            f"{part.title}: the column {name!r} is {kind.simpleString()[:80]}, wanted text; name a field inside it "
            "as `a.b`, or map an array of texts to `aliases`"
        )
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        raise SourceError(
            f"{part.title}: the column {name!r} is {kind.simpleString()}, whose text is not stable (12345678 reads "
            "1.2345678E7); store numbers that identify as text or whole numbers"
        )
    return column.cast("string")


def _column(part: Part, name: str) -> Column:
    """A column by its literal name, dots and all, or by a path into a nested one."""
    if name in part.frame.columns:
        return F.col("`" + name.replace("`", "``") + "`")
    if not _leads_somewhere(part, name):
        raise SourceError(f"{part.title} has no column {name!r}" + nearest(name, part.frame.columns))
    try:
        part.frame.select(name)
    except Exception as error:
        head, _, inside = name.partition(".")
        kind = part.frame.schema[head].dataType.simpleString()
        raise SourceError(f"{part.title}: {head!r} is {kind[:200]}, which has no {inside!r}") from error
    return F.col(name)

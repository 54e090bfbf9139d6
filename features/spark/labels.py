"""Labels with their times: pairs given from outside, whether each is a match, and the moment whose knowledge counts.

A time is an instant: one that does not say its zone is refused, and nothing here asks which zone the session, the
driver or a worker is in. Instants are whole microseconds since 1970, as they are compared with those of publications.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from features.spark.files import SourceError
from features.spark.frames import checksum
from features.spark.given import GivenPairs, open_pairs
from features.spark.truth import LABELS, labelled, refuse_unclear
from features.tables import quoted

TIME = "event_timestamp"
"""The column of a list of labels that says when each was made."""

INSTANT, MATCH = "instant", "match"
"""Columns of labels: microseconds since 1970 in UTC, and whether the pair is a match."""

RESERVED = frozenset(
    {INSTANT, MATCH, TIME, "label", "split", "origin", "publication", "fingerprint", "place", "ever_l", "ever_r"}
)
"""Columns of a training set, or on the way to it, that are no feature, besides those of every list of given pairs."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME = -(1 << 62)
"""Stands for a text that is no time of a zone, unlike one that is missing, which `as_of` may fill."""

_ZONED = r"^\d{4}-\d\d?-\d\d?[ T]\d\d?:\d\d.*(Z|[+-]\d\d:\d\d)$"
"""A text with date, time and zone: Spark takes the day of today for a time alone, and its own zone for one without."""


@dataclass(frozen=True)
class Labels:
    """A list of labels: `row`, `given_l`, `given_r`, INSTANT, MATCH and the list's `further` columns.

    `hash` is that of the rows in any order, their numbers left out.
    """

    frame: DataFrame
    given: GivenPairs
    further: tuple[str, ...]
    hash: str


def open_labels(spark: SparkSession, path: str, as_of: datetime | None, now: datetime) -> Labels:
    """The labels at a path, as `open_pairs` reads them; one without a time is as of `as_of`.

    SourceError for a list without labels, for labels that say neither yes nor no, and for times that are missing,
    without a date or zone, or later than `now`.
    """
    given = open_pairs(spark, path, "labels")
    label = next((name for name in LABELS if name in given.further), None)
    if label is None:
        raise SourceError(f"{given.title} has no column {' or '.join(map(repr, LABELS))}; wanted 1 for a match, else 0")
    if as_of is None and TIME not in given.further:
        raise SourceError(
            f"{given.title} has no column {TIME!r}, and no --as-of stands for it; wanted the time of each label, or "
            "one time for all"
        )
    further = tuple(name for name in given.further if name not in (label, TIME))
    for column in further:
        if column.lower() in RESERVED:
            raise SourceError(f"{given.title} has a column {column!r}, which the training set has as well; rename it")
    rows = labelled(given).withColumn(INSTANT, _instant(given, as_of))
    frame = rows.select("row", "given_l", "given_r", INSTANT, MATCH, *map(quoted, further))
    _refuse_times(given, frame, now)
    return Labels(frame, given, further, checksum(frame.drop("row")))


def instant_of(time: datetime) -> int:
    """Microseconds since 1970 of a time that says its zone."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def _instant(given: GivenPairs, as_of: datetime | None) -> Column:
    """The time of each row, null where it has none."""
    default = F.lit(None if as_of is None else instant_of(as_of)).cast("long")
    if TIME not in given.further:
        return default
    kind = given.frame.schema[TIME].dataType.simpleString()
    if kind == "timestamp":
        return F.coalesce(F.unix_micros(TIME), default)
    if kind != "string":
        raise SourceError(
            f"{given.title}: the column {TIME!r} is {kind}, which says no zone; wanted instants, or texts as "
            "2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00"
        )
    text = F.trim(F.col(TIME))
    read = F.unix_micros(F.expr(f"try_cast(trim({quoted(TIME)}) AS timestamp)"))
    said = F.coalesce(F.when(text.rlike(_ZONED), read), F.lit(_NO_TIME))
    return F.when(F.coalesce(text, F.lit("")) == "", default).otherwise(said)


def _refuse_times(given: GivenPairs, frame: DataFrame, now: datetime) -> None:
    instant = F.col(INSTANT)
    counted = frame.agg(
        F.count_if(F.col(MATCH).isNull()).alias("unclear"),
        F.count_if(instant.isNull()).alias("missing"),
        F.count_if(instant == _NO_TIME).alias("wrong"),
        F.count_if(instant > instant_of(now)).alias("future"),
    ).collect()[0]
    refuse_unclear(given, counted["unclear"])
    of = f"{given.title}: of {given.rows:,} labels"
    if counted["missing"]:
        raise SourceError(f"{of} {counted['missing']:,} have no {TIME}; put it in, or give one for them by --as-of")
    if counted["wrong"]:
        raise SourceError(
            f"{of} {counted['wrong']:,} have an {TIME} without its date or zone, or that is no time; wanted "
            "2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00"
        )
    if counted["future"]:
        raise SourceError(
            f"{of} {counted['future']:,} have an {TIME} that is still to come ({now.isoformat()} now); what will be "
            "published by then is not known, so wait or correct them"
        )

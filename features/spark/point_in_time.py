"""Features of labelled pairs as they were published by the label's time: of each, the last publication before it.

What is read of a publication is its own: the records by which ids are known, the pairs it put in force, and, for pairs
that its blocking did not propose, its prepared records, by the kernel. Nothing of a later one can reach a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from features.catalogue import Catalogue
from features.history import State, commit_times, refuse_gone, states
from features.lake import Lake, LakeError
from features.spark.frames import spark_schema
from features.spark.given import resolved
from features.spark.labels import INSTANT, MATCH, instant_of
from features.spark.scoring import scored
from features.tables import ENTITY_FEATURES, PAIR_FEATURES, Table

EVER = ("ever_l", "ever_r")
"""Columns of the ids by which labels meet, those included whose own publication does not know their records."""

PUBLISHED, COMPUTED = "published", "computed"
"""Where the features of a label come from: the pair was published by then, or the kernel made them of its records."""

_NOT_THEN = ("not_published", "version_gone", "unknown_id")
"""Reasons of labels whose records another publication may know."""

_PAIR = list(PAIR_FEATURES.key)
_READ = (PAIR_FEATURES, ENTITY_FEATURES)


@dataclass(frozen=True)
class Publication:
    """A published state and when its pairs were put in force, to the millisecond."""

    state: State
    at: datetime

    @property
    def version(self) -> int:
        """The version of pair_features."""
        return self.state.version

    @property
    def versions(self) -> Mapping[str, int]:
        """The version of each table that labels are answered from."""
        return {table.name: self.state.versions[table.name] for table in _READ}

    def kept(self, lake: Lake) -> bool:
        """Whether its pairs and records can still be read."""
        if not {table.name for table in _READ} <= self.state.versions.keys():
            return False
        try:
            refuse_gone(lake, replace(self.state, versions=self.versions))
        except LakeError:
            return False
        return True


def publications(lake: Lake) -> list[Publication]:
    """What was published to a lake, the first one first, as far as its log still tells.

    A compaction puts nothing new in force: the time is that of the first version with those rows. Where a clock was
    set back, a publication counts as made when the one before it was, so that none is taken to be earlier than it is.
    """
    known, found = states(lake), list[Publication]()
    times = commit_times(lake, PAIR_FEATURES)
    for state in reversed(known):
        at = times[min(state.version, *state.same)] if state.same else state.at
        found.append(Publication(state, max(at, found[-1].at) if found else at))
    return found


def numbered(labels: DataFrame, known: Sequence[Publication]) -> DataFrame:
    """Labels with `place`: which of the publications, counted from 0, was the last one by their time; -1 for none."""
    times = F.array(*(F.lit(instant_of(of.at)) for of in known))
    return labels.withColumn("place", F.size(F.filter(times, lambda at: at <= F.col(INSTANT))) - 1)


def placed(
    spark: SparkSession, lake: Lake, labels: DataFrame, known: Sequence[Publication], *, linking: bool
) -> DataFrame:
    """Numbered labels with the ids of their records and a `reason`.

    Ids are known by the records of the publication that answers the label. Beside the reasons of `given.resolved` are
    not_published and version_gone, where there is no such publication, and contradicted. For what labels say of one
    another they have EVER too: where an id was not known by then, those of the last publication that answers labels.
    """
    parts, entities = [], None
    for place in sorted(row["place"] for row in labels.select("place").distinct().collect()):
        of_place = labels.where(F.col("place") == place)
        if place < 0:
            parts.append(_unanswered(of_place, "not_published"))
        elif not known[place].kept(lake):
            parts.append(_unanswered(of_place, "version_gone"))
        else:
            entities = _read(spark, lake, ENTITY_FEATURES, known[place])
            parts.append(resolved(of_place, entities, linking=linking))
    rows = reduce(DataFrame.unionByName, parts)
    if entities is None:  # no label is answered
        return rows
    return _without_contradictions(_met(rows, labels, entities, linking=linking))


def featured(
    spark: SparkSession, lake: Lake, rows: DataFrame, known: Mapping[int, Publication], catalogue: Catalogue
) -> DataFrame:
    """Placed labels with every feature and their `origin`; features are null where there is a reason.

    `known` are the publications that labels without a reason were placed with, by number.
    """
    schema = spark_schema(pa.schema([feature.field for feature in catalogue.pair_features]))
    absent = [F.lit(None).cast(field.dataType).alias(field.name) for field in schema]
    parts = [rows.where("reason IS NOT NULL").select("*", *absent).withColumn("origin", F.lit(None).cast("string"))]
    for place, publication in known.items():
        of_place = rows.where(F.col("reason").isNull() & (F.col("place") == place))
        pairs = _read(spark, lake, PAIR_FEATURES, publication)
        there = of_place.join(pairs.select(*_PAIR, *schema.names), _PAIR)
        others = of_place.join(pairs.select(*_PAIR), _PAIR, "left_anti")
        parts.append(there.withColumn("origin", F.lit(PUBLISHED)))
        computed = scored(others, _read(spark, lake, ENTITY_FEATURES, publication), catalogue)
        parts.append(computed.withColumn("origin", F.lit(COMPUTED)))
    return reduce(DataFrame.unionByName, parts)


def _read(spark: SparkSession, lake: Lake, table: Table, publication: Publication) -> DataFrame:
    return lake.read(spark, table, version=publication.versions[table.name])


def _unanswered(labels: DataFrame, reason: str) -> DataFrame:
    no_id = F.lit(None).cast("string")
    return labels.withColumns({"id_l": no_id, "id_r": no_id, "reason": F.lit(reason)})


def _met(rows: DataFrame, labels: DataFrame, entities: DataFrame, *, linking: bool) -> DataFrame:
    """Placed labels with EVER: their ids or, where those were not known by then, the ids that these records tell."""
    later = resolved(labels.select("row", "given_l", "given_r"), entities, linking=linking)
    later = later.select("row", *(F.col(of).alias(ever) for of, ever in zip(_PAIR, EVER, strict=True)))
    then = F.coalesce(~F.col("reason").isin(*_NOT_THEN), F.lit(True))
    ids = {ever: F.when(then, F.col(of)).otherwise(F.col(ever)) for of, ever in zip(_PAIR, EVER, strict=True)}
    return rows.join(later, "row").withColumns(ids)


def _without_contradictions(rows: DataFrame) -> DataFrame:
    """Labels with features of a pair of which one label says yes and another no get a reason, whenever they were made.

    A label without features says it as well.
    """
    of_pair = Window.partitionBy(*EVER)
    yes, no = (F.max(F.col(MATCH) == said).over(of_pair) for said in (True, False))
    contradicted = F.col("reason").isNull() & yes & no
    return rows.withColumn("reason", F.when(contradicted, "contradicted").otherwise(F.col("reason")))

"""Training sets: labelled pairs with their features as published by each label's time, split and accounted for."""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.fs
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.cleaning import remove_uncommitted
from features.erasures import IdHash, erasures_of
from features.kernel.split import PARTS, Split, split
from features.lake import Lake, LakeError
from features.ledgers import TRAINING_SETS
from features.settings import Settings
from features.spark.erasures import LEFT_OUT, is_of_erased
from features.spark.files import SourceError
from features.spark.frames import arrow_schema, held, to_arrow
from features.spark.given import REASONS, unknown_ids
from features.spark.labels import INSTANT, MATCH, Labels, open_labels
from features.spark.ordered_files import in_order, write_in_order
from features.spark.point_in_time import (
    COMPUTED,
    EVER,
    PUBLISHED,
    Publication,
    featured,
    numbered,
    placed,
    publications,
)
from features.storage import file_system, make_folder, write_text
from features.tables import PAIR_FEATURES, TIMESTAMP, Table, quoted
from features.versions import as_made, parts_of
from jobs.diagnosed import refuse_other_mode
from jobs.scored import absolute, refuse_existing

FOLDER = "training"
"""Folder of the lake that holds training sets."""

MANIFEST = "_manifest.json"
"""Beside the files of a set; readers of Parquet and Delta pass over what begins so."""

SET_FILES = rf"part-\d+\.parquet|{re.escape(MANIFEST)}(\.part)?"
"""Names of the files of a set, its log aside."""

_SET = pa.schema(
    [
        pa.field("id_l", pa.string()),
        pa.field("id_r", pa.string()),
        pa.field("label", pa.int32(), nullable=False),
        pa.field("event_timestamp", TIMESTAMP, nullable=False),
        pa.field("split", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("origin", pa.string()),
        pa.field("publication", pa.int64()),
        pa.field("fingerprint", pa.string()),
        pa.field("given_l", pa.string()),
        pa.field("given_r", pa.string()),
    ]
)


@dataclass(frozen=True)
class Asked:
    """A training set as it is asked for.

    `as_of` is the time of labels that have none; `out` a place outside the lake; `parquet` one for a copy of the files.
    """

    labels: str
    name: str
    as_of: datetime | None
    shares: tuple[float, ...]
    seed: int
    out: str | None = None
    parquet: str | None = None


@dataclass(frozen=True)
class Made:
    """A training set: where it lies, its manifest, the first unknown ids, and why its shares are not as asked."""

    path: str
    manifest: Mapping[str, Any]
    unknown_ids: tuple[str, ...]
    warning: str | None


def make(settings: Settings, spark: SparkSession, asked: Asked) -> Made:
    """Write the training set of a list of labels: a row for each label, in the order of ids, null features told why.

    Labels of records that were erased are left out. The lake is held, so that nobody removes what the set is read from.
    LakeError where nothing was published, SourceError for labels that cannot be used, SplitError where they cannot be
    split, FingerprintError where this code would compute other features than those that a label is to get.
    """
    lake = Lake(settings.lake)
    lake.version(PAIR_FEATURES)  # LakeError before anything is made there
    place, table = _place(lake, asked)
    with lake.writing(f"training set {asked.name}"):
        if not asked.out:
            remove_uncommitted(place.path(table), SET_FILES)  # of a set that was stopped
        for path in filter(None, (place.path(table), asked.parquet)):
            refuse_existing(path)
        return _made(settings, spark, asked, lake, place, table)


def _made(settings: Settings, spark: SparkSession, asked: Asked, lake: Lake, place: Lake, table: Table) -> Made:
    known, erasures = publications(lake), erasures_of(lake, IdHash.of(settings.retention.erasure_key_env))
    if not known:
        raise LakeError(f"the lake {lake.root} has published nothing of which its log tells; `pairlake run` publishes")
    labels = open_labels(spark, asked.labels, asked.as_of, datetime.now(UTC))
    erased = is_of_erased(erasures, [source.name for source in settings.sources])
    with (
        held(numbered(labels.frame, known)) as given,
        held(placed(spark, lake, given, known, linking=settings.linking).where(~erased)) as rows,
    ):
        counted = rows.groupBy("place", "reason").count().collect()
        counts = {(row["place"], row["reason"]): row["count"] for row in counted}
        unknown = unknown_ids(rows.where(F.col("reason").isin(*REASONS)))
        used = {at: known[at] for at in sorted(at for at, reason in counts if reason is None)}
        if not used:
            raise SourceError(_none_usable(labels, counts, unknown, known))
        catalogue = _catalogue(settings, lake, used, labels)
        parts = _parts(rows, asked)
        with held(featured(spark, lake, rows, used, catalogue)) as found:
            manifest = _manifest(settings, lake, asked, labels, used, counts) | _accounted(found, asked, parts)
            _write(found, _Finish(catalogue, known, parts, labels.further), lake, place, table, asked, manifest)
    return Made(place.path(table), manifest, unknown, parts.warning)


def _parts(rows: DataFrame, asked: Asked) -> Split:
    """Which part each record is in. A label without features connects its records too, where both are known."""
    pairs = to_arrow(rows.select(*EVER, F.col("reason").isNull().alias("usable")).dropna())
    left, right, usable = (pairs[name].combine_chunks() for name in (*EVER, "usable"))
    return split(left, right, np.asarray(usable, dtype=bool), asked.shares, asked.seed)


def _place(lake: Lake, asked: Asked) -> tuple[Lake, Table]:
    """Where the set goes, as a table of the lake or of the folder it is to lie in."""
    folder, _, name = absolute(asked.out).rpartition("/") if asked.out else ("", "", f"{FOLDER}/{asked.name}")
    table = Table(name, _SET, ("id_l", "id_r"), "A training set.")
    return (Lake(folder) if asked.out else lake), table


def _catalogue(settings: Settings, lake: Lake, used: Mapping[int, Publication], labels: Labels) -> Catalogue:
    """The catalogue that made the features of all publications used, statistics and encoder aside."""
    chosen = catalogues.chosen(settings)
    for made_by in (of.state.made_by for of in used.values()):
        refuse_other_mode(lake, settings, made_by["run_id"])
    made = [as_made(lake, chosen, fingerprint) for fingerprint in _fingerprints(used)]
    ours = {feature.name for feature in chosen.pair_features}
    taken = [column for column in labels.further if column.lower() in ours]
    if taken:
        raise SourceError(
            f"{labels.given.title} has a column {taken[0]!r}, which the features bring as well; rename it"
        )
    return made[-1]


def _fingerprints(used: Mapping[int, Publication]) -> list[str]:
    """Of the publications, each once, the last one's last."""
    return list(dict.fromkeys(str(of.state.made_by["fingerprint"]) for of in used.values()))


def _none_usable(
    labels: Labels, counts: Mapping[tuple[int, str | None], int], unknown: Sequence[str], known: Sequence[Publication]
) -> str:
    by_reason = {**_by_reason(counts), LEFT_OUT: _left_out(labels, counts)}
    found = ", ".join(f"{count:,} {reason}" for reason, count in by_reason.items() if count)
    some = f" Unknown are {', '.join(map(repr, unknown[:5]))}{', …' if len(unknown) > 5 else ''}." if unknown else ""
    return (
        f"{labels.given.title}: none of its {labels.given.rows:,} labels can be given features ({found}).{some} Wanted "
        "entity ids, source:id, or the sources' own ids, of records that were published by the label's time; the lake "
        f"tells of publications from {known[0].at.isoformat()} to {known[-1].at.isoformat()}"
    )


def _by_reason(counts: Mapping[tuple[int, str | None], int]) -> dict[str, int]:
    """Labels without features by reason, in the order of their names."""
    reasons = sorted({reason for _, reason in counts if reason is not None})
    return {reason: sum(n for (_, of), n in counts.items() if of == reason) for reason in reasons}


def _left_out(labels: Labels, counts: Mapping[tuple[int, str | None], int]) -> int:
    """Labels that are no rows: those of erased records."""
    return labels.given.rows - sum(counts.values())


# --- what is said of it ---


def _manifest(
    settings: Settings,
    lake: Lake,
    asked: Asked,
    labels: Labels,
    used: Mapping[int, Publication],
    counts: Mapping[tuple[int, str | None], int],
) -> dict[str, Any]:
    """All that the set is made of: the same inputs give the same text, so it holds no time of its making."""
    answered = [
        {
            "version": of.version,
            "published_at": of.at.isoformat(),
            "run_id": of.state.run_id,
            "fingerprint": of.state.made_by["fingerprint"],
            "statistics": parts_of(lake, of.state.made_by["fingerprint"]).get("statistics"),
            "encoder": of.state.made_by.get("encoder"),
            "versions": dict(of.versions),
            "labels": counts[(at, None)],
        }
        for at, of in used.items()
    ]
    return {
        "name": asked.name,
        "fingerprints": _fingerprints(used),
        "settings_hash": settings.hash,
        "code_version": importlib.metadata.version("pairlake"),
        "labels": {
            "hash": labels.hash,
            "rows": labels.given.rows,
            LEFT_OUT: _left_out(labels, counts),
            "without features": _by_reason(counts),
        },
        "as_of": asked.as_of.astimezone(UTC).isoformat() if asked.as_of else None,
        "publications": answered,
    }


def _accounted(found: DataFrame, asked: Asked, parts: Split) -> dict[str, Any]:
    """Where features came from, and how the labels were split."""
    origins = {row["origin"]: row["count"] for row in found.groupBy("origin").count().collect()}
    return {
        "origin": {origin: origins.get(origin, 0) for origin in (PUBLISHED, COMPUTED)},
        "split": {
            "seed": asked.seed,
            "shares": dict(zip(PARTS, asked.shares, strict=True)),
            "pairs": dict(zip(PARTS, parts.pairs, strict=True)),
            "clusters": parts.clusters,
            "largest": {"records": parts.largest.records, "pairs": parts.largest.pairs},
        },
    }


# --- writing it ---


@dataclass(frozen=True)
class _Finish:
    """What the driver adds to rows on their way to the files."""

    catalogue: Catalogue
    known: Sequence[Publication]
    parts: Split
    further: tuple[str, ...]

    def schema(self, rows: DataFrame) -> pa.Schema:
        features = (feature.field.with_nullable(True) for feature in self.catalogue.pair_features)
        return pa.schema([*_SET, *arrow_schema(rows.select(*map(quoted, self.further))), *features])

    def over(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """A batch of features under the schema of the set."""
        answered = batch.column("place")
        place = pa.array([at if at >= 0 else None for at in answered.to_pylist()], pa.int64())
        usable = batch.column("reason").is_null()
        made = {
            "label": batch.column(MATCH).cast(pa.int32()),
            "event_timestamp": batch.column(INSTANT).cast(TIMESTAMP),
            "split": pa.compute.if_else(usable, self.parts.of(batch.column("id_l")), None),
            "publication": pa.array([of.version for of in self.known], pa.int64()).take(place),
            "fingerprint": pa.array([of.state.made_by["fingerprint"] for of in self.known], pa.string()).take(place),
        }
        arrays = [made.get(name) if name in made else batch.column(name) for name in schema.names]
        return pa.RecordBatch.from_arrays(arrays, names=schema.names).cast(schema)


def _write(
    found: DataFrame, finish: _Finish, lake: Lake, place: Lake, table: Table, asked: Asked, manifest: Mapping[str, Any]
) -> None:
    """The versions that upkeep is to keep, files and copies, and last the one commit that makes the set."""
    schema, path = finish.schema(found), place.path(table)
    _register(lake, asked, None if asked.out is None else path, manifest)
    tied = [F.to_json(F.struct(*map(quoted, finish.further)))] if finish.further else []
    rows = in_order(found.orderBy("id_l", "id_r", INSTANT, MATCH, "given_l", "given_r", *tied))
    files = write_in_order((finish.over(batch, schema) for batch in rows), schema, path)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    write_text(f"{path}/{MANIFEST}", text)
    if asked.parquet:
        _copy(path, files, absolute(asked.parquet))
        write_text(f"{absolute(asked.parquet)}/{MANIFEST}", text)
    place.commit(files, table, "", schema, metadata=manifest)


def _register(lake: Lake, asked: Asked, outside: str | None, manifest: Mapping[str, Any]) -> None:
    """Note the versions that the set was read from, so that upkeep keeps them; what is noted already stays."""
    rows = [
        {"name": asked.name, "table": table, "version": version, "path": outside or f"{FOLDER}/{asked.name}"}
        for publication in manifest["publications"]
        for table, version in publication["versions"].items()
    ]
    noted = lake.rows(TRAINING_SETS, name=asked.name).to_pylist() if lake.exists(TRAINING_SETS) else []
    new = [row for row in rows if row not in noted]
    if new:
        lake.write_rows(pa.Table.from_pylist(new, TRAINING_SETS.schema), TRAINING_SETS)


def _copy(path: str, files: pa.Table, to: str) -> None:
    (source, inside), (target, there) = file_system(path), file_system(to)
    make_folder(to)
    for name in files["name"].to_pylist():
        pyarrow.fs.copy_files(
            f"{inside}/{name}", f"{there}/{name}", source_filesystem=source, destination_filesystem=target
        )

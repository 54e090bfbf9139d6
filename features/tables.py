"""The Delta tables of the lake: one documented constant each.

`raw_entities` → `standardised_entities` → `entity_features` → `block_census` → `pair_features`, with
`quarantine` for rows that a gate turned away and `run_manifest` for what each run did. Columns that
follow from declarations (standardised fields, entity features, pair features) are filled in by
`catalogue`; what is written here is the part that no declaration changes.
"""

from __future__ import annotations

import pyarrow as pa

from features.ledgers import ERASURES, TRAINING_SETS
from features.table import TIMESTAMP, Table, quoted

__all__ = ["ERASURES", "TIMESTAMP", "TRAINING_SETS", "Table", "quoted"]  # beside all that follows

TEXT_FIELDS = (
    "name",
    "party_type",
    "address",
    "city",
    "region",
    "postal_code",
    "country",
    "incorporation_date",
    "birth_date",
    "lei",
    "bic",
    "isin",
    "registration_number",
    "tax_id",
    "web_domain",
    "email",
    "phone",
    "given_name",
    "family_name",
)
"""Canonical party fields that hold one text each. A source maps its columns to these."""

LIST_FIELDS = ("aliases",)
"""Canonical party fields that hold several texts."""

PARTY_FIELDS = TEXT_FIELDS + LIST_FIELDS

RECORD_KEY = [
    pa.field("entity_id", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("side", pa.string(), nullable=False),
]
"""Who a record is: `source:id`, the source's name, and `left` or `right` (always `left` when deduplicating)."""


KEPT_FROM = "kept_from"
"""Column of raw_entities: the run that read a row, where a later one kept it because its source gave way."""


RAW_ENTITIES = Table(
    "raw_entities",
    pa.schema(
        [
            *RECORD_KEY,
            *(pa.field(name, pa.string()) for name in TEXT_FIELDS),
            *(pa.field(name, pa.list_(pa.string())) for name in LIST_FIELDS),
            pa.field(KEPT_FROM, pa.string()),
        ]
    ),
    ("entity_id",),
    "Source rows under the canonical party fields, values as the source wrote them. `kept_from` names the run that "
    "read the row, where a later one could not read its source and kept it; null on every other row.",
    merged=True,
)

STANDARDISED_ENTITIES = Table(
    "standardised_entities",
    pa.schema(RECORD_KEY),
    ("entity_id",),
    "Records after standardisation; the further columns are the declared standardisers.",
    merged=True,
)

TOKEN_STATISTICS = Table(
    "token_statistics",
    pa.schema(
        [
            pa.field("version", pa.string(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("records", pa.int64(), nullable=False),
            pa.field("corpus", pa.int64(), nullable=False),
        ]
    ),
    ("version", "token"),
    "Words of names that several records carry and how many carry each, of `corpus` records in all; a version is "
    "never changed, and is the hash of its content. The empty word stands in each, for statistics of nothing.",
)

SPLIT_POINTS = Table(
    "split_points",
    pa.schema(
        [
            pa.field("version", pa.string(), nullable=False),
            pa.field("column", pa.string(), nullable=False),
            pa.field("records", pa.int64(), nullable=False),
            pa.field("place", pa.int64(), nullable=False),
            pa.field("value", pa.string(), nullable=False),
        ]
    ),
    ("version", "column", "records", "place"),
    "Where the sorted values of a column are cut into pieces of `records` records, for rules of sorted neighbourhood; "
    "part of the statistics of that version. The empty value at place 0 stands in each.",
)

CATALOGUE_VERSIONS = Table(
    "catalogue_versions",
    pa.schema(
        [
            pa.field("fingerprint", pa.string(), nullable=False),
            pa.field("part", pa.string(), nullable=False),
            pa.field("value", pa.string(), nullable=False),
        ]
    ),
    ("fingerprint", "part"),
    "What each fingerprint is made of: sources, versions, libraries, encoder, statistics. A reader whose own "
    "fingerprint is another one says by this what differs.",
)

ENTITY_FEATURES = Table(
    "entity_features",
    pa.schema(
        [
            *RECORD_KEY,
            pa.field("keys", pa.list_(pa.int64()), nullable=False),
            pa.field("event_timestamp", TIMESTAMP, nullable=False),
        ]
    ),
    ("entity_id",),
    "What the kernel needs of a record, computed once: declared entity features and, in `keys`, the "
    "record's blocking keys in ascending order. `event_timestamp` is the time the run read its sources.",
)

ONLINE_ENTITIES = Table(
    "online_entities",
    pa.schema(
        [
            pa.field("entity_id", pa.string(), nullable=False),
            pa.field("packed", pa.binary(), nullable=False),
            pa.field("fingerprint", pa.string(), nullable=False),
            pa.field("event_timestamp", TIMESTAMP, nullable=False),
        ]
    ),
    ("entity_id",),
    "The prepared record as one value, for the online store: what the kernel reads, packed, with the "
    "fingerprint of the catalogue that made it.",
)

BLOCKING_INDEX = Table(
    "blocking_index",
    pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("entity_ids", pa.list_(pa.string()), nullable=False),
            pa.field("records", pa.int64(), nullable=False),
            pa.field("event_timestamp", TIMESTAMP, nullable=False),
        ]
    ),
    ("key",),
    "Blocking key (the 64-bit number as text) → records that carry it, the first ones in id order up to a "
    "cap; `records` counts them all, so a cut list shows. Keys that the plan dropped are left out.",
)

ONLINE = (ONLINE_ENTITIES, BLOCKING_INDEX)
"""What a lookup reads. entity_features stays offline: thirty values an entity would take many times longer
to load than these, and the packed record holds the same values."""

BLOCK_CENSUS = Table(
    "block_census",
    pa.schema(
        [
            pa.field("key", pa.int64(), nullable=False),
            pa.field("rule", pa.string(), nullable=False),
            pa.field("left", pa.int64(), nullable=False),
            pa.field("right", pa.int64(), nullable=False),
            pa.field("pairs", pa.int64(), nullable=False),
        ]
    ),
    ("key",),
    "Records of each blocking key by side, and the pairs they make. Keys that make no pair are left out.",
)

PAIR_FEATURES = Table(
    "pair_features",
    pa.schema(
        [
            pa.field("id_l", pa.string(), nullable=False),
            pa.field("id_r", pa.string(), nullable=False),
            pa.field("rule", pa.string(), nullable=False),
        ]
    ),
    ("id_l", "id_r"),
    "Candidate pairs with their features; `rule` is the first blocking rule, in order, whose key both "
    "records share. Deduplicating, `id_l` < `id_r`. The further columns are the declared pair features "
    "and `event_timestamp`, the time the run read its sources.",
)

QUARANTINE = Table(
    "quarantine",
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("table", pa.string(), nullable=False),
            pa.field("source", pa.string()),
            pa.field("entity_id", pa.string()),
            pa.field("reasons", pa.list_(pa.string()), nullable=False),
            pa.field("row", pa.string(), nullable=False),
            pa.field("source_row", pa.string()),
        ]
    ),
    (),
    "Rows a gate turned away: the row as JSON and the name of every rule it broke; of a standardised record, the row "
    "as its source wrote it too.",
)

CORRECTIONS = Table(
    "corrections",
    pa.schema(
        [
            pa.field("row_id", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("entity_id", pa.string(), nullable=False),
            pa.field("row", pa.string(), nullable=False),
            pa.field("file_hash", pa.string(), nullable=False),
            pa.field("replayed_at", TIMESTAMP, nullable=False),
        ]
    ),
    ("row_id", "replayed_at"),
    "Rows of sources as a person corrected them, as JSON: each takes the place of the source's row whose JSON has the "
    "hash `row_id`, and of no other. Of several for one row the last holds. `file_hash` is that of the file they "
    "came in.",
)

PROFILES = Table(
    "profiles",
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("table", pa.string(), nullable=False),
            pa.field("profile", pa.string(), nullable=False),
        ]
    ),
    ("run_id", "table"),
    "What the gates of a run compare with those of the next: of record tables the rows of each source and how many "
    "have a value in each field, of pairs the distribution of each feature, as JSON. Kept of the last published runs.",
)

PAIR_PROFILES = Table(
    "pair_profiles",
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("version", pa.int64(), nullable=False),
            pa.field("feature", pa.string(), nullable=False),
            pa.field("feature_version", pa.int64(), nullable=False),
            pa.field("edges", pa.list_(pa.float64()), nullable=False),
            pa.field("states", pa.list_(pa.string()), nullable=False),
            pa.field("counts", pa.list_(pa.int64()), nullable=False),
            pa.field("missing", pa.int64(), nullable=False),
            pa.field("outside", pa.int64(), nullable=False),
        ]
    ),
    ("run_id", "feature"),
    "How the values of each feature are distributed in the published `version` of pair_features: pairs between two "
    "`edges`, or by state; nulls; values outside the contract.",
)

RUN_MANIFEST = Table(
    "run_manifest",
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("started_at", TIMESTAMP, nullable=False),
            pa.field("ended_at", TIMESTAMP, nullable=False),
            pa.field("outcome", pa.string(), nullable=False),
            pa.field("mode", pa.string(), nullable=False),
            pa.field("settings_hash", pa.string(), nullable=False),
            pa.field("code_version", pa.string(), nullable=False),
            pa.field("fingerprint", pa.string(), nullable=False),
            pa.field("published_version", pa.int64()),
            pa.field("checksum", pa.string()),
            pa.field("error", pa.string()),
            pa.field("details", pa.string(), nullable=False),
        ]
    ),
    ("run_id",),
    "One row a run: what it read, did and published. `outcome` is published, `published, not online` (the load waits "
    "in the outbox), `kept the last version` or failed; `details` is JSON with kind, counts, verdicts, plan, "
    "fallbacks, seconds by stage, versions of tables read and written, of statistics and encoder, and where the report "
    "lies.",
)

OUTBOX = Table(
    "outbox",
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("at", TIMESTAMP, nullable=False),
            pa.field("event", pa.string(), nullable=False),
            pa.field("as_of", TIMESTAMP, nullable=False),
            pa.field("fingerprint", pa.string(), nullable=False),
            pa.field("versions", pa.string(), nullable=False),
            pa.field("why", pa.string()),
        ]
    ),
    ("run_id", "at"),
    "What became of each load of the online store, an event a row: posted before it is tried, failed with the reason, "
    "and at last delivered, superseded by a later load, or overtaken by a newer one. `versions` says, as JSON, which "
    "versions of the online tables are to be loaded.",
)

ALL = (
    RAW_ENTITIES,
    STANDARDISED_ENTITIES,
    TOKEN_STATISTICS,
    SPLIT_POINTS,
    CATALOGUE_VERSIONS,
    ENTITY_FEATURES,
    ONLINE_ENTITIES,
    BLOCKING_INDEX,
    BLOCK_CENSUS,
    PAIR_FEATURES,
    QUARANTINE,
    CORRECTIONS,
    PROFILES,
    PAIR_PROFILES,
    RUN_MANIFEST,
    OUTBOX,
    ERASURES,
    TRAINING_SETS,
)

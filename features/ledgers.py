"""The tables that upkeep goes by: which records were erased, and which versions training sets were taken from."""

from __future__ import annotations

import pyarrow as pa

from features.table import Table

ERASURES = Table(
    "erasures",
    pa.schema(
        [
            pa.field("id_hash", pa.string(), nullable=False),
            pa.field("secret", pa.string(), nullable=False),
            pa.field("run_id", pa.string(), nullable=False),
        ]
    ),
    ("id_hash",),
    "Records that were erased and stay away, each by the hash of its entity id; `secret` is the check value of the "
    "secret that it was hashed with, empty without one, `run_id` the erasure.",
)

TRAINING_SETS = Table(
    "training_sets",
    pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("table", pa.string(), nullable=False),
            pa.field("version", pa.int64(), nullable=False),
            pa.field("path", pa.string()),
        ]
    ),
    ("name", "table", "version"),
    "Versions of tables that training sets were taken from: maintenance keeps them. Whoever stores a training set adds "
    "a row for each version it read; maintenance takes away the rows of sets that are gone from the lake. `path` is "
    "where the set lies, relative to the lake where it is in it; null where it was handed out and is not kept.",
)

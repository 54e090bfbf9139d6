"""Which rules bring a pair: the set of rules whose keys its two records share, packed into bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray, member
from features.kernel.prune import Prune
from features.kernel.records import rule_of
from features.kernel.refine import Keys

COUNTED = pa.schema([pa.field("rules", pa.binary()), pa.field("likely", pa.bool_()), pa.field("pairs", pa.int64())])
"""Published pairs by the set of rules that bring them (see `packed`) and whether they reach the floors."""

JUDGED = pa.schema(
    [
        pa.field("id_l", pa.string()),
        pa.field("id_r", pa.string()),
        pa.field("rules", pa.binary()),
        pa.field("dropped", pa.binary()),
        pa.field("status", pa.string()),
    ]
)
"""True pairs: rules that share a key in force, rules that share a key the plan dropped, and what became of the pair."""

FOUND, NO_KEY, KEY_DROPPED, LEFT_OUT = "found", "no_shared_key", "key_dropped", "left_out"
STATUS = {
    FOUND: "published",
    NO_KEY: "the two records share no blocking key",
    KEY_DROPPED: "they share keys, all of which the plan dropped because they make too many pairs",
    LEFT_OUT: "they share a key in force, and the pair was pruned or turned away by the gate",
}


def count_batch(batch: pa.RecordBatch, rules: int, dropped: Keys, likely: Prune | None) -> pa.RecordBatch:
    """Published pairs with keys_l, keys_r and the columns of the floors → COUNTED."""
    shared, _ = shared_rules(batch.column("keys_l"), batch.column("keys_r"), rules, dropped)
    none = np.zeros(len(shared), dtype=bool)
    alike = likely.reaches_all([batch.column(f.name) for f in likely.features]) if likely else none
    pairs = pa.table({"rules": packed(shared), "likely": alike})
    counted = pairs.group_by(["rules", "likely"]).aggregate([([], "count_all")])
    columns = [counted[name].combine_chunks() for name in ("rules", "likely", "count_all")]
    return pa.RecordBatch.from_arrays(columns, schema=COUNTED)


def judge_batch(batch: pa.RecordBatch, rules: int, dropped: Keys) -> pa.RecordBatch:
    """True pairs with keys_l, keys_r and `published` → JUDGED."""
    shared, lost = shared_rules(batch.column("keys_l"), batch.column("keys_r"), rules, dropped)
    published = batch.column("published").to_numpy(zero_copy_only=False)
    status = np.select([published, shared.any(axis=1), lost.any(axis=1)], [FOUND, LEFT_OUT, KEY_DROPPED], NO_KEY)
    ids = [batch.column("id_l"), batch.column("id_r")]
    columns = [*ids, packed(shared), packed(lost), pa.array(status.tolist(), pa.string())]
    return pa.RecordBatch.from_arrays(columns, schema=JUDGED)


def shared_rules(left: pa.ListArray, right: pa.ListArray, rules: int, dropped: Keys) -> tuple[BoolArray, BoolArray]:
    """By pair and rule, whether its records share a key in force, and whether one that was dropped.

    The records of pair n carry the distinct keys `left[n]` and `right[n]`; `dropped` is ascending.
    """
    keys, pair = _shared_keys(left, right)
    gone = member(keys, dropped)[0]
    in_force, lost = (np.zeros((len(left), rules), dtype=bool) for _ in range(2))
    in_force[pair[~gone], rule_of(keys[~gone])] = True
    lost[pair[gone], rule_of(keys[gone])] = True
    return in_force, lost


def packed(rules: BoolArray) -> pa.Array:
    """Rows of a boolean matrix as bytes, the first rule in the lowest bit."""
    bits = np.packbits(rules, axis=1, bitorder="little")
    return pa.array([row.tobytes() for row in bits], pa.binary())


def unpacked(sets: Sequence[bytes], rules: int) -> BoolArray:
    """What `packed` packed."""
    bits = np.frombuffer(b"".join(sets), dtype=np.uint8).reshape(len(sets), -(-rules // 8))
    return np.unpackbits(bits, axis=1, count=rules, bitorder="little").astype(bool)


def _shared_keys(left: pa.ListArray, right: pa.ListArray) -> tuple[Keys, IntArray]:
    """Every key that both records of a pair carry, and the pair's number."""
    pairs = max(len(left), 1)
    rows = [np.asarray(pc.list_parent_indices(side).to_numpy(), dtype=np.int64) for side in (left, right)]
    encoded = pa.concat_arrays([pc.list_flatten(side) for side in (left, right)]).dictionary_encode()
    codes = np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
    first = codes[: len(rows[0])] * pairs + rows[0]
    second = codes[len(rows[0]) :] * pairs + rows[1]
    key, pair = np.divmod(np.intersect1d(first, second, assume_unique=True), pairs)
    return np.asarray(encoded.dictionary.to_numpy(), dtype=np.int64)[key], pair

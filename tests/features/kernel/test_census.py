"""The census in parts, put together, is a plain count of every key that makes a pair."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.census import carried_keys, count_keys
from features.kernel.records import RULE_BITS
from features.tables import BLOCK_CENSUS

RULES = pa.array(["first", "second"])

key = st.builds(lambda rule, number: rule << RULE_BITS | number, st.integers(0, 1), st.integers(0, 6))
records = st.lists(st.tuples(st.lists(key, unique=True, max_size=4).map(sorted), st.booleans()), max_size=30)


@given(records, st.booleans(), st.sampled_from([1, 3]))
def test_every_key_that_makes_a_pair_is_counted_in_one_part(
    found: list[tuple[list[int], bool]], linking: bool, parts: int
) -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "keys": pa.array([keys for keys, _ in found], pa.list_(pa.int64())),
            "side": pa.array(["right" if right and linking else "left" for _, right in found], pa.string()),
        }
    )
    carried: dict[int, list[pa.RecordBatch]] = {part: [] for part in range(parts)}
    for half in (batch.slice(0, 10), batch.slice(10)):
        for part, keys in carried_keys(half, parts):
            carried[part].append(keys)
    rows = [row for part in carried.values() for row in count_keys(part, RULES, linking=linking).to_pylist()]
    counts = Counter((one, right and linking) for keys, right in found for one in keys)
    wanted = []
    for one in {of for of, _ in counts}:
        left, right = counts[one, False], counts[one, True]
        pairs = left * right if linking else left * (left - 1) // 2
        if pairs:
            rule = RULES[one >> RULE_BITS].as_py()
            wanted.append({"key": one, "rule": rule, "left": left, "right": right, "pairs": pairs})
    assert sorted(rows, key=lambda row: row["key"]) == sorted(wanted, key=lambda row: row["key"])


@pytest.mark.parametrize("linking", [False, True])
def test_a_part_without_keys_is_an_empty_one(linking: bool) -> None:
    counted = count_keys([], RULES, linking=linking)
    assert (counted.schema, counted.num_rows) == (BLOCK_CENSUS.schema, 0)

"""The erasure list applied to rows of sources, in the JVM: one hash a row, and only where something was erased."""

from __future__ import annotations

from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from features.erasures import Erasures, IdHash

LEFT_OUT = "erased records left out"
"""What the manifest calls the number of rows that an erasure keeps away."""


def is_erased(erasures: Erasures) -> Column:
    """Whether a row's `entity_id` is on the list; false for a row without an id."""
    listed = [_hashed(way).isin(sorted(hashes)) for way, hashes in erasures.hashes.items()]
    return F.coalesce(reduce(or_, listed), F.lit(False)) if listed else F.lit(False)


def _hashed(way: IdHash) -> Column:
    before, outer = way.padded
    inner = F.sha2(F.concat(F.lit(before), F.col("entity_id").cast("binary")), 256)
    return F.sha2(F.concat(F.lit(outer), F.unhex(inner)), 256) if outer else inner

"""The erasure list applied to rows of sources, in the JVM: one hash a row, and only where something was erased."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from features.erasures import Erasures, IdHash

LEFT_OUT = "erased records left out"
"""What the manifest calls the number of rows that an erasure keeps away."""


def is_erased(erasures: Erasures, entity_id: Column | str = "entity_id") -> Column:
    """Whether a row's entity id is on the list; false for a row without an id."""
    given = F.col(entity_id) if isinstance(entity_id, str) else entity_id
    listed = [_hashed(way, given).isin(sorted(hashes)) for way, hashes in erasures.hashes.items()]
    return F.coalesce(reduce(or_, listed), F.lit(False)) if listed else F.lit(False)


def is_of_erased(erasures: Erasures, sources: Iterable[str]) -> Column:
    """Whether a label names a record on the list, by its entity id or, where none was found, by its source's own."""
    if not erasures:
        return F.lit(False)
    named = []
    for found, given in (("id_l", "given_l"), ("id_r", "given_r")):
        own = [is_erased(erasures, F.concat(F.lit(f"{source}:"), given)) for source in sources]
        named += [is_erased(erasures, found), is_erased(erasures, given)]
        named += [F.col(found).isNull() & listed for listed in own]
    return reduce(or_, named)


def _hashed(way: IdHash, entity_id: Column) -> Column:
    before, outer = way.padded
    inner = F.sha2(F.concat(F.lit(before), entity_id.cast("binary")), 256)
    return F.sha2(F.concat(F.lit(outer), F.unhex(inner)), 256) if outer else inner

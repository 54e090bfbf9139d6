"""What stands in a lake, looked at before a run writes to it: a run that could not end well does not begin."""

from __future__ import annotations

from datetime import datetime

from features import tables
from features.lake import Lake, LakeError


def refuse_unsound(lake: Lake, as_of: datetime) -> None:
    """LakeError when a table's log cannot be read, or the lake holds what was made after `as_of`.

    Rows carry the time of their run: a run whose clock went back would publish rows that look older than those before.
    """
    for table in tables.ALL:
        if lake.exists(table):
            lake.opened(table)
    for table in (tables.ENTITY_FEATURES, tables.PAIR_FEATURES):
        stands = lake.last_commit(table)["metadata"].get("as_of") if lake.exists(table) else None
        if stands and datetime.fromisoformat(stands) > as_of:
            raise LakeError(
                f"{table.name} under {lake.root} is as of {stands}, and this machine's clock says "
                f"{as_of.isoformat()}, which is earlier: the clock went back. Set it right, or wait until it has "
                "passed that time; nothing was published"
            )

"""Why a pair looks as it does, from the records of a lake. No Spark."""

from __future__ import annotations

import pyarrow as pa

from features import catalogue as catalogues
from features.kernel.explain import Evidence, explain
from features.lake import Lake, LakeError
from features.settings import Settings
from features.tables import ENTITY_FEATURES
from features.versions import as_made


def of_pair(settings: Settings, left: str, right: str, *, reveal: bool) -> list[Evidence]:
    """Evidence of two records of the lake by entity id, whether or not they are a published pair.

    LakeError for a record that is not there, FingerprintError as in `as_made`.
    """
    lake = Lake(settings.lake)
    made_by = lake.last_commit(ENTITY_FEATURES)["metadata"]["fingerprint"]
    catalogue = as_made(lake, catalogues.chosen(settings), made_by)
    sides = [_record(lake, entity_id) for entity_id in (left, right)]
    return explain(sides[0], sides[1], catalogue.pair_features, reveal=reveal)


def _record(lake: Lake, entity_id: str) -> pa.Table:
    rows = lake.rows(ENTITY_FEATURES, entity_id=entity_id)
    if not rows.num_rows:
        raise LakeError(
            f"the lake {lake.root} has no record {entity_id!r}; an entity id is source:id, as in the columns id_l "
            "and id_r of pair_features"
        )
    return rows

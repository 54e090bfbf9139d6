"""How good the blocking is by which a lake's pairs were published.

By Spark: published pairs and a truth table are joined with the keys of both their records, and neither need fit one
machine. What comes to the driver is the census, which every plan holds there, and a row for each set of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import SparkSession

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.kernel.diagnostics import Diagnosis, diagnose
from features.kernel.plan import make_plan
from features.kernel.prune import Prune
from features.kernel.recapture import NEARLY_EQUAL_NAMES, rules_of_names
from features.lake import Lake, LakeError
from features.settings import Settings
from features.spark.diagnose import count_pairs, judge
from features.spark.frames import to_arrow
from features.spark.truth import open_truth
from features.tables import BLOCK_CENSUS, ENTITY_FEATURES, PAIR_FEATURES, RUN_MANIFEST
from features.versions import as_made


def of_lake(settings: Settings, spark: SparkSession, truth: str | None) -> tuple[Diagnosis, dict[str, Any]]:
    """The diagnosis of the pairs in force, with the run they are of.

    `truth` is the path of a table of true pairs; without one that of the settings, if they have one.
    LakeError where records and pairs are not of one run, FingerprintError as in `as_made`.
    """
    lake = Lake(settings.lake)
    commits = {table: lake.last_commit(table) for table in (ENTITY_FEATURES, BLOCK_CENSUS, PAIR_FEATURES)}
    made_by: dict[str, Any] = commits[PAIR_FEATURES]["metadata"]
    _refuse_other_run(lake, {table.name: commit["metadata"].get("run_id") for table, commit in commits.items()})
    refuse_other_mode(lake, settings, made_by["run_id"])
    _refuse_step_down(lake, made_by)
    catalogue = as_made(lake, catalogues.chosen(settings), made_by["fingerprint"])
    floors, group = _declared(settings, catalogue)
    likely = Prune.of(floors, catalogue, "diagnose.likely")
    entities, census, pairs = (lake.read(spark, table, version=commits[table]["version"]) for table in commits)
    blocks, linking, rules = to_arrow(census), settings.linking, len(catalogue.rules)
    plan = make_plan(blocks, catalogue.rules, linking=linking, tile_pairs=settings.blocking.tile_pairs)
    judged = None
    if truth := truth or settings.blocking.truth:
        given = open_truth(spark, truth)
        judged = judge(given, pairs, entities, rules, plan.dropped, linking=linking)
    counted = count_pairs(pairs, entities, rules, plan.dropped, likely)
    sides = {row["side"]: row["count"] for row in entities.groupBy("side").count().collect()}
    records = {side: sides.get(side, 0) for side in ("left", "right")}
    return diagnose(plan, blocks, counted, records, floors, group, judged), made_by


def _declared(settings: Settings, catalogue: Catalogue) -> tuple[Mapping[str, float | str], tuple[str, ...]]:
    """What the settings call a likely match, and their first group of rules; where they do not say, ours."""
    said = settings.diagnose
    computed = {feature.name for feature in catalogue.pair_features}
    ours = NEARLY_EQUAL_NAMES if computed.issuperset(NEARLY_EQUAL_NAMES) else {}
    group = None if said.group is None else tuple(catalogue.rule(name).name for name in said.group)
    return ours if said.likely is None else said.likely, rules_of_names(catalogue) if group is None else group


def _refuse_other_run(lake: Lake, runs: Mapping[str, str | None]) -> None:
    if len(set(runs.values())) > 1:
        found = ", ".join(f"{table} of {run or 'no run'}" for table, run in runs.items())
        raise LakeError(
            f"the tables of {lake.root} are not of one run ({found}): a later run did not publish, or is at work. "
            "Diagnose after a run that publishes"
        )


def refuse_other_mode(lake: Lake, settings: Settings, run_id: str) -> None:
    """LakeError where a run published with another mode than the settings say."""
    modes = lake.rows(RUN_MANIFEST, run_id=run_id)["mode"].to_pylist() if lake.exists(RUN_MANIFEST) else []
    if modes and modes[0] != settings.mode:
        raise LakeError(
            f"the pairs in {lake.root} were published with mode {modes[0]!r}, the settings say {settings.mode!r}; "
            "use the settings of that run"
        )


def _refuse_step_down(lake: Lake, made_by: Mapping[str, Any]) -> None:
    """A plan that stepped down compares by other keys than the records carry."""
    if made_by.get("ladder"):
        raise LakeError(
            f"the plan by which the pairs in {lake.root} were published stepped down to keep its budget, so the "
            "records' keys do not say which rules brought a pair. Raise [blocking] pair_budget, or leave rules out, "
            "and run again; `pairlake runs` shows what was given up"
        )

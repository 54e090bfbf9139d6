"""Everything that is measured of one set, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.quality_baselines import best_string, nearest_names, trigram_cosine
from benchmarks.quality_blend import blended
from benchmarks.quality_candidates import Candidates, candidates
from benchmarks.quality_figures import Judge
from benchmarks.quality_folds import Groups, clusters, make_folds
from benchmarks.quality_models import Evidence, boosted, importances, logistic
from benchmarks.quality_sets import LabelledSet
from features.catalogue import Catalogue
from features.kernel.intervals import wilson

BOOSTED, LOGISTIC, BLENDED, STRING, COSINE = "boosted", "logistic", "blended", "best string", "3-gram cosine"

_CODE = np.array([1 << 32, 1])
"""Makes one number of the two of a pair."""

Measured = dict[str, Any]


def measure(
    labelled: LabelledSet, catalogue: Catalogue, groups: Groups, *, importance: bool, say: Callable[[str], None]
) -> Measured:
    """Blocking, models, baselines and families of one set. The same input gives the same figures.

    One thread: sums of floating-point numbers would depend on how many there are.
    """
    with threadpool_limits(limits=1):
        say("candidates")
        found = candidates(labelled.raw, catalogue, linking=labelled.linking)
        entity = clusters(len(labelled.ids), labelled.truth)
        folds = make_folds(found.left, found.right, entity, labelled.truth, groups)
        match = found.are(labelled.truth)
        judge = Judge(found.left, found.right, match, len(labelled.truth), folds, labelled.single)
        measured = _facts(labelled, entity) | {"blocking": _blocking(labelled, found)}
        return measured | _rankings(found, judge, importance=importance, say=say)


def _rankings(found: Candidates, judge: Judge, *, importance: bool, say: Callable[[str], None]) -> Measured:
    """Figures of every ranking, what Pairlake's features add to the best string, and what each family adds."""
    evidence = Evidence.of(found)
    say("baselines")
    scorer, string = best_string(found, judge.match, judge.truth)
    scores = {STRING: string, COSINE: trigram_cosine(found)}
    say("models")
    scores |= {m.__name__: m(evidence, judge.match, judge.folds) for m in (boosted, logistic)}
    scores[BLENDED] = blended(scores[BOOSTED], scores[LOGISTIC], judge.match, judge.folds)
    figures = {name: judge.figures(scores[name]).as_dict() for name in (BOOSTED, LOGISTIC, BLENDED, STRING, COSINE)}
    say("families")
    measured: Measured = {
        "scorer": scorer,
        "figures": figures,
        "features": len(evidence.features),
        "families": _families(evidence, judge, figures[BOOSTED]),
    }
    if importance:
        say("importance")
        measured["importance"] = importances(evidence, judge.match, judge.folds)
    return measured


def _families(evidence: Evidence, judge: Judge, whole: dict[str, float | None]) -> Measured:
    """For each family: its features, and what F1 and average precision of the boosted model lose without it."""
    families = {}
    for family in evidence.families:
        rest = evidence.without(family)
        scores = boosted(rest, judge.match, judge.folds)
        families[family] = {
            "features": len(evidence.features) - len(rest.features),
            "f1": (whole["f1"] or 0.0) - judge.f1(scores),
            "average_precision": (whole["average_precision"] or 0.0) - judge.average_precision(scores),
        }
    return families


def _facts(labelled: LabelledSet, entity: np.ndarray) -> Measured:
    sizes = np.bincount(entity)
    return {
        "set": labelled.name,
        "linking": labelled.linking,
        "records": {side.name: side.records for side in labelled.sides},
        "true_pairs": len(labelled.truth),
        "matched_entities": int((sizes > 1).sum()),
        "largest_entity": int(sizes.max()),
        "single": list(labelled.single),
        "columns": {side.name: {field: list(names) for field, names in side.fields.items()} for side in labelled.sides},
        "not_read": {side.name: list(side.unread) for side in labelled.sides},
    }


def _baseline(labelled: LabelledSet, found: Candidates) -> Measured:
    """What the usual way to candidates finds, and how many it takes."""
    pairs = nearest_names(found.written, labelled.left, labelled.right)
    hits = int(np.isin(labelled.truth @ _CODE, pairs @ _CODE).sum())
    return {
        "candidates": len(pairs),
        "per_left_record": len(pairs) / len(labelled.left),
        "pair_completeness": hits / len(labelled.truth),
    }


def _blocking(labelled: LabelledSet, found: Candidates) -> Measured:
    held = found.hold(labelled.truth)
    match = found.are(labelled.truth)
    hits, truth = int(held.sum()), len(labelled.truth)
    records = len(labelled.ids)
    rules = [
        {
            "rule": rule.rule,
            "candidates": int((found.rule == place).sum()),
            "true_pairs": int((match & (found.rule == place)).sum()),
            "dropped_blocks": rule.dropped_blocks,
            "alone": int((found.only == place).sum()),
            "true_alone": int((match & (found.only == place)).sum()),
        }
        for place, rule in enumerate(found.rules)
    ]
    return {
        "candidates": len(found),
        "per_record": len(found) / records,
        "pair_completeness": hits / truth,
        "interval": list(wilson(hits, truth)),
        "per_left_record": len(found) / len(labelled.left),
        "reduction_ratio": 1 - len(found) / max(labelled.comparisons, 1),
        "baseline": _baseline(labelled, found),
        "rules": rules,
        "missed": [[labelled.ids[one], labelled.ids[other]] for one, other in labelled.truth[~held].tolist()],
    }

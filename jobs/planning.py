"""The plan of a run and what it will come to: the census taken down the ladder, with labelled pairs where given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from features.catalogue import Catalogue
from features.kernel.carried import not_carried
from features.kernel.cost import rate
from features.kernel.estimate import Estimate, Union, bounds, counted, estimate
from features.kernel.ladder import Labelled, descend
from features.kernel.plan import Plan
from features.settings import Settings
from features.spark.corpus import SparkCorpus
from features.spark.given import GivenPairs
from features.spark.truth import Known, known_matches

COUNTED_PAIRS = 20_000_000
"""A plan of at most so many pairs is counted for its distinct ones; of a larger one the bounds are given."""


@dataclass(frozen=True)
class Outlook:
    """A plan, its distinct pairs, what it will take, and the labelled matches (given and found) if there are any.

    `not_carried` are the fields, by source, that nothing reads.
    """

    plan: Plan
    union: Union
    estimate: Estimate
    budget: int
    matches: Known | None = None
    found: int | None = None
    not_carried: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Planner:
    """Plans for prepared records, a frame of entity_features."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, entity_features: DataFrame, truth: GivenPairs | None
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.corpus = SparkCorpus(entity_features, catalogue, linking=settings.linking)
        self.matches: Known | None = None
        self.labelled: Labelled | None = None
        if truth:
            self.matches = known_matches(truth, entity_features, linking=settings.linking)
            self.labelled = self.corpus.labelled(self.matches.pairs)

    def plan(self, census: pa.Table) -> Plan:
        """The plan for a census, taken down the ladder as far as the budget asks."""
        blocking, linking = self.settings.blocking, self.settings.linking
        rules, secret = self.catalogue.rules, self.catalogue.keying.secret
        return descend(census, rules, self.corpus, blocking, linking=linking, labelled=self.labelled, secret=secret)

    def outlook(self, plan: Plan) -> Outlook:
        """What the plan will come to; goes over the records to count pairs and measures the features."""
        union = counted(self.corpus.union(plan)) if plan.pairs <= COUNTED_PAIRS else bounds(plan)
        about = estimate(
            plan,
            union,
            record_bytes=self.corpus.record_bytes(),
            pair_microseconds=rate(self.catalogue),
            cores=cores(self.settings),
        )
        found = None if self.labelled is None else self.labelled.found(plan)
        unread = not_carried(self.settings, self.catalogue)
        return Outlook(plan, union, about, self.settings.blocking.pair_budget, self.matches, found, unread)

    def truth(self, plan: Plan) -> dict[str, Any]:
        """What labelled pairs say of a plan, as the manifest of a run holds it; nothing where none are given."""
        if self.labelled is None:
            return {}
        return {"truth": str(self.matches), "labelled": len(self.labelled), "found": self.labelled.found(plan)}


def manifest(plan: Plan, budget: int) -> dict[str, Any]:
    """A plan as the manifest of a run holds it."""
    return {
        "pairs": plan.pairs,
        "blocks": plan.blocks,
        "budget": budget,
        "rows": plan.rows,
        "rules": [asdict(rule) for rule in plan.rules],
        "largest": plan.largest,
        "sizes": [asdict(size) for size in plan.sizes],
        "ladder": [asdict(step) for step in plan.ladder],
    }


def cores(settings: Settings) -> int | None:
    """The cores of a run on this machine; None where the platform decides."""
    local = re.fullmatch(r"local(?:\[(\d+|\*)(?:,\d+)?\])?", settings.spark.master)
    if settings.spark.provided or local is None:
        return None
    number = local.group(1) or "1"
    return os.cpu_count() if number == "*" else int(number)


@contextmanager
def persisted(frame: DataFrame) -> Iterator[DataFrame]:
    """A frame that is gone over several times, kept meanwhile; nothing depends on whether it is."""
    try:
        yield frame.persist()
    finally:
        frame.unpersist()

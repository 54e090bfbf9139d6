"""What a table is held to beside the last published run: how many rows, how far filled, how its features lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from features.declare import PairFeature
from features.gate import ExpectFigureToBeBetween, table_rule
from features.kernel.filled import Filled
from features.kernel.profile import Profile, Stability, stability
from features.sections import Gates, Severity

NOTHING = "nothing to compare with"


@dataclass(frozen=True)
class Sides:
    """The profile of a table now and that of the run `run_id`; where there is none of then, `why_not` says why.

    `others` are sources that were declared otherwise then, and are not compared.
    """

    gates: Gates = field(default_factory=Gates)
    now: Any = None
    before: Any = None
    run_id: str = ""
    why_not: str = ""
    others: frozenset[str] = frozenset()

    @property
    def run(self) -> str:
        """The run, in words."""
        return f"run {self.run_id}" if self.run_id else "the last published run"


@dataclass(frozen=True)
class _Volume:
    """Rows of something now and then; `why_not` where they are not compared."""

    now: int
    before: int
    why_not: str


def of_sources(sides: Sides, sources: Iterable[str]) -> list[Any]:
    """A rule `rows_…` for each source: that it neither lost nor gained too many rows. It stops the table."""
    return [_rows(f"rows_{source}", source, _of_source(sides, source), sides) for source in sources]


def of_fields(sides: Sides, fields: Iterable[str]) -> list[Any]:
    """A rule `nulls_…` for each field: that its share of missing values stays about what it was, in every source."""
    now: Filled = sides.now or Filled()
    enough = [source for source, rows in now.rows.items() if rows >= sides.gates.compare_from]
    return [_nulls(name, [s for s in enough if not _of_source(sides, s).why_not], sides) for name in fields]


def of_pairs(sides: Sides, features: Sequence[PairFeature]) -> list[Any]:
    """A rule `drift_…` for each feature, that its values lie as they did, and one for the number of pairs."""
    now, before = sides.now or Profile(), sides.before or Profile()
    volume = _volume(now.pairs, before.pairs, sides)
    return [
        _rows("rows_lost_or_gained", "pair_features", volume, sides, on_breach="warn"),
        *(_drift(feature.name, volume.why_not, sides) for feature in features),
    ]


def _of_source(sides: Sides, source: str) -> _Volume:
    now, before = sides.now or Filled(), sides.before or Filled()
    volume = _volume(now.rows.get(source, 0), before.rows.get(source, 0), sides)
    return _Volume(volume.now, volume.before, "it was declared otherwise then") if source in sides.others else volume


def _volume(now: int, before: int, sides: Sides) -> _Volume:
    """Two small numbers are not compared; a large one that became small is."""
    few = f"{before:,} rows then, {now:,} now, fewer than [gates] compare_from = {sides.gates.compare_from:,}"
    return _Volume(now, before, sides.why_not or (few if before < sides.gates.compare_from else ""))


def _rows(name: str, what: str, volume: _Volume, sides: Sides, *, on_breach: Severity = "stop") -> Any:
    low, high = 1 - sides.gates.max_rows_lost, 1 + sides.gates.max_rows_gained
    share = None if volume.why_not else volume.now / volume.before
    return table_rule(
        name,
        ExpectFigureToBeBetween,
        f"{low:.0%} to {high:.0%} of the rows that {what!r} had in {sides.run}",
        f"look whether {what!r} is whole; if it is, move [gates] max_rows_lost or max_rows_gained",
        on_breach=on_breach,
        observed=share,
        said=f"{NOTHING}: {volume.why_not}" if share is None else f"{volume.now:,} rows of {volume.before:,}",
        min_value=low,
        max_value=high,
    )


def _nulls(name: str, sources: Sequence[str], sides: Sides) -> Any:
    found = {s: (sides.before.missing_share(s, name), sides.now.missing_share(s, name)) for s in sources}
    moved = {source: abs(now - before) for source, (before, now) in found.items()}
    furthest = max(moved, key=lambda source: moved[source], default=None)
    said = f"{NOTHING}: {sides.why_not or 'no source that had enough rows then has them now'}"
    if furthest is not None:
        then, now = found[furthest]
        said = f"{now:.3f} in {furthest!r}, {then:.3f} then"
    return table_rule(
        f"nulls_{name}",
        ExpectFigureToBeBetween,
        f"the share of rows without {name}, by source, within {sides.gates.max_null_shift:g} of that in {sides.run}",
        "look at the source and at its mapping; if they are right, move [gates] max_null_shift",
        on_breach="warn",
        observed=moved.get(furthest or ""),
        said=said,
        max_value=sides.gates.max_null_shift,
    )


def _drift(name: str, why_not: str, sides: Sides) -> Any:
    found = None if why_not else _stability(name, sides.before, sides.now)
    # What chance alone may come to is no drift, however strict the limit.
    limit = max(sides.gates.max_feature_drift, found.by_chance if found else 0)
    nothing = f"{NOTHING}: {why_not or 'the feature was another one then'}"
    return table_rule(
        f"drift_{name}",
        ExpectFigureToBeBetween,
        f"a population stability index of at most {sides.gates.max_feature_drift:g} against {sides.run}",
        "look at the sources, at what changed in the settings, and at the distribution of this feature in both runs",
        on_breach="warn",
        observed=found.index if found else None,
        said=f"{found.index:.4f}, by chance up to {found.by_chance:.4f}" if found else nothing,
        max_value=limit,
    )


def _stability(name: str, before: Profile, now: Profile) -> Stability | None:
    """None for a feature that one of the two does not have."""
    there = name in before.features and name in now.features
    return stability(before.features[name], now.features[name]) if there else None

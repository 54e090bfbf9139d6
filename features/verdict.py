"""The verdict of a gate: what each rule of a suite came to, and whether the table may be put in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from features.errors import PairlakeError
from features.sections import Severity


@dataclass(frozen=True)
class RuleResult:
    """What one rule of the suite came to."""

    name: str
    on_breach: Severity
    passed: bool
    wanted: str
    observed: str
    remedy: str


@dataclass(frozen=True)
class Verdict:
    """Whether a table may be put in force, and why. Holds names and numbers, never a value of a record.

    `compared_with` is the published run that volumes and distributions were compared with, None where there was none
    or nothing is compared; `docs` is the page of Great Expectations' Data Docs, as a path in the lake.
    """

    table: str
    passed: bool
    rows: int
    rules: tuple[RuleResult, ...]
    quarantined: int
    reasons: Mapping[str, int]
    compared_with: str | None = None
    docs: str | None = None

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The rules that do not hold and may not be passed over."""
        return tuple(rule for rule in self.rules if not rule.passed and rule.on_breach != "warn")

    @property
    def warnings(self) -> tuple[RuleResult, ...]:
        """The rules that do not hold and stop nothing."""
        return tuple(rule for rule in self.rules if not rule.passed and rule.on_breach == "warn")

    @property
    def mended_by_split(self) -> bool:
        """Whether only row rules are broken, so that a split would leave a table that passes them."""
        return not self.passed and all(rule.on_breach == "quarantine" for rule in self.broken)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON holds it."""
        return {**asdict(self), "rules": [asdict(rule) for rule in self.rules], "reasons": dict(self.reasons)}

    def __str__(self) -> str:
        """One sentence for people."""
        counts = f"{self.rows:,} rows, {len(self.rules)} rules"
        if self.quarantined:
            reasons = ", ".join(f"{name} {count:,}" for name, count in self.reasons.items())
            counts += f", {self.quarantined:,} rows quarantined ({reasons})"
        if self.warnings:
            counts += f", {len(self.warnings)} warnings ({', '.join(rule.name for rule in self.warnings)})"
        if self.passed:
            return f"{self.table} passed its gate: {counts}"
        return f"{self.table} did not pass its gate: {', '.join(r.name for r in self.broken)} ({counts})"


class GateFailedError(PairlakeError):
    """A table was stopped at its gate; what was in force before it stays in force."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        broken = "; ".join(
            f"{rule.name}: found {rule.observed}, wanted {rule.wanted}; {rule.remedy}" for rule in verdict.broken
        )
        super().__init__(f"{verdict}. {broken}. The last good version stays in force")

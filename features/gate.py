"""The gate: one suite of expectations splits a table's rows and decides whether the table may be published.

A row rule sends the rows that break it to quarantine, a table rule stops the table. `split` compiles the
suite's row rules into one column of reasons; `audit` has Great Expectations judge what was written. Both
read the same suite, and its null means the same in both: a missing value breaks only a rule that asks for it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Literal

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.expectations.row_conditions import RowConditionType
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.declare import DeclarationError
from features.errors import PairlakeError
from features.sections import nearest

REASONS = "reasons"
"""Column that `split` adds: names of the row rules a row breaks, empty for a good row."""

OnBreach = Literal["quarantine", "stop"]

_ROW_RULE_REMEDY = "split the table with gate.split first, so that such rows go to quarantine"


class RowsBreaking(TableMetricProvider):
    """Great Expectations' metric behind ExpectRowsToSatisfy: rows in which a condition does not hold."""

    metric_name = "rows.breaking"
    value_keys = ("condition",)

    @metric_partial(
        engine=SparkDFExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,  # counted in one pass with all other rules
        domain_type=MetricDomainTypes.TABLE,
    )
    def _spark(
        cls,  # noqa: N805  Great Expectations makes it a class method
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> tuple[Column, dict[str, Any], dict[str, Any]]:
        breach = F.when(~_satisfied(metric_value_kwargs["condition"]), 1)
        return F.count(breach), metric_domain_kwargs, {}


class ExpectRowsToSatisfy(BatchExpectation):
    """Expect a Spark SQL condition over several columns to hold in every row; null holds, as in CHECK."""

    column_list: list[str]
    condition: str
    mostly: float = 1.0
    row_condition: RowConditionType = None
    condition_parser: Literal["spark"] | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count", "rows.breaking")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "row_condition", "condition_parser")
    success_keys: ClassVar[tuple[str, ...]] = ("condition", "mostly")

    def _validate(self, metrics: dict[str, int], *_: Any, **__: Any) -> dict[str, Any]:
        rows, breaking = metrics["table.row_count"], metrics["rows.breaking"]
        return {
            "success": rows - breaking >= rows * self.mostly,
            "result": {"element_count": rows, "unexpected_count": breaking},
        }


def row_rule(name: str, kind: type[Any], wanted: str, **options: Any) -> Any:
    """A rule about single rows: those that break it go to quarantine under its name."""
    meta = {"rule": name, "on_breach": "quarantine", "remedy": _ROW_RULE_REMEDY}
    return kind(meta=meta, description=wanted, severity="warning", **options)


def table_rule(name: str, kind: type[Any], wanted: str, remedy: str, **options: Any) -> Any:
    """A rule about the whole table: a breach stops it. `quarantined`, `checked` and `all` are GX parameters."""
    meta = {"rule": name, "on_breach": "stop", "remedy": remedy}
    return kind(meta=meta, description=wanted, severity="critical", **options)


@dataclass(frozen=True)
class RuleResult:
    """What one rule of the suite came to."""

    name: str
    on_breach: OnBreach
    passed: bool
    wanted: str
    observed: str
    remedy: str


@dataclass(frozen=True)
class Verdict:
    """Whether a table may be put in force, and why. Holds names and numbers, never a value of a record."""

    table: str
    passed: bool
    rows: int
    rules: tuple[RuleResult, ...]
    quarantined: int
    reasons: Mapping[str, int]

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The rules that do not hold."""
        return tuple(rule for rule in self.rules if not rule.passed)

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


def split(frame: DataFrame, suite: gx.ExpectationSuite) -> DataFrame:
    """The frame with `reasons`, the names of the row rules that each row breaks, found in one pass."""
    breaches = {}
    for rule in _row_rules(suite):
        absent = _absent(rule, frame.columns)
        if absent:
            raise DeclarationError(f"{_of(rule, suite)} {absent}{nearest(absent.split()[-1], frame.columns)}")
        breaches[rule.meta["rule"]] = _breach(rule, suite)
    none = F.array().cast("array<string>")
    if not breaches:
        return frame.withColumn(REASONS, none)
    found = F.array_compact(F.array(*(F.when(breach, F.lit(name)) for name, breach in breaches.items())))
    # Nearly every row is good: asking once whether any rule is broken is cheaper than an array for each row.
    return frame.withColumn(REASONS, F.when(reduce(or_, breaches.values()), found).otherwise(none))


def audit(
    frame: DataFrame, suite: gx.ExpectationSuite, *, table: str, turned_away: DataFrame | None = None, beside: int = 0
) -> Verdict:
    """The verdict on what was written; `turned_away` are the rows that a split sent to quarantine.

    `beside` is the number of rows that the table holds besides, so that shares are shares of the whole.
    """
    for rule in _row_rules(suite):
        _breach(rule, suite)
    quarantined, reasons = _counted(turned_away)
    rows = frame.count()
    checked = rows + quarantined
    parameters = {"quarantined": quarantined, "checked": checked, "all": checked + beside}
    observed = {rule.meta["rule"]: _absent(rule, frame.columns) for rule in suite.expectations}
    observed |= _judged(frame, [r for r in suite.expectations if not observed[r.meta["rule"]]], parameters)
    results = tuple(
        RuleResult(
            name=rule.meta["rule"],
            on_breach=rule.meta["on_breach"],
            passed=not observed[rule.meta["rule"]],
            wanted=rule.description,
            observed=observed[rule.meta["rule"]] or "no breach",
            remedy=rule.meta["remedy"],
        )
        for rule in suite.expectations
    )
    return Verdict(table, all(r.passed for r in results), rows, results, quarantined, reasons)


def _counted(turned_away: DataFrame | None) -> tuple[int, dict[str, int]]:
    """Rows turned away, and how many of them for each reason."""
    if turned_away is None:
        return 0, {}
    counts: dict[str, int] = {}
    rows = turned_away.groupBy(REASONS).agg(F.count(F.lit(1)).alias("rows")).collect()
    for row in rows:
        for reason in row[REASONS]:
            counts[reason] = counts.get(reason, 0) + row["rows"]
    return sum(row["rows"] for row in rows), dict(sorted(counts.items()))


# --- the verdict of Great Expectations ---


def _judged(frame: DataFrame, rules: Sequence[Any], parameters: Mapping[str, int]) -> dict[str, str]:
    """What was found, in words, for every rule that is broken.

    BOOLEAN_ONLY decides: it collects no value and bundles the rules into few Spark jobs. Only what failed
    is counted in a second pass, which collects no value either.
    """
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    # persist would cache the table in Spark and never let it go.
    source = context.data_sources.add_spark("spark", persist=False)
    asset = source.add_dataframe_asset(name="table").add_batch_definition_whole_dataframe("whole")
    batch = asset.get_batch({"dataframe": frame})
    counting = {"result_format": "BASIC", "partial_unexpected_count": 0}
    found: dict[str, str] = {}
    for result_format in ("BOOLEAN_ONLY", counting):
        if not rules:
            break
        suite = gx.ExpectationSuite(name="rules", expectations=rules)
        judged = batch.validate(suite, result_format=result_format, expectation_parameters=dict(parameters))
        broken = {r.expectation_config.meta["rule"]: r for r in judged.results if not r.success}
        found |= {name: _in_words(result, parameters["quarantined"]) for name, result in broken.items()}
        rules = [rule for rule in rules if rule.meta["rule"] in broken]
    return found


def _in_words(result: Any, quarantined: int) -> str:
    """What Great Expectations found, in numbers: its own messages may quote a record's values."""
    numbers = result.result
    if "unexpected_count" in numbers:
        return f"{numbers['unexpected_count']:,} of {numbers['element_count']:,} rows that break it"
    if "observed_value" in numbers:
        kept = f"{numbers['observed_value']:,} rows"
        return f"{kept} and {quarantined:,} quarantined" if quarantined else kept
    code = re.search(r"\[([A-Z][A-Z_.0-9]+)\]", str(result.exception_info))
    return f"that it cannot be checked ({code.group(1) if code else 'look at the types of its columns'})"


def _absent(rule: Any, columns: Iterable[str]) -> str:
    """`no column x` for the first column the rule reads that is not there."""
    options = rule.configuration.kwargs
    wanted = options.get("column_list") or ([options["column"]] if "column" in options else [])
    return next((f"no column {name}" for name in wanted if name not in columns), "")


# --- row rules as Spark columns ---


def _row_rules(suite: gx.ExpectationSuite) -> list[Any]:
    """The suite's row rules. DeclarationError for a rule without a name, an action, or a name of its own."""
    seen: set[str] = set()
    for rule in suite.expectations:
        meta = rule.meta or {}
        if not meta.get("rule") or meta.get("on_breach") not in ("quarantine", "stop"):
            raise DeclarationError(
                f"{type(rule).__name__} in the suite {suite.name!r} does not say its rule and what a breach "
                "does; declare it with gate.row_rule or gate.table_rule"
            )
        if meta["rule"] in seen:
            raise DeclarationError(f"the suite {suite.name!r} has two rules called {meta['rule']!r}")
        seen.add(meta["rule"])
    return [rule for rule in suite.expectations if rule.meta["on_breach"] == "quarantine"]


def _breach(rule: Any, suite: gx.ExpectationSuite) -> Column:
    """True in the rows that break the rule, false in all others, never null."""
    compiled = _COMPILERS.get(type(rule))
    if compiled is None:
        known = ", ".join(kind.__name__ for kind in _COMPILERS)
        raise DeclarationError(
            f"{_of(rule, suite)} {type(rule).__name__}, which a row rule cannot be; wanted one of {known}"
        )
    options = rule.configuration.kwargs
    unknown = [name for name in options if name not in inspect.signature(compiled).parameters]
    if unknown:
        raise DeclarationError(
            f"{_of(rule, suite)} the option {unknown[0]!r} of {type(rule).__name__}, which a row rule cannot "
            "have: it holds in every single row"
        )
    return F.coalesce(compiled(**options), F.lit(False))


def _of(rule: Any, suite: gx.ExpectationSuite) -> str:
    return f"the rule {rule.meta['rule']!r} of the suite {suite.name!r} has"


def _satisfied(condition: str) -> Column:
    return F.coalesce(F.expr(condition), F.lit(True))


def _between(column: str, min_value: float | None = None, max_value: float | None = None) -> Column:
    low = F.lit(True) if min_value is None else F.col(column) >= F.lit(min_value)
    high = F.lit(True) if max_value is None else F.col(column) <= F.lit(max_value)
    return ~(low & high)


def _unique(column: str) -> Column:
    copies = F.count(F.lit(1)).over(Window.partitionBy(column))
    return F.col(column).isNotNull() & (copies > 1)


_COMPILERS: dict[type[Any], Callable[..., Column]] = {
    gxe.ExpectColumnValuesToNotBeNull: lambda column: F.col(column).isNull(),
    gxe.ExpectColumnValuesToBeNull: lambda column: F.col(column).isNotNull(),
    gxe.ExpectColumnValuesToBeBetween: _between,
    gxe.ExpectColumnValuesToBeInSet: lambda column, value_set: ~F.col(column).isin(list(value_set)),
    gxe.ExpectColumnValuesToMatchRegex: lambda column, regex: ~F.col(column).rlike(regex),
    gxe.ExpectColumnValuesToBeUnique: _unique,
    ExpectRowsToSatisfy: lambda column_list, condition: ~_satisfied(condition),
}
"""The expectations a row rule can be, each as the Spark column that is true where it is broken."""

"""Rules of a gate, as expectations of Great Expectations: those it lacks, their names, and what a breach does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import great_expectations as gx
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.expectations.row_conditions import RowConditionType
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.declare import DeclarationError
from features.sections import Severity

_ROW_RULE_REMEDY = "split the table with gate.split first, so that such rows go to quarantine"
_WEIGHT: Mapping[Severity, str] = {"warn": "info", "quarantine": "warning", "stop": "critical"}
"""What Great Expectations calls it."""


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
        breach = F.when(~satisfied(metric_value_kwargs["condition"]), 1)
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


class RowsAlike(TableMetricProvider):
    """Great Expectations' metric behind ExpectRowsToBeDistinct: rows whose values another row has too."""

    metric_name = "rows.alike"
    value_keys = ("column_list",)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805  Great Expectations makes it a class method
        execution_engine: SparkDFExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> int:
        frame, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE)
        return alike(frame, metric_value_kwargs["column_list"])


class ExpectRowsToBeDistinct(BatchExpectation):
    """Expect no two rows to have the same values in the columns, null being one.

    Great Expectations' own ExpectCompoundColumnsToBeUnique sorts all rows by these values, which took four fifths of
    the gate's time on 20 M pairs.
    """

    column_list: list[str]

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count", "rows.alike")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    success_keys: ClassVar[tuple[str, ...]] = ("column_list",)

    def _validate(self, metrics: dict[str, int], *_: Any, **__: Any) -> dict[str, Any]:
        breaking = metrics["rows.alike"]
        result = {"element_count": metrics["table.row_count"], "unexpected_count": breaking}
        return {"success": not breaking, "result": result}


class ExpectFigureToBeBetween(BatchExpectation):
    """Expect a figure that was taken beside Great Expectations to lie within limits; one not taken (None) does.

    `said` is the figure in words.
    """

    observed: float | None = None
    said: str = ""
    min_value: float | None = None
    max_value: float | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ()
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    success_keys: ClassVar[tuple[str, ...]] = ("observed", "min_value", "max_value")

    def _validate(self, *_: Any, **__: Any) -> dict[str, Any]:
        low, high, found = self.min_value, self.max_value, self.observed
        within = found is None or ((low is None or found >= low) and (high is None or found <= high))
        return {"success": within, "result": {"observed_value": self.said}}


def alike(frame: DataFrame, columns: Sequence[str]) -> int:
    """Rows whose values in the columns another row has too.

    Only rows of one 64-bit hash are compared, of which there are mostly none: to bring numbers together costs a
    fraction of what the values do.
    """
    hashed = frame.select(*columns, F.xxhash64(*columns).alias("hash"))
    shared = hashed.groupBy("hash").agg(F.count(F.lit(1)).alias("rows")).where("rows > 1").select("hash")
    if shared.isEmpty():
        return 0
    groups = hashed.join(shared, "hash", "left_semi").groupBy(*columns).agg(F.count(F.lit(1)).alias("rows"))
    return int(groups.where("rows > 1").agg(F.sum("rows")).collect()[0][0] or 0)


def satisfied(condition: str) -> Column:
    """A Spark SQL condition as a column, true where it is null."""
    return F.coalesce(F.expr(condition), F.lit(True))


def row_rule(name: str, kind: type[Any], wanted: str, *, firm: bool = False, **options: Any) -> Any:
    """A rule about single rows: those that break it go to quarantine under its name.

    A `firm` one may not be weakened: what comes after relies on it.
    """
    return _rule(name, kind, wanted, "quarantine", remedy=_ROW_RULE_REMEDY, of="row", firm=firm, **options)


def table_rule(
    name: str,
    kind: type[Any],
    wanted: str,
    remedy: str,
    *,
    firm: bool = False,
    on_breach: Severity = "stop",
    **options: Any,
) -> Any:
    """A rule about the whole table: a breach stops it. `quarantined`, `checked` and `all` are GX parameters."""
    return _rule(name, kind, wanted, on_breach, remedy=remedy, of="table", firm=firm, **options)


def _rule(name: str, kind: type[Any], wanted: str, on_breach: Severity, **given: Any) -> Any:
    about = {key: given.pop(key) for key in ("remedy", "of", "firm")}
    meta = {"rule": name, "on_breach": on_breach, **about}
    return kind(meta=meta, description=wanted, severity=_WEIGHT[on_breach], **given)


def suite_of(name: str, rules: Iterable[Any], severity: Mapping[str, Severity]) -> gx.ExpectationSuite:
    """The suite of a table, a breach of whose rules does what `severity` says of them by name.

    DeclarationError for one that a rule cannot have.
    """
    return gx.ExpectationSuite(name=name, expectations=[_with(rule, severity) for rule in rules])


def _with(rule: Any, severity: Mapping[str, Severity]) -> Any:
    wanted = severity.get(rule.meta["rule"])
    if wanted is None or wanted == rule.meta["on_breach"]:
        return rule
    named = f"[gates.severity] {rule.meta['rule']} is {wanted!r}, "
    if rule.meta["of"] == "table" and wanted == "quarantine":
        raise DeclarationError(f"{named}but it is a rule about the whole table; wanted 'warn' or 'stop'")
    if rule.meta["firm"] and wanted == "warn":
        raise DeclarationError(
            f"{named}but what comes after relies on {rule.description}; it stays {rule.meta['on_breach']!r}"
            + (", or may be 'stop'" if rule.meta["of"] == "row" else "")
        )
    rule.meta = {**rule.meta, "on_breach": wanted}
    rule.severity = _WEIGHT[wanted]
    return rule

"""The gate: one suite of expectations splits a table's rows and decides whether the table may be published.

A row rule sends the rows that break it to quarantine, a table rule stops the table; either may be set to warn, which is
noted and stops nothing, and a row rule to stop the table too. `split` compiles the suite's row rules into one column of
reasons; `audit` has Great Expectations judge what was written. Both read the same suite, and its null means the same in
both: a missing value breaks only a rule that asks for it.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.declare import DeclarationError
from features.rules import (
    ExpectFigureToBeBetween,
    ExpectRowsToBeDistinct,
    ExpectRowsToSatisfy,
    row_rule,
    satisfied,
    suite_of,
    table_rule,
)
from features.sections import nearest
from features.verdict import GateFailedError, RuleResult, Verdict

__all__ = [
    "REASONS",
    "ExpectFigureToBeBetween",
    "ExpectRowsToBeDistinct",
    "ExpectRowsToSatisfy",
    "GateFailedError",
    "Verdict",
    "audit",
    "row_rule",
    "split",
    "suite_of",
    "table_rule",
]

REASONS = "reasons"
"""Column that `split` adds: names of the row rules a row breaks, empty for a good row."""

Document = Callable[[ExpectationSuiteValidationResult], str | None]
"""What is made of Great Expectations' own results: where their page stands, if there is one."""


def split(frame: DataFrame, suite: gx.ExpectationSuite) -> DataFrame:
    """The frame with `reasons`, the names of the row rules that each row breaks, found in one pass."""
    breaches = {}
    for rule in (rule for rule in _row_rules(suite) if rule.meta["on_breach"] != "warn"):
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
    frame: DataFrame,
    suite: gx.ExpectationSuite,
    *,
    table: str,
    beside: int = 0,
    breaches: Mapping[str, int] | None = None,
    document: Document | None = None,
) -> Verdict:
    """The verdict on what was written; of rows that a split gave `reasons`, those that have some were turned away.

    `beside` is the number of rows that the table holds besides, so that shares are shares of the whole. `breaches` are
    rows that break a rule, by its name, where another pass over these very rows has counted them: Spark does not count
    them again. `document` is given what Great Expectations found, which holds no value of a record either.
    """
    for rule in _row_rules(suite):
        _breach(rule, suite)
    rows, quarantined, reasons = _counted(frame)
    if REASONS in frame.columns:
        frame = frame.where(F.size(REASONS) == 0).drop(REASONS)
    checked = rows + quarantined
    parameters = {"quarantined": quarantined, "checked": checked, "all": checked + beside}
    found = {rule.meta["rule"]: _absent(rule, frame.columns) for rule in suite.expectations}
    there = [_known(rule, breaches or {}, rows) for rule in suite.expectations if not found[rule.meta["rule"]]]
    judged, broken = _judged(frame, suite.name, there, parameters)
    # The rows that break a rule which stops the table were turned away with the others.
    stopped = (rule.meta["rule"] for rule in _row_rules(suite) if rule.meta["on_breach"] == "stop")
    found |= broken | {name: _of_rows(reasons[name], checked) for name in stopped if name in reasons}
    results = tuple(_result(rule, found[rule.meta["rule"]]) for rule in suite.expectations)
    passed = all(result.passed or result.on_breach == "warn" for result in results)
    docs = document(judged) if document else None
    return Verdict(table, passed, rows, results, quarantined, reasons, docs=docs)


def _known(rule: Any, breaches: Mapping[str, int], rows: int) -> Any:
    """The rule, or where its breaches are known, the expectation that there are none."""
    if rule.meta["rule"] not in breaches:
        return rule
    breaking = breaches[rule.meta["rule"]]
    about = {"meta": rule.meta, "description": rule.description, "severity": rule.severity}
    return ExpectFigureToBeBetween(observed=breaking, said=_of_rows(breaking, rows), max_value=0, **about)


def _result(rule: Any, found: str) -> RuleResult:
    meta = rule.meta
    observed = found or (rule.said if isinstance(rule, ExpectFigureToBeBetween) else "no breach")
    return RuleResult(meta["rule"], meta["on_breach"], not found, rule.description, observed, meta["remedy"])


def _counted(frame: DataFrame) -> tuple[int, int, dict[str, int]]:
    """Rows that passed, rows turned away, and how many of these for each reason, in one pass."""
    if REASONS not in frame.columns:
        return frame.count(), 0, {}
    good, turned_away, counts = 0, 0, Counter[str]()
    for row in frame.groupBy(REASONS).agg(F.count(F.lit(1)).alias("rows")).collect():
        good += 0 if row[REASONS] else row["rows"]
        turned_away += row["rows"] if row[REASONS] else 0
        counts.update(dict.fromkeys(row[REASONS], row["rows"]))
    return good, turned_away, dict(sorted(counts.items()))


# --- the verdict of Great Expectations ---


def _judged(
    frame: DataFrame, name: str, rules: Sequence[Any], parameters: Mapping[str, int]
) -> tuple[ExpectationSuiteValidationResult, dict[str, str]]:
    """What Great Expectations found, and that in words for every rule that is broken.

    BOOLEAN_ONLY decides: it collects no value and bundles the rules into few Spark jobs. Only what failed
    is counted in a second pass, which collects no value either.
    """
    batch = _batch(frame)
    judged = _validated(batch, name, rules, parameters, "BOOLEAN_ONLY")
    failed = [rule for rule in rules if not _of_rule(judged)[rule.meta["rule"]].success]
    if failed:
        counted = _of_rule(_validated(batch, name, failed, parameters, "BASIC"))
        judged.results = [counted.get(r.expectation_config.meta["rule"], r) for r in judged.results]
    words = {
        rule: _in_words(result, parameters["quarantined"])
        for rule, result in _of_rule(judged).items()
        if not result.success
    }
    for result in judged.results:  # an error's text may quote a record
        result.exception_info = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    return judged, words


def _batch(frame: DataFrame) -> Any:
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    # persist would cache the table in Spark and never let it go.
    source = context.data_sources.add_spark("spark", persist=False)
    asset = source.add_dataframe_asset(name="table").add_batch_definition_whole_dataframe("whole")
    return asset.get_batch({"dataframe": frame})


def _validated(
    batch: Any, name: str, rules: Sequence[Any], parameters: Mapping[str, int], form: str
) -> ExpectationSuiteValidationResult:
    suite = gx.ExpectationSuite(name=name, expectations=list(rules))
    result_format = {"result_format": form, "partial_unexpected_count": 0}
    return batch.validate(suite, result_format=result_format, expectation_parameters=dict(parameters))


def _of_rule(judged: ExpectationSuiteValidationResult) -> dict[str, Any]:
    return {result.expectation_config.meta["rule"]: result for result in judged.results}


def _in_words(result: Any, quarantined: int) -> str:
    """What Great Expectations found, in numbers: its own messages may quote a record's values."""
    numbers = result.result
    if "unexpected_count" in numbers:
        return _of_rows(numbers["unexpected_count"], numbers["element_count"])
    if isinstance(numbers.get("observed_value"), str):
        return str(numbers["observed_value"])
    if "observed_value" in numbers:
        kept = f"{numbers['observed_value']:,} rows"
        return f"{kept} and {quarantined:,} quarantined" if quarantined else kept
    code = re.search(r"\[([A-Z][A-Z_.0-9]+)\]", str(result.exception_info))
    return f"that it cannot be checked ({code.group(1) if code else 'look at the types of its columns'})"


def _of_rows(breaking: int, rows: int) -> str:
    return f"{breaking:,} of {rows:,} rows that break it"


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
        if not {"rule", "on_breach", "of"} <= meta.keys():
            raise DeclarationError(
                f"{type(rule).__name__} in the suite {suite.name!r} does not say its rule and what a breach "
                "does; declare it with gate.row_rule or gate.table_rule"
            )
        if meta["rule"] in seen:
            raise DeclarationError(f"the suite {suite.name!r} has two rules called {meta['rule']!r}")
        seen.add(meta["rule"])
    return [rule for rule in suite.expectations if rule.meta["of"] == "row"]


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
    ExpectRowsToSatisfy: lambda column_list, condition: ~satisfied(condition),
}
"""The expectations a row rule can be, each as the Spark column that is true where it is broken."""

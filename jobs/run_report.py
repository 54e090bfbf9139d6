"""A run's report as a person reads it: the same parts for the console and for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.kernel.profile import FAR, SHIFTED
from jobs.page import html_page
from jobs.report import Bar, Bars, Histogram, Histograms, Links, Part, Table, Text

Report = Mapping[str, Any]


def page(report: Report) -> str:
    """The report as an HTML page, with pictures."""
    run = report["run"]
    subtitle = f"{run['kind']} {run['run_id']}, mode {run['mode']}, fingerprint {run['fingerprint']}"
    return html_page(f"Pairlake {run['kind']}: {run['outcome']}", subtitle, parts_of(report))


def parts_of(report: Report) -> list[Part]:
    """What happened first, then how it was made."""
    made = (_outcome, _links, _fallbacks, _stages, _flow, _gates, _rules, _quarantine, *_OF_PLAN, _moved, _drawn)
    return [part for of in (*made, _versions, _provenance) for part in of(report)]


def _outcome(report: Report) -> Iterator[Part]:
    run = report["run"]
    said = [f"{run['outcome'].capitalize()} after {run['seconds']:,.1f} seconds."]
    if run["error"]:
        said.append(f"Stopped by: {run['error']}")
    if run["published_version"] is None:
        said.append("Nothing was published; what was in force before it stays in force.")
    else:
        pairs = report["counts"].get("pair_features")
        said.append(f"{_number(pairs)} pairs in force, version {run['published_version']}, checksum {run['checksum']}.")
    yield Text("Outcome", tuple(said))


def _links(report: Report) -> Iterator[Part]:
    if report["links"]:
        yield Links("See also", tuple(report["links"].items()))


def _fallbacks(report: Report) -> Iterator[Part]:
    if report["fallbacks"]:
        rows = tuple((of["rung"], of["why"]) for of in report["fallbacks"])
        yield Table("Stepped down", ("what gave way", "why"), rows, words=("what gave way", "why"))


def _stages(report: Report) -> Iterator[Part]:
    whole = sum(of["seconds"] for of in report["stages"]) or 1
    bars = [Bar(of["stage"], of["seconds"], _taken(of["seconds"], whole)) for of in report["stages"]]
    rows = tuple((bar.label, bar.said) for bar in bars)
    if bars:
        yield Table("Time", ("stage", "seconds"), rows, words=("stage",))
        yield Bars("Time, drawn", tuple(bars))


def _taken(seconds: float, whole: float) -> str:
    return f"{seconds:,.1f} ({seconds / whole:.0%})"


def _flow(report: Report) -> Iterator[Part]:
    rows = tuple((of["step"], _number(of["in"]), _number(of["out"]), _counted(of["of_these"])) for of in report["flow"])
    if rows:
        yield Table(
            "Rows in and out",
            ("step", "in", "out", "of these"),
            rows,
            words=("step", "of these"),
            note="Into block and compare go the pairs of the plan, once for each block that they lie in; out of it "
            "comes each pair once.",
        )
    emptied = report["counts"].get("values emptied")
    if emptied:
        yield Text("Values that say nothing", (f"Found by standardisation: {_counted(emptied)}.",))


def _gates(report: Report) -> Iterator[Part]:
    rows = tuple(
        (
            of["table"],
            "passed" if of["passed"] else "failed",
            *map(_number, (of["rows"], of["quarantined"], len(of["rules"]))),
        )
        for of in report["verdicts"]
    )
    if rows:
        yield Table("Gates", ("table", "verdict", "rows", "quarantined", "rules"), rows, words=("table", "verdict"))


def _rules(report: Report) -> Iterator[Part]:
    """The rules that are broken one by one, then all by table."""
    columns = ("table", "rule", "breach", "holds", "wanted", "found")
    rows = [
        (
            of["table"],
            rule["name"],
            rule["on_breach"],
            "yes" if rule["passed"] else "NO",
            rule["wanted"],
            rule["observed"],
        )
        for of in report["verdicts"]
        for rule in of["rules"]
    ]
    rows.sort(key=lambda row: row[3])  # what does not hold first
    if rows:
        yield Table("Rules of the gates", columns, tuple(rows), words=columns)


def _quarantine(report: Report) -> Iterator[Part]:
    rows = tuple((table, why, _number(n)) for table, of in report["quarantine"].items() for why, n in of.items())
    if rows:
        note = "A row that breaks several rules counts for each."
        yield Table("Quarantined, by reason", ("table", "rule", "rows"), rows, words=("table", "rule"), note=note)


def _plan(report: Report) -> Iterator[Part]:
    plan = report["plan"]
    if not plan:
        return
    share = plan["pairs"] / plan["budget"]
    yield Text(
        "Plan",
        (f"{_number(plan['pairs'])} pairs in {_number(plan['blocks'])} blocks, {share:.1%} of the pair budget.",),
    )
    rows = tuple(
        (of["rule"], *map(_number, (of["blocks"], of["pairs"], of["dropped_blocks"], of["dropped_pairs"])))
        for of in plan["rules"]
    )
    yield Table("Pairs by rule", ("rule", "blocks", "pairs", "keys dropped", "pairs dropped"), rows, words=("rule",))


def _ladder(report: Report) -> Iterator[Part]:
    steps = report["plan"].get("ladder", [])
    if steps:
        rows = tuple((of["rung"], of["done"], _number(of["pairs_before"]), _number(of["pairs_after"])) for of in steps)
        yield Table("Ladder", ("rung", "done", "pairs before", "pairs after"), rows, words=("rung", "done"))


def _blocks(report: Report) -> Iterator[Part]:
    sizes, largest = report["plan"].get("sizes", []), report["plan"].get("largest", [])
    if sizes:
        bars = tuple(
            Bar(
                f"{of['low']:,} – {of['high']:,} pairs",
                of["pairs"],
                f"{_number(of['pairs'])} pairs in {_number(of['blocks'])} blocks",
                part=of["blocks"],
            )
            for of in sizes
        )
        note = "By the pairs a block makes; dark: blocks. Bars are logarithmic."
        yield Bars("Block sizes", bars, note=note, logarithmic=True)
    if largest:
        rows = tuple((rule, str(key), _number(pairs)) for key, rule, pairs in largest)
        yield Table("Largest blocks", ("rule", "key", "pairs"), rows, words=("rule",))


_OF_PLAN = (_plan, _ladder, _blocks)


def _moved(report: Report) -> Iterator[Part]:
    """What the comparison with the run before says, the features that moved one by one."""
    found = report["distributions"]
    if not found:
        return
    said = f"{_number(found['pairs'])} pairs. "
    if not found["compared_with"]:
        yield Text("Distributions of features", (f"{said}There is no earlier run to compare with.",))
        return
    moved = [(name, of["stability"]) for name, of in found["features"].items() if of["stability"]]
    shifted = sorted((of for of in moved if of[1]["shifted"]), key=lambda of: -of[1]["index"])
    said += f"Compared with the {_number(found['pairs_before'])} of {found['compared_with']}: "
    said += f"{len(shifted)} of {len(moved)} features shifted." if moved else "no feature is computed as it was then."
    yield Text("Distributions of features", (said,))
    if shifted:
        rows = tuple(
            (name, f"{of['index']:.3f}", f"{of['by_chance']:.3f}", _verdict(of["index"])) for name, of in shifted
        )
        columns = ("feature", "stability index", "by chance", "says")
        yield Table("Features that shifted", columns, rows, words=("feature", "says"), note=_INDEX)


def _verdict(index: float) -> str:
    return "another distribution" if index >= FAR else "shifted"


_INDEX = (
    f"Population stability index (Siddiqi 2006): from {SHIFTED:g} on shifted, from {FAR:g} on another distribution. By "
    "chance: what pairs drawn one by one would stay below 19 times of 20 (Yurdakul 2018)."
)


def _drawn(report: Report) -> Iterator[Part]:
    """Every feature, those that moved most first."""
    found = report["distributions"]
    if not found:
        return
    moved = {name: (of["stability"] or {}).get("index", 0) for name, of in found["features"].items()}
    order = sorted(found["features"], key=lambda name: -moved[name])
    pictures = tuple(_picture(name, found["features"][name]) for name in order)
    note = "Bars: pairs of this run by value, nulls left out. Line: the run it is compared with. Heights are shares."
    yield Histograms("Distributions, drawn", pictures, note=note)


def _picture(name: str, of: Mapping[str, Any]) -> Histogram:
    said = [] if of["missing_share"] is None else [f"null {of['missing_share']:.1%}"]
    if of["outside"]:
        said.append(f"{of['outside']:,} outside the contract")
    if of["stability"]:
        said.append(f"index {of['stability']['index']:.3f}")
    before = tuple(of["before"]["counts"]) if of["before"] else ()
    return Histogram(name, ", ".join(said), tuple(of["labels"]), tuple(of["counts"]), before)


def _versions(report: Report) -> Iterator[Part]:
    read, written = (report["versions"].get(of, {}) for of in ("read", "written"))
    rows = tuple((t, _number(read.get(t)), _number(written.get(t))) for t in dict.fromkeys((*read, *written)))
    if rows:
        note = "A table that the run wrote first and read then has the same version twice."
        yield Table("Delta versions", ("table", "read", "written"), rows, words=("table",), note=note)


def _provenance(report: Report) -> Iterator[Part]:
    names = ("run_id", "kind", "started_at", "ended_at", "code_version", "fingerprint", "settings_hash", "statistics")
    rows = tuple((name.replace("_", " "), str(report["run"][name] or "")) for name in (*names, "encoder", "checksum"))
    yield Table("Made by", ("what", "which"), rows, words=("what", "which"))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"

"""The report of a run or refresh as data: all that its manifest and its profile say, for a page or a program."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from features.certificates import certificate_of
from features.kernel.profile import Distribution, Profile, stability
from features.lake import Lake, LakeError
from features.profiles import profile_before, profile_of_run
from features.sections import nearest
from features.tables import PAIR_FEATURES, RUN_MANIFEST
from jobs.metrics import figures

FORMAT = 1
"""Raised when a key of the data changes its meaning or goes."""

_OF_RUN = (
    "run_id",
    "outcome",
    "error",
    "mode",
    "published_version",
    "checksum",
    "fingerprint",
    "settings_hash",
    "code_version",
)
_OF_DETAILS: dict[str, Any] = {"verdicts": [], "plan": {}, "fallbacks": [], "counts": {}, "versions": {}}


def report_of_lake(lake: Lake, run_id: str | None, folder: str | None = None) -> dict[str, Any]:
    """The report of a run, of the last one where none is named, from the lake alone; links are relative to `folder`."""
    schema = RUN_MANIFEST.schema
    kept = lake.rows(RUN_MANIFEST).select(schema.names).cast(schema)  # the JVM writes times without their zone
    rows = {row["run_id"]: row for row in kept.to_pylist()}
    wanted = run_id or max(rows)
    if wanted not in rows:
        raise LakeError(
            f"the lake {lake.root} holds no run {wanted!r}{nearest(wanted, rows)}; `pairlake runs` lists them"
        )
    return report_data(lake, rows[wanted], folder)


def report_data(lake: Lake, row: Mapping[str, Any], folder: str | None = None) -> dict[str, Any]:
    """The report of the run with this row in run_manifest."""
    details = json.loads(row["details"])
    kept = {name: details.get(name, none) for name, none in _OF_DETAILS.items()}
    seconds = details.get("seconds", {})
    data = {
        "format": FORMAT,
        "run": {
            **{name: row[name] for name in _OF_RUN},
            **{name: details.get(name) for name in ("statistics", "encoder")},
            "kind": details.get("kind", "run"),
            "started_at": row["started_at"].isoformat(),
            "ended_at": row["ended_at"].isoformat(),
            "seconds": round((row["ended_at"] - row["started_at"]).total_seconds(), 3),
        },
        "stages": [{"stage": stage, "seconds": taken} for stage, taken in seconds.items()],
        "flow": list(_flow(kept["counts"], kept["verdicts"], kept["plan"], row["published_version"])),
        **kept,
        "quarantine": {of["table"]: of["reasons"] for of in kept["verdicts"] if of["reasons"]},
        "distributions": _distributions(lake, row["run_id"]),
        "links": _links(lake, row["run_id"], kept["verdicts"], folder),
    }
    return data | {"metrics": figures(data)}


def _flow(
    counts: Mapping[str, Any], verdicts: list[dict[str, Any]], plan: Mapping[str, Any], published: int | None
) -> Iterator[dict[str, Any]]:
    """Rows in and out, step by step, with what became of the others by name."""
    read = sum(counts.get("records read", {}).values())
    if read and "copies merged" in counts:
        yield _step(
            "read the sources", read, read - counts["copies merged"], {"copies merged": counts["copies merged"]}
        )
    elif read:  # a refresh looks for what changed
        changed = counts.get("records changed")
        yield _step("read the sources", read, changed, {})
    for of in (of for of in verdicts if of["table"] != PAIR_FEATURES.name):
        yield _gated(of)
    if plan:
        lost = {"pruned": counts["pairs pruned"]} if counts.get("pairs pruned") else {}
        made = next((of["rows"] + of["quarantined"] for of in verdicts if of["table"] == PAIR_FEATURES.name), None)
        yield _step("block and compare", plan["pairs"], made, lost)
    for of in (of for of in verdicts if of["table"] == PAIR_FEATURES.name):
        yield _gated(of)
    if published is not None:
        yield _step("in force: pair_features", None, counts.get(PAIR_FEATURES.name), {})


def _gated(verdict: Mapping[str, Any]) -> dict[str, Any]:
    lost = {"quarantined": verdict["quarantined"]} if verdict["quarantined"] else {}
    out = verdict["rows"] if verdict["passed"] else 0
    return _step(f"gate: {verdict['table']}", verdict["rows"] + verdict["quarantined"], out, lost)


def _step(step: str, rows_in: int | None, rows_out: int | None, lost: Mapping[str, int]) -> dict[str, Any]:
    return {"step": step, "in": rows_in, "out": rows_out, "of_these": dict(lost)}


def _distributions(lake: Lake, run_id: str) -> dict[str, Any] | None:
    """The profile of what the run published, beside that of the run before, feature by feature."""
    now = profile_of_run(lake, run_id)
    if now is None:
        return None
    before_id, before = profile_before(lake, run_id) or (None, Profile())
    return {
        "pairs": now.pairs,
        "compared_with": before_id,
        "pairs_before": before.pairs if before_id else None,
        "features": {name: _compared(name, now, before) for name in now.features},
    }


def _compared(name: str, now: Profile, before: Profile) -> dict[str, Any]:
    of, was = now.features[name], before.features.get(name)
    moved = stability(was, of) if was else None
    return {
        **_plain(of),
        "labels": list(of.labels),
        "missing_share": of.missing_share,
        "before": _plain(was) if was and was.alike(of) else None,
        "stability": None if moved is None else {**asdict(moved), "shifted": moved.shifted},
    }


def _plain(of: Distribution) -> dict[str, Any]:
    """As JSON gives it back, so that a report that was read is equal to the one that was written."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(of).items()}


def _links(lake: Lake, run_id: str, verdicts: Sequence[Mapping[str, Any]], folder: str | None) -> dict[str, str]:
    """Pages that a verdict names and the certificate, as far as they are there, by paths relative to the report."""
    if not lake.local or not folder or "://" in folder:
        return {}
    pages = {f"Data Docs of {of['table']}": Path(lake.root, of["docs"]) for of in verdicts if of.get("docs")}
    pages["Parity certificate"] = Path(lake.root, certificate_of(run_id))
    there = {name: page for name, page in pages.items() if page.is_file()}
    return {name: Path(os.path.relpath(page, Path(folder).resolve())).as_posix() for name, page in there.items()}

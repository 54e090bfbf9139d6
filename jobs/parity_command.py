"""The command `pairlake parity`: published pairs on every path that computes or reads features, bit for bit."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from features.damage import in_words
from jobs.options import DEFAULT_SETTINGS, SettingsPath, for_spark
from jobs.stopping import stoppable


def parity(
    sample: Annotated[int, typer.Option(help="Pairs to replay.", min=1, max=100_000)] = 1_000,
    seed: Annotated[int, typer.Option(help="Draws others.", min=0)] = 0,
    path: Annotated[
        list[str] | None, typer.Option(help="This path alone, which must be there; may be repeated.")
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Replay published pairs on every path, compare every bit, keep a certificate. Exit code 1: one does not agree."""
    loaded = for_spark(settings)
    from features.spark.session import session  # noqa: PLC0415  Spark and Feast take seconds to import
    from jobs import parity as certifying  # noqa: PLC0415

    console = Console(emoji=False)
    with stoppable(), in_words(loaded.lake), console.status("replaying pairs …"):
        certificate = certifying.of_lake(loaded, session(loaded.spark), sample, seed, path or ())
    if as_json:
        console.print_json(json.dumps(certificate.to_dict()))
    else:
        _show(console, certificate)
    raise typer.Exit(0 if certificate.passed else 1)


def _show(console: Console, certificate: Any) -> None:
    """The certificate in words: paths, pairs, values, and which features differ."""
    rules = ", ".join(f"{rule} {count:,}" for rule, count in certificate.rules.items())
    lines = [f"Run {certificate.run_id}, fingerprint {certificate.fingerprint}; pairs by rule: {rules}"]
    for of in certificate.paths:
        if of.not_run or of.failed:
            lines.append(f"{of.path}: " + (f"not run, as {of.not_run}" if of.not_run else f"BROKE OFF: {of.failed}"))
            continue
        beyond = f", {of.left_out:,} pairs beyond a bounded index" if of.left_out else ""
        said = "agrees" if of.agrees else "COMPARED NOTHING" if of.compared_none else "DIFFERS"
        lines.append(f"{of.path}: {of.pairs:,} pairs, {of.values:,} values{beyond}: {said}")
        lines += [f"  {of.missing:,} pairs are missing"] if of.missing else []
        lines += [f"  {feature}: {count:,} pairs" for feature, count in of.mismatches.items()]
    for line in lines:
        console.print(escape(line), highlight=False)

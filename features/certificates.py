"""Parity certificates: on which paths published pairs were replayed, and whether every bit agreed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from features.errors import PairlakeError
from features.lake import Lake

FORMAT = 1
"""Raised when a key of the certificate changes its meaning or goes."""

FOLDER = "certificates"
"""Folder of the lake that holds certificates, one a run."""


def certificate_of(run_id: str) -> str:
    """Where the certificate of a run lies in its lake."""
    return f"{FOLDER}/{run_id}.json"


class ParityError(PairlakeError):
    """A path does not give the features that are to be published; nothing is put in force."""


@dataclass(frozen=True)
class PathResult:
    """One path: pairs and values compared, pairs left out or missing, features that differ with how many pairs.

    `not_run` is why it was not run, `failed` why it broke off; both are None where it came to its end.
    """

    path: str
    pairs: int = 0
    values: int = 0
    left_out: int = 0
    missing: int = 0
    mismatches: Mapping[str, int] | None = None
    not_run: str | None = None
    failed: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether nothing is missing, no bit differs and not all was left out; one not run contradicts nothing."""
        return not (self.failed or self.missing or self.mismatches or self.compared_none)

    @property
    def compared_none(self) -> bool:
        """Whether all its pairs were left out."""
        return bool(self.left_out) and not (self.pairs or self.missing)


@dataclass(frozen=True)
class Certificate:
    """What was compared and what came of it: names, numbers and hashes, never a value of a record."""

    run_id: str
    fingerprint: str
    version: int | None
    seed: int
    rules: Mapping[str, int]
    paths: tuple[PathResult, ...]

    @property
    def passed(self) -> bool:
        """Whether all paths that were run agree in every bit."""
        return all(path.agrees for path in self.paths)

    def to_dict(self) -> dict[str, Any]:
        """The certificate as JSON holds it; `version` is null where the pairs were not yet in force."""
        return {"format": FORMAT, "passed": self.passed, **asdict(self), "paths": [asdict(path) for path in self.paths]}

    def write(self, lake: Lake) -> str:
        """Put it beside the tables, in the place of an earlier one of its run; its path in the lake."""
        return lake.write_text(certificate_of(self.run_id), json.dumps(self.to_dict(), indent=1) + "\n")

    def refuse_mismatch(self) -> None:
        """ParityError where a path does not agree."""
        broken = [path for path in self.paths if not path.agrees]
        if broken:
            said = "; ".join(f"{path.path} {_told(path)}" for path in broken)
            raise ParityError(
                f"the paths do not agree on every bit: {said}. Workers and driver run different code, libraries or "
                f"data, or a table was changed; {certificate_of(self.run_id)} in the lake lists the features. "
                "Nothing was put in force"
            )


def _told(path: PathResult) -> str:
    if path.failed:
        return f"broke off: {path.failed}"
    if path.compared_none:
        return f"compared none of {path.left_out:,} pairs"
    names = ", ".join(f"{name} ({count:,})" for name, count in list((path.mismatches or {}).items())[:5])
    lacks = [f"lacks {path.missing:,} of {path.missing + path.pairs:,} pairs"] if path.missing else []
    return " and ".join([*lacks, *([f"differs in {names}"] if names else [])])

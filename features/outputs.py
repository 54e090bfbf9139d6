"""The sections of the settings for what a run shows of itself: report, parity, metrics, lineage; no result changes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from features.sections import Filled, Section


def _endpoint(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s@]*)?", value):
        # What was found is not shown: it may hold a password.
        raise ValueError("wanted an address as https://host/path, without user, password or key; see api_key_env")
    return value


def _local(value: Any) -> Any:
    if not isinstance(value, str) or not value or "://" in value:
        raise ValueError(f"wanted the path of a file of this machine (found {value!r})")
    return value


def _namespace(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"(?!AWS/)[A-Za-z0-9._/#:-]{1,255}", value):
        raise ValueError(f"wanted letters, digits and ._/#:-, and not AWS/ at the beginning (found {value!r})")
    return value


class Report(Section):
    """The report of each run and refresh, as a page and as JSON."""

    enabled: bool = True
    folder: Filled | None = None
    """Where reports are written; left out, the folder `reports` of the lake."""
    distributions: bool = True
    """Whether the values of published pairs are counted, and compared with the run before."""


class Parity(Section):
    """Pairs of each run and refresh that are replayed before they are put in force: one bit that differs stops them."""

    sample: int = Field(default=0, ge=0, le=100_000)
    """How many; 0 for none."""
    seed: int = Field(default=0, ge=0)
    """Draws others."""


class Metrics(Section):
    """Figures of the last run for a monitor."""

    file: Annotated[str, BeforeValidator(_local)] | None = None
    """A file in the text format of Prometheus, replaced at the end of every run and refresh."""
    cloudwatch: Annotated[str, BeforeValidator(_namespace)] | None = None
    """A namespace of CloudWatch that the figures which alarms look at are put into."""


class Lineage(Section):
    """OpenLineage events of each run and refresh, to a file, to an endpoint, or to both."""

    file: Annotated[str, BeforeValidator(_local)] | None = None
    """A file that events are appended to, one JSON a line."""
    url: Annotated[str, BeforeValidator(_endpoint)] | None = None
    """The endpoint, as far as `/api/v1/lineage`, which is added where the address has no path."""
    api_key_env: Filled | None = None
    """The environment variable that holds the key the endpoint wants."""
    timeout_seconds: float = Field(default=5, gt=0, le=60)
    namespace: Filled = "pairlake"
    """Namespace of the jobs."""

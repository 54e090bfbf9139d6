"""The sections of the settings for what is told to others: report, parity, metrics, lineage, service."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from features.sections import Age, Filled, Section


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


class Serve(Section):
    """The HTTP service: where it listens, to whom it answers, and how much it takes on."""

    host: Filled = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    """Processes; rate and concurrency are each one's own."""
    tokens_env: str | None = Field(default=None, pattern=r"^[A-Z_][A-Z0-9_]*$")
    """The environment variable, in capitals, that holds the callers' tokens, as `name:token` apart by white space."""
    tokens_file: Filled | None = None
    """A file that holds them, a line each."""
    auth: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """A function `module:function` that says who calls, by method, path, headers and body; None for nobody."""
    reveal: tuple[Filled, ...] = ()
    """Callers that may ask for the candidates' own values."""
    max_age: Age = None
    """Age of what is online from which on every answer is flagged as stale."""
    max_candidates: int = Field(default=200, ge=1, le=2_000)
    max_batch: int = Field(default=100, ge=1, le=10_000)
    """Most records of one request."""
    max_body_bytes: int = Field(default=1_000_000, ge=1_000)
    rate: float = Field(default=200, gt=0)
    """Records a second that one caller may look up, in the long run."""
    burst: int = Field(default=400, ge=1)
    """Records that it may look up at once."""
    concurrency: int = Field(default=4, ge=1, le=32)
    """Requests that are worked on at once."""
    waiting: int = Field(default=32, ge=0, le=10_000)
    """Requests that may wait for their turn; further ones are refused."""
    reload_seconds: float = Field(default=2, gt=0, le=3600)
    """How often it looks whether another load is online."""
    shutdown_seconds: int = Field(default=30, ge=1, le=3600)
    """How long requests may take to end once it is told to stop."""

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        ways = [name for name in ("tokens_env", "tokens_file", "auth") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"has {' and '.join(ways)}; wanted one of them")
        if not ways and not _is_loopback(self.host):
            raise ValueError(
                f"listens on {self.host!r} and asks nobody who they are; set tokens_env, tokens_file or auth, or leave "
                "host at 127.0.0.1"
            )
        if self.burst < self.max_batch:
            raise ValueError(f"burst {self.burst} is below max_batch {self.max_batch}: such a batch would never pass")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

"""Settings of a run: a TOML file, checked as a whole before anything starts."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, model_validator

from features.errors import PairlakeError
from features.outputs import Lineage, Metrics, Parity, Report, Serve
from features.retention import Retention
from features.sagemaker import SageMaker
from features.sections import (
    Blocking,
    Catalogue,
    Diagnose,
    Encoder,
    Fallback,
    Filled,
    Floors,
    Gates,
    Online,
    Privacy,
    Refresh,
    Section,
    Source,
    Spark,
    Statistics,
)
from features.storage import read_text


class SettingsError(PairlakeError):
    """The settings cannot be used; the message names the file, the key, what was found and what is wanted."""


class Settings(Section):
    """A run: its lake, its mode, its sources and their limits."""

    mode: Literal["link", "dedupe"]
    lake: Filled
    sources: tuple[Source, ...]
    catalogue: Catalogue = Catalogue()
    statistics: Statistics = Statistics()
    encoder: Encoder = Encoder()
    blocking: Blocking = Blocking()
    prune: Floors = {}
    """Pair feature → floor. A pair that reaches no floor is left out before the other features are computed, unless
    none of them is defined."""
    refresh: Refresh = Refresh()
    diagnose: Diagnose = Diagnose()
    gates: Gates = Gates()
    fallback: Fallback = Fallback()
    online: Online = Online()
    sagemaker: SageMaker = SageMaker()
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    report: Report = Report()
    parity: Parity = Parity()
    metrics: Metrics = Metrics()
    lineage: Lineage = Lineage()
    serve: Serve = Serve()
    spark: Spark = Spark()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.sources:
            raise ValueError("there is no source; wanted at least one [[sources]]")
        twice = [name for name, count in Counter(s.name for s in self.sources).items() if count > 1]
        if twice:
            raise ValueError(f"two sources are called {twice[0]!r}; names are part of every entity id")
        sides = {source.side for source in self.sources}
        if self.mode == "link" and sides != {"left", "right"}:
            raise ValueError("mode 'link' wants sources on both sides; set side = \"right\" on the reference's")
        if self.mode == "dedupe" and sides != {"left"}:
            raise ValueError("mode 'dedupe' has one side; leave `side` out of every source")
        return self

    @property
    def linking(self) -> bool:
        """Whether left records meet right ones only."""
        return self.mode == "link"

    @property
    def hash(self) -> str:
        """Hash of every setting that can change a result."""
        return self._hash()

    @property
    def pairs_hash(self) -> str:
        """Hash of every setting that can change a pair of a plan that did not step down: what `hash` has, but limits.

        `over_budget` is no mere limit: with `refine` more fields are carried.
        """
        return self._hash("pair_budget", "tile_pairs", "truth")

    def _hash(self, *but: str) -> str:
        """Hash of every setting that can change a result, but these of [blocking]."""
        others: dict[str, Any] = dict.fromkeys(
            ("spark", "lake", "online", "sagemaker", "refresh", "diagnose", "fallback", "privacy"), True
        )
        others |= dict.fromkeys(("report", "parity", "metrics", "lineage", "serve", "retention"), True)
        others["gates"] = {name for name in Gates.model_fields if name != "severity"}  # limits change nothing
        others["sources"] = {"__all__": {"max_age"}}
        others["blocking"] = set(but)
        decisive = json.dumps(self.model_dump(exclude=others), sort_keys=True)
        return hashlib.blake2b(decisive.encode(), digest_size=8).hexdigest()


def load(path: Path | str) -> Settings:
    """Settings from a TOML file, here or in an object store. SettingsError, in words, for whatever is wrong with it."""
    path = str(path)
    try:
        values = tomllib.loads(read_text(path))
    except FileNotFoundError as error:
        raise SettingsError(f"there is no settings file {path}; jobs/settings/local.toml is an example") from error
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: " + "; ".join(_in_words(e, values) for e in error.errors())) from error


_WANTED = {
    "missing": "is missing",
    "string_type": "wanted text, in quotes",
    "string_too_short": "wanted text that is not empty",
    "tuple_type": "wanted a list, in square brackets",
    "dict_type": "wanted a table of keys and values",
    "model_type": "wanted a section of keys and values",
}


def _in_words(error: Any, values: Any) -> str:
    """One error of the settings: where, what was wanted, and what was found where it is not plain."""
    place = list(error["loc"])
    if place[:1] == ["sources"] and len(place) > 1:
        source = values["sources"][place[1]]
        name = source.get("name") if isinstance(source, dict) else None
        place[:2] = [f"source {name!r}" if name else f"source number {place[1] + 1}"]
    where = ".".join(str(part) for part in place)
    if where == "sources" and error["type"] == "tuple_type":
        return "sources: found [sources], wanted [[sources]], one for each"
    message = _WANTED.get(error["type"], error["msg"].removeprefix("Value error, ").replace("Input should", "should"))
    found = "" if error["type"] in ("value_error", "missing") else f" (found {_named(error['input'], place)})"
    return f"{where}: {message}{found}" if where else f"{message}{found}"


def _named(value: Any, place: Sequence[Any]) -> str:
    """A value as an error may name it: by its kind alone where it is of a record, a secret, or may hold one."""
    private = isinstance(value, dict | list) or "where" in place or place[0] in ("online", "privacy")
    return f"a {type(value).__name__}" if private else repr(value)

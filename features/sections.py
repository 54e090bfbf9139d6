"""The sections of the settings, each with its keys, their meaning and their limits."""

from __future__ import annotations

import difflib
import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from features.tables import PARTY_FIELDS

_OURS = ("mode", "columnnameofcorruptrecord")
"""Options of Spark's reader that the reader sets itself: another value would lose rows in silence."""


def _scalar(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError(f"wanted text, a number, true or false (found a {type(value).__name__})")
    return value


def _floor(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"wanted a number or the name of a state (found {value!r})")
    return value


def _names(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) and n for n in names):
        raise ValueError(f"wanted the name of a column, or a list of such names (found {value!r})")
    return tuple(names)


def _rule(value: Any) -> Any:
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("name", "kind")):
        raise ValueError(f"wanted [[blocking.rule]] with a name and a kind, each a text (found {value!r})")
    for key, parameter in value.items():
        if not _plain(parameter):
            raise ValueError(
                f"{value['name']}: {key} is {parameter!r}; wanted texts, numbers, or lists or tables of them"
            )
    return value


def _age(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,5}[mhd]", value)):
        raise ValueError(f"wanted minutes, hours or days as '90m', '36h', '7d' (found {value!r})")
    return value


def _plain(value: Any) -> bool:
    """Whether a value is made of texts, numbers and truths alone; TOML has times too."""
    if isinstance(value, list | dict):
        return all(map(_plain, value.values() if isinstance(value, dict) else value))
    return isinstance(value, bool | int | float | str)


Scalar = bool | int | float | str
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Age = Annotated[str | None, BeforeValidator(_age)]
Filled = Annotated[str, Field(min_length=1)]
Severity = Literal["warn", "quarantine", "stop"]
"""What a breach of a rule does: it is noted, its rows are turned away, or the table is stopped."""
Floors = dict[str, Annotated[float | str, BeforeValidator(_floor)]]
"""Pair feature → the least number, or the state, that counts."""


class Section(BaseModel):
    """A table of the settings, in which only known keys may stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any) -> Any:
        """An unknown key is refused with the nearest valid one."""
        for key in values if isinstance(values, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"unknown key {key!r}" + nearest(key, cls.model_fields))
        return values


class Files(Section):
    """Files of one format, or a table, under a name.

    `path` may hold wildcards, `~`, and `package:NAME/…` for data inside an installed Python package.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    format: Literal["delta", "parquet", "csv", "json"]
    path: Filled | None = None
    table: Filled | None = None
    options: dict[str, str] = {}
    """Further options of Spark's reader, such as `sep` or `encoding` of a CSV."""

    @field_validator("options")
    @classmethod
    def _permitted(cls, options: dict[str, str]) -> dict[str, str]:
        for name in options:
            if name.lower() in _OURS:
                raise ValueError(f"{name!r} is not yours to set: broken rows are marked and go to quarantine")
        return options


class Source(Files):
    """A table of parties and how its columns map to the canonical fields.

    A column is named as the source names it, `a.b` reaching into a nested one; several columns are joined
    (text fields) or collected (aliases).
    """

    side: Literal["left", "right"] = "left"
    records: Filled | None = None
    """Name of an array column whose elements are the records (nested JSON)."""
    id: Filled | None = None
    id_hash: Names | None = None
    """Columns whose values together identify a record; its id is a hash of them."""
    columns: dict[str, Names]
    where: dict[str, Annotated[Scalar, BeforeValidator(_scalar)]] = {}
    """Keep only records in which these columns have these values."""
    max_age: Age = None
    """Time since the source last changed after which it is taken for one that nobody delivers any more."""

    @field_validator("columns")
    @classmethod
    def _canonical(cls, columns: dict[str, Any]) -> dict[str, Any]:
        refuse_other_fields(columns)
        if not columns:
            raise ValueError(f"maps no column; wanted at least one of {', '.join(PARTY_FIELDS)}")
        return columns

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.path is None) == (self.table is None):
            raise ValueError(f"wants either `path` or `table`, found {'neither' if self.path is None else 'both'}")
        if (self.id is None) == (self.id_hash is None):
            raise ValueError(
                "wants either `id`, the column that identifies a record, or `id_hash`, columns that do so together; "
                f"found {'neither' if self.id is None else 'both'}"
            )
        if self.table and self.max_age:
            raise ValueError("has a `max_age`, but when a `table` last changed cannot be told; name it by its `path`")
        return self

    @property
    def oldest(self) -> timedelta | None:
        """`max_age` as a span of time; None where the source may be of any age."""
        return span(self.max_age) if self.max_age else None


class Catalogue(Section):
    """Which declarations take part."""

    modules: tuple[str, ...] = ()
    """Importable modules with further features and rules."""
    features: tuple[str, ...] | None = None
    """Pair features to compute; all when left out."""


class Statistics(Section):
    """Which corpus statistics weigh the words of names."""

    version: str | None = None
    """A version that the lake holds, to keep weights as they are; left out, a run counts its own records."""


class Encoder(Section):
    """What turns names into vectors."""

    name: Literal["wordllama", "hashed_ngrams"] = "wordllama"


class Fallback(Section):
    """What a run does when a part of it gives way: goes on with less, and says so everywhere, or fails.

    What a plan over its budget gives up stands in [blocking] over_budget.
    """

    source: Literal["last_good", "fail"] = "last_good"
    """A source that cannot be read, gives no row where it had some, or is older than its `max_age`."""
    encoder: Literal["hashed_ngrams", "fail"] = "hashed_ngrams"
    """An encoder that cannot be loaded, before a run or in the middle of it."""
    store: Literal["outbox", "fail"] = "outbox"
    """An online store that does not take a load, after all attempts."""
    change_feed: Literal["compare", "fail"] = "compare"
    """A feed of changes that does not reach back to what is published: all records are compared, or it fails."""
    lookup: Literal["flag", "fail"] = "flag"
    """An online store that does not answer a lookup before its deadline."""
    store_attempts: int = Field(default=5, ge=1, le=100)
    store_first_wait: float = Field(default=0.5, ge=0, le=3600)
    """Seconds: the longest wait before the second attempt, doubled before each further one."""
    store_longest_wait: float = Field(default=30, ge=0, le=3600)
    """Seconds: what no wait is longer than."""


class Blocking(Section):
    """Which rules block, and what the plan may cost."""

    rule: tuple[Annotated[dict[str, Any], BeforeValidator(_rule)], ...] = ()
    """Further blocking rules: name, kind and the kind's parameters; see `features.blocking.kinds`."""
    rules: tuple[str, ...] | None = None
    """Blocking rules in order; all when left out."""
    pair_budget: int = Field(default=50_000_000, gt=0)
    """Most pairs a plan may build."""
    over_budget: tuple[Literal["refine", "drop_rules", "keep"], ...] = ("refine", "drop_rules", "keep")
    """What a plan over the budget gives up, in this order; with nothing left, or nothing here, the run fails."""
    tile_pairs: int = Field(default=4_000_000, ge=10_000)
    """Most pairs in one tile, the unit of work."""
    truth: Filled | None = None
    """A table of labelled pairs, on which the cost of each step of the ladder is measured."""

    @field_validator("over_budget")
    @classmethod
    def _downwards(cls, rungs: tuple[str, ...]) -> tuple[str, ...]:
        order = [rung for rung in ("refine", "drop_rules", "keep") if rung in rungs]
        if list(rungs) != order:
            raise ValueError(f"wanted each rung once and in the order {', '.join(order)} (found {', '.join(rungs)})")
        return rungs


class Refresh(Section):
    """Up to where a refresh goes on from what stands, rather than ask for a run that makes all anew."""

    max_changed_share: float = Field(default=0.3, ge=0, le=1)
    """Largest share of the records that one refresh may change: more are rather a fault of a source."""
    max_statistics_drift: float = Field(default=0.2, ge=0)
    """Most names that may have changed since the corpus statistics were counted, as a share of those counted."""


class Diagnose(Section):
    """How blocking is judged where no truth is known: changes no result."""

    likely: Floors | None = None
    """Pair feature → floor. A pair that reaches them all is taken for a match; left out, one of nearly equal names."""
    group: tuple[str, ...] | None = None
    """One group of blocking rules, all others being the second; left out, the rules that read a name."""


class Gates(Section):
    """How much may be wrong before a table is stopped, and how far it may move from the last published run."""

    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    max_unidentified_share: float = Field(default=0.5, ge=0, le=1)
    """Largest share of a source's records with no name and no identifier."""
    max_rows_lost: float = Field(default=0.5, ge=0, le=1)
    """Largest share of its rows that a source or a table may have lost."""
    max_rows_gained: float = Field(default=1.0, ge=0)
    """Most rows that it may have gained, as a share of those it had."""
    max_null_shift: float = Field(default=0.2, ge=0, le=1)
    """Furthest that the share of missing values of a field may move, within any source."""
    max_feature_drift: float = Field(default=0.25, ge=0)
    """Largest population stability index of a pair feature."""
    compare_from: int = Field(default=100, ge=1)
    """Fewest rows that are compared: of fewer, a few change everything."""
    severity: dict[str, Severity] = {}
    """Rule → what a breach does, in the place of what the rule itself says."""
    data_docs: bool = True
    """Whether each verdict is written as a page of Great Expectations' Data Docs, into the lake."""


class Online(Section):
    """What the online store holds."""

    enabled: bool = True
    store: Literal["feast", "sagemaker"] = "feast"
    """Which feature store; [sagemaker] says more of the second."""
    feature_store: Filled | None = None
    """A feature_store.yaml of Feast, which names registry, offline and online store; left out, files in the lake."""
    max_records_per_key: int = Field(default=200, gt=0)
    deadline_ms: int = Field(default=5_000, gt=0)
    """Milliseconds that all reads of one lookup may take together."""
    example: dict[str, str] = {}
    """A record to look up at the end of a run, by party field."""

    @field_validator("example")
    @classmethod
    def _canonical(cls, example: dict[str, str]) -> dict[str, str]:
        refuse_other_fields(example)
        return example


class Privacy(Section):
    """What keeps personal data from those who need not see it: changes no pair and no feature."""

    key_env: str | None = Field(default=None, pattern=r"^[A-Z_][A-Z0-9_]*$")
    """The environment variable, in capitals, that holds the secret of the blocking keys; left out, there is none."""
    key_id: str = Field(default="1", pattern=r"^[A-Za-z0-9._-]+$")
    """The name of that secret, which is recorded; a new secret takes a new name."""


class Spark(Section):
    """The session. `provided` where the platform brings session and Delta (EMR, Glue)."""

    provided: bool = False
    master: str = "local[*]"
    driver_memory: str = "4g"
    shuffle_partitions: int = Field(default=8, gt=0)
    config: dict[str, str] = {}


def nearest(key: str, valid: Any) -> str:
    """`; did you mean …?` with the nearest valid key, or the valid ones."""
    names = {name.casefold(): name for name in sorted(valid)}
    if not names:
        return "; there is none"
    close = difflib.get_close_matches(key.casefold(), names, n=1, cutoff=0.5)
    return f"; did you mean {names[close[0]]!r}?" if close else f"; valid are {', '.join(sorted(valid))}"


def span(age: str) -> timedelta:
    """An `Age` as a span of time."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[age[-1]]: int(age[:-1])})


def refuse_other_fields(fields: Any) -> None:
    """ValueError for the first that is no party field."""
    for field in fields:
        if field not in PARTY_FIELDS:
            raise ValueError(f"{field!r} is not a party field" + nearest(field, PARTY_FIELDS))

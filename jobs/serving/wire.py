"""What is asked and what is answered, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from features.tables import LIST_FIELDS, PARTY_FIELDS

_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}

# Checked by the lookup itself, whose errors name the nearest field and quote no value.
Record = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "Party fields; what is left out, null or a placeholder is missing.",
            "properties": {field: _TEXTS if field in LIST_FIELDS else _TEXT for field in PARTY_FIELDS},
            "additionalProperties": False,
        }
    ),
]


class Asked(BaseModel):
    """What may stand in every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int | None = Field(default=None, ge=1, description="Most candidates of a record; the service has its own.")
    deadline_ms: int | None = Field(default=None, ge=1, description="Milliseconds; the service's own is the longest.")
    reasons: bool = Field(default=True, description="Whether to give codes of what carries weight.")
    reveal: bool = Field(default=False, description="Whether to give the candidates' values; wants a permission.")


class LookupRequest(Asked):
    """One record."""

    record: Record


class BatchRequest(Asked):
    """Several records, answered together, before one deadline."""

    records: list[Record] = Field(min_length=1)


class CandidateAnswer(BaseModel):
    """An entity that shares a blocking key with the record."""

    entity_id: str
    rule: str = Field(description="The first rule, in order, whose key both share.")
    shared: int = Field(description="Keys that both share.")
    reasons: list[str] = Field(description="Codes of what carries weight, in the features' order.")


class Answer(BaseModel):
    """Evidence about one record: candidates, those that share most keys first, and their features."""

    complete: bool = Field(description="False when the store did not say all: see unread and missing.")
    stale: bool = Field(
        description="True when what is online is older than declared, or was replaced by what cannot be read."
    )
    as_of: datetime | None = Field(
        description="When the sources of what is online were read; null: the store did not say."
    )
    fingerprint: str | None = Field(description="Of the catalogue that made the features.")
    keys: int | None = Field(description="Blocking keys of the record; 0 means that it cannot have candidates.")
    found: int | None = Field(description="Candidates there were; null: it is not known.")
    truncated: bool = Field(description="Whether candidates were or may have been left out.")
    candidates: list[CandidateAnswer]
    features: dict[str, list[float | int | None]] = Field(
        description="A value a candidate, in their order, by feature. Numbers are of single precision, null where a "
        "side is missing; states are codes. GET /v1/features says what each means."
    )
    missing: dict[str, str] = Field(description="Candidates without features, each with the reason.")
    unread: str | None = Field(description="Why the store did not answer; null when it did.")
    values: dict[str, list[str]] | None = Field(
        default=None,
        description="With reveal: the candidates' own values by field, in their order, empty where missing.",
    )


class BatchAnswer(BaseModel):
    """One answer a record, in their order."""

    answers: list[Answer]


class FeatureMeaning(BaseModel):
    """What a feature is."""

    name: str
    version: int
    reads: list[str]
    range: str
    states: list[str] = Field(description="Names of the codes 0, 1, 2 …; empty for a number.")
    meaning: str
    reasons: dict[str, tuple[float | None, float | None]] = Field(
        description="Code → least and greatest value that it stands for; null where there is no such bound."
    )


class Health(BaseModel):
    """State of the service."""

    status: str = Field(description="starting, ready, store_unavailable or superseded.")
    as_of: datetime | None = None
    fingerprint: str | None = None
    stale: bool = False

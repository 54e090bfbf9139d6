"""Settings of the SageMaker Feature Store."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from features.sections import Section

_URL = r"^https?://\S+$"


class SageMaker(Section):
    """Which feature groups, how they are made, and how they are written. Credentials come by AWS's own ways alone."""

    prefix: str = Field(default="pairlake", max_length=40, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$")
    """What the names of the groups begin with: `PREFIX-online-entities`."""
    region: str | None = None
    """Left out, that of AWS's own settings and variables."""
    create: bool = True
    """Whether missing groups are made and new features added; false where something else makes them."""
    storage: Literal["Standard", "Standard_V2", "InMemory"] = "Standard"
    """The tier of the online store."""
    kms_key: str | None = None
    """The key of the online store, its id or ARN; left out, one of the service's own."""
    ttl_days: int | None = Field(default=None, ge=1)
    """Days after its event time for which an online record is kept; a load whose records expire is refused."""
    role_arn: str | None = None
    """The role with which the service writes its offline store."""
    offline_s3_uri: str | None = Field(default=None, pattern=r"^s3://\S+$")
    """Where the service's own offline store lies; left out, there is none: the lake is the offline store."""
    offline_kms_key: str | None = None
    endpoint: str | None = Field(default=None, pattern=_URL)
    """The address of the control plane, where it is not AWS's own."""
    runtime_endpoint: str | None = Field(default=None, pattern=_URL)
    """The address of the data plane, where it is not AWS's own."""
    writers: int = Field(default=16, ge=1, le=128)
    """Requests under way at once in a load, and in the reads of all lookups of a process."""
    grace_seconds: float = Field(default=10, ge=0, le=600)
    """Seconds after a load for which readers that began before it may still read what it replaced."""

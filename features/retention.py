"""Settings of what is kept of earlier states, and of how erased records are remembered."""

from __future__ import annotations

from pydantic import Field

from features.sections import Filled, Section


class Retention(Section):
    """What `pairlake maintain` leaves of earlier states, and how erased records are remembered."""

    days: int = Field(default=30, ge=0)
    """Published states of so many days are kept whole, to go back to."""
    versions: int = Field(default=3, ge=1)
    """Published states that are kept at least, however old."""
    quarantine_days: int = Field(default=90, ge=0)
    """Rows in quarantine are kept for so many days."""
    reader_hours: float = Field(default=24, ge=0)
    """A file that a reader may still be at is kept for so many hours after it left the tables."""
    compact_files: int = Field(default=32, ge=1)
    """A table of more small files than this is compacted."""
    erasure_key_env: Filled | None = None
    """Environment variable with the secret that ids of erased records are hashed with; without, a plain hash."""

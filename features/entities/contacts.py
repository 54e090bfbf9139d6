"""What comparators need of contacts, prepared once a record."""

from __future__ import annotations

from features.declare import record_feature


@record_feature()
def phone_ending(phone: str) -> str | None:
    """Last seven digits of the phone number; a shorter number has none."""
    return phone[-7:] if len(phone) >= 7 else None

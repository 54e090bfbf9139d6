"""What comparators need of an address, prepared once a record."""

from __future__ import annotations

from features.declare import record_feature


@record_feature()
def address_tokens(address: str) -> list[str]:
    """Distinct words and numbers of the address, sorted."""
    return sorted(set(address.split()))

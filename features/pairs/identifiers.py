"""States of the identifiers. Agreement is strong evidence, conflict of valid identifiers too."""

from __future__ import annotations

from features.comparators.values import agreement, checked_agreement
from features.declare import scored

lei_agreement = scored(
    ("lei", "lei_invalid"), checked_agreement, doc="State of the Legal Entity Identifiers (ISO 17442)."
)
bic_agreement = scored(
    ("bic", "bic_invalid"), checked_agreement, doc="State of the Business Identifier Codes (ISO 9362), branch left out."
)
isin_agreement = scored(
    ("isin", "isin_invalid"),
    checked_agreement,
    doc="State of the International Securities Identification Numbers (ISO 6166).",
)
registration_number_agreement = scored(
    "registration_number", agreement, doc="State of the numbers in the company register; there is no checksum to fail."
)
tax_id_agreement = scored("tax_id", agreement, doc="State of the tax numbers; there is no checksum to fail.")

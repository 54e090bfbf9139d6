"""Web domain, e-mail and phone."""

from __future__ import annotations

from urllib.parse import urlsplit

from features.declare import record_feature
from features.standardisation.text import clean_text


@record_feature()
def web_domain(raw_web_domain: str | None, raw_email: str | None) -> str | None:
    """Host of the web address without `www`, or of the e-mail address where there is no web address."""
    text = clean_text(raw_web_domain)
    if text:
        return _host(text)
    address = clean_text(raw_email)
    return address.rpartition("@")[2] or None if address and "@" in address else None


@record_feature()
def email(raw_email: str) -> str | None:
    """E-mail address in normal form."""
    text = clean_text(raw_email)
    return text if text and "@" in text else None


@record_feature()
def phone(raw_phone: str) -> str | None:
    """Phone number: digits only, leading zeros out; fewer than six digits are missing."""
    digits = "".join(c for c in raw_phone if c.isascii() and c.isdigit()).lstrip("0")
    return digits if len(digits) >= 6 else None


def _host(text: str) -> str | None:
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    return (host or "").removeprefix("www.").rstrip(".") or None

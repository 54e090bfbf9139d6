"""Blocking keys from contacts and places."""

from __future__ import annotations

from features.declare import blocking_rule


@blocking_rule(max_pairs=20_000)
def web_domain_same(web_domain: str) -> str:
    """The same web domain; a domain of very many records is a provider's, not a party's."""
    return web_domain


@blocking_rule(max_pairs=20_000)
def email_same(email: str) -> str:
    """The same e-mail address."""
    return email


@blocking_rule(max_pairs=20_000)
def phone_same(phone: str) -> str:
    """The same phone number."""
    return phone

"""Web domain, e-mail and phone."""

from __future__ import annotations

from features.comparators.alternatives import one_ends_the_other
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature


@pair_feature()
def web_domain_equal(web_domain_l: Text, web_domain_r: Text) -> Similarity:
    """1 when both web domains are the same, 0 when they differ."""
    return equal(web_domain_l, web_domain_r)


@pair_feature()
def email_equal(email_l: Text, email_r: Text) -> Similarity:
    """1 when both e-mail addresses are the same, 0 when they differ."""
    return equal(email_l, email_r)


@pair_feature()
def email_domain_equal(email_domain_l: Text, email_domain_r: Text) -> Similarity:
    """1 when both e-mail addresses are of one domain that is no free provider's, 0 when they differ."""
    return equal(email_domain_l, email_domain_r)


@pair_feature()
def phone_equal(phone_l: Text, phone_r: Text) -> Similarity:
    """1 when both phone numbers have the same digits, 0 when they differ."""
    return equal(phone_l, phone_r)


@pair_feature()
def phone_ending_equal(phone_l: Text, phone_r: Text, phone_ending_l: Text, phone_ending_r: Text) -> Similarity:
    """1 when one phone number ends with the other, of seven digits at least: with country code or without; 0 when not.

    Null when either number is missing or shorter.
    """
    return one_ends_the_other(phone_l, phone_r, phone_ending_l, phone_ending_r)

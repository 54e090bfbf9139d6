"""Web domain, e-mail and phone."""

from __future__ import annotations

from features.comparators.alternatives import one_ends_the_other
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature, scored, takes_plain

web_domain_equal = scored("web_domain", equal, doc="1 when both web domains are the same, 0 when they differ.")
email_equal = scored("email", equal, doc="1 when both e-mail addresses are the same, 0 when they differ.")
email_domain_equal = scored(
    "email_domain",
    equal,
    doc="1 when both e-mail addresses are of one domain that is no free provider's, 0 when they differ.",
)
phone_equal = scored("phone", equal, doc="1 when both phone numbers have the same digits, 0 when they differ.")


@pair_feature()
@takes_plain
def phone_ending_equal(phone_l: Text, phone_r: Text, phone_ending_l: Text, phone_ending_r: Text) -> Similarity:
    """1 when one phone number ends with the other, of seven digits at least: with country code or without; 0 when not.

    Null when either number is missing or shorter.
    """
    return one_ends_the_other(phone_l, phone_r, phone_ending_l, phone_ending_r)

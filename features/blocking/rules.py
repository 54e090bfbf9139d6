"""The default blocking rules, in order: the strongest evidence first.

AND within a rule, OR between rules. A pair that shares several keys is credited to the first rule here.
"""

from __future__ import annotations

from features.blocking.contacts import email_same, phone_same, web_domain_same
from features.blocking.identifiers import bic_equal, isin_equal, lei_equal, registration_number_equal, tax_id_equal
from features.blocking.names import (
    name_acronym_country,
    name_prefix_country,
    name_sound_country,
    name_start,
    name_word_country,
    name_word_pair_country,
    name_word_sound_country,
    name_words,
)
from features.blocking.persons import birth_date_family_sound, birth_date_given_sound, family_name_postal_code
from features.blocking.places import house_street_city, house_street_postal_code
from features.declare import BlockingRule

RULES: tuple[BlockingRule, ...] = (
    lei_equal,
    bic_equal,
    isin_equal,
    registration_number_equal,
    tax_id_equal,
    name_words,
    name_prefix_country,
    name_word_pair_country,
    name_sound_country,
    name_acronym_country,
    name_word_country,
    name_word_sound_country,
    name_start,
    web_domain_same,
    email_same,
    phone_same,
    birth_date_family_sound,
    birth_date_given_sound,
    family_name_postal_code,
    house_street_postal_code,
    house_street_city,
)

"""The default blocking rules, in order: the strongest evidence first.

AND within a rule, OR between rules. A pair that shares several keys is credited to the first rule here.

A key is worth having when few records carry it. So values that identify stand alone; words of names stand alone when
they are rare, two together when they are not, and beside a place when they are common; what tells records apart least
is asked of records of one country. `max_pairs` holds where values are more common than they should be.
"""

from __future__ import annotations

from features.blocking.fields import any_of, composite
from features.blocking.names import name_acronym
from features.blocking.persons import birth_date_given_sound
from features.blocking.signatures import minhash
from features.blocking.words import SOUND, rare_words
from features.declare import BlockingRule

FEW = 10
"""Records that are expected to carry a key of rare words: what a reader of candidates would still go through."""

_SHARED = 20_000
"""Most pairs of a value that may be a provider's or a building's."""

_VERY_MANY = 250_000
"""Most pairs of a value that says nearly all, unless it stands for nothing."""

RULES: tuple[BlockingRule, ...] = (
    composite(name="lei_equal", fields="lei", doc="The same Legal Entity Identifier."),
    composite(name="bic_equal", fields="bic", doc="The same Business Identifier Code, branch left out."),
    composite(
        name="isin_equal",
        fields="isin",
        max_pairs=_VERY_MANY,
        doc="The same International Securities Identification Number.",
    ),
    composite(
        name="registration_number_same",
        fields="registration_number",
        max_pairs=1_000,
        doc="The same registration number, wherever: the country of a record may be missing or that of a branch.",
    ),
    composite(
        name="tax_id_same",
        fields="tax_id",
        max_pairs=1_000,
        doc="The same tax number, wherever: the country of a record may be missing or that of a branch.",
    ),
    any_of(
        name="name_words",
        fields=("name_variants", "name_translated_variants"),
        max_pairs=_VERY_MANY,
        doc="The same words in any order, as the name or as an alias, as they are or in English.",
    ),
    rare_words(
        name="name_rare_words",
        fields=("name_core", "name_translated"),
        most=FEW,
        together=3,
        max_pairs=200,
        doc="A word that few records carry, or two or three that few are expected to carry together; or in English.",
    ),
    rare_words(
        name="name_rare_starts",
        most=FEW,
        form=5,
        max_pairs=50,
        doc="The first five letters of a word that few records carry: other endings, words cut short.",
    ),
    composite(
        name="name_first_letters",
        fields="name_compact",
        start={"name_compact": 8},
        max_pairs=400,
        doc="The first eight characters of the name without spaces: words cut short, written together or apart.",
    ),
    composite(
        name="name_first_word",
        fields="name_core",
        words={"name_core": 1},
        max_pairs=50,
        doc="The first word, where few names begin with it: the short name of a company beside its long one.",
    ),
    composite(
        name="name_end_country",
        fields=("name_compact", "country"),
        end={"name_compact": 6},
        max_pairs=30,
        doc="The last six characters of the name without spaces, and country: a first word left out or cut short.",
    ),
    name_acronym,
    rare_words(
        name="name_rare_sound_country",
        most=10 * FEW,
        form=SOUND,
        within="country",
        max_pairs=50,
        doc="A word by its sound, when not too many records carry it, and country: other spellings, other alphabets.",
    ),
    composite(
        name="name_word_city",
        fields=("name_tokens", "city"),
        max_pairs=30,
        doc="Any word of the name, and city: namesakes, whose words are all common, are told apart by the place.",
    ),
    minhash(
        name="name_ngrams_alike",
        field="name_compact",
        bands=12,
        rows=5,
        max_pairs=200,
        doc="Most character 3-grams of the name without spaces, by MinHash: typing errors anywhere in the name.",
    ),
    composite(
        name="web_domain_same",
        fields="web_domain",
        max_pairs=_SHARED,
        doc="The same web domain; a domain of very many records is a provider's, not a party's.",
    ),
    composite(name="email_same", fields="email", max_pairs=_SHARED, doc="The same e-mail address."),
    composite(name="phone_same", fields="phone", max_pairs=_SHARED, doc="The same phone number."),
    composite(
        name="birth_date_family_sound",
        fields=("birth_date", "family_name_sound"),
        max_pairs=_VERY_MANY,
        doc="The same birth date and a family name of the same sound.",
    ),
    birth_date_given_sound,
    composite(
        name="family_name_postal_code",
        fields=("family_name", "postal_code"),
        max_pairs=_VERY_MANY,
        doc="The same family name and postal code.",
    ),
    composite(
        name="house_street_postal_code",
        fields=("house_number", "street", "postal_code"),
        words={"street": 1},
        max_pairs=_SHARED,
        doc="The same house number, first word of the street and postal code.",
    ),
    composite(
        name="house_street_city",
        fields=("house_number", "street", "city"),
        words={"street": 1},
        max_pairs=_SHARED,
        doc="The same house number, first word of the street and city.",
    ),
)

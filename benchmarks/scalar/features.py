"""Every pair feature of the catalogue a second time, as teams usually write them: one plain Python call a pair.

A function takes two prepared records as dictionaries and gives a number, a state's code, or None where a side that it
needs is missing. Nothing of Pairlake's is used, so that the two can be held against each other: to test the kernel,
and to time it. What must be the same to the bit is defined by the catalogue: numbers are float32, rounded at the end.
"""

from __future__ import annotations

from rapidfuzz.distance import OSA, Indel, Jaro, JaroWinkler, LCSseq, Levenshtein, Prefix

from benchmarks.scalar.columns import (
    BOTH_MISSING,
    CONFLICT,
    GRADED_AGREE,
    GRADED_COMPATIBLE,
    ONE_MISSING,
    Record,
    Scalar,
    Value,
    agreement,
    checked_agreement,
    graded_agreement,
    on,
    rounded,
)
from benchmarks.scalar.values import (
    any_shared,
    best_variant,
    containment,
    cosine,
    days,
    equal,
    equal_or_swapped,
    jaccard,
    overlap,
    partial,
    reverse_containment,
    token_set,
)
from benchmarks.scalar.words import (
    abbreviation,
    coverage,
    in_english,
    least_unshared,
    lighter_coverage,
    most_unshared,
    rare_conflict,
    rarest_shared,
    typo,
    weighed,
    weighted_containment,
    weighted_cosine,
)


def compare(left: Record, right: Record) -> dict[str, Value]:
    """All features of a pair."""
    return {name: function(left, right) for name, function in FEATURES.items()}


def name_acronym(left: Record, right: Record) -> Value:
    sides = [(left["name_acronyms"], right["names_short"]), (right["name_acronyms"], left["names_short"])]
    possible = [(set(acronyms), names) for acronyms, names in sides if acronyms and names]
    return float(any(not acronyms.isdisjoint(names) for acronyms, names in possible)) if possible else None


def legal_form_agreement(left: Record, right: Record) -> Value:
    one, other = left["legal_form"], right["legal_form"]
    if not one or not other:
        return ONE_MISSING if one or other else BOTH_MISSING
    if one == other:
        return GRADED_AGREE
    same_class = left["legal_form_class"] and left["legal_form_class"] == right["legal_form_class"]
    return GRADED_COMPATIBLE if same_class else CONFLICT


def person_name_crossed(left: Record, right: Record) -> Value:
    """Crossed only where a given name begins like the other record's family name."""
    given_l, family_l, given_r, family_r = (r[f"{part}_name"] for r in (left, right) for part in ("given", "family"))
    if not (given_l and given_r and family_l and family_r):
        return None

    def both(*pairs: tuple[str, str]) -> float:
        return sum(rounded(JaroWinkler.normalized_similarity(one, other)) for one, other in pairs)

    best = both((given_l, given_r), (family_l, family_r))
    if given_l[0] == family_r[0] or family_l[0] == given_r[0]:
        best = max(best, both((given_l, family_r), (family_l, given_r)))
    return rounded(best / 2)


def phone_ending_equal(left: Record, right: Record) -> Value:
    if not left["phone_ending"] or not right["phone_ending"]:
        return None
    return float(left["phone"].endswith(right["phone"]) or right["phone"].endswith(left["phone"]))


FEATURES: dict[str, Scalar] = {
    "address_indel": on("address", Indel.normalized_similarity),
    "street_jaro_winkler": on("street", JaroWinkler.normalized_similarity),
    "address_token_overlap": on("address_tokens", overlap),
    "house_number_equal": on("house_number", equal),
    "address_unit_equal": on("address_unit", equal),
    "po_box_equal": on("po_box", equal),
    "web_domain_equal": on("web_domain", equal),
    "email_equal": on("email", equal),
    "email_domain_equal": on("email_domain", equal),
    "phone_equal": on("phone", equal),
    "phone_ending_equal": phone_ending_equal,
    "birth_date_alignment": on("birth_date", OSA.normalized_similarity),
    "incorporation_date_alignment": on("incorporation_date", OSA.normalized_similarity),
    "birth_date_days": on("birth_date", days),
    "incorporation_date_days": on("incorporation_date", days),
    "birth_date_swapped": on("birth_date", equal_or_swapped),
    "birth_date_possible": on("birth_date_readings", any_shared),
    "incorporation_date_possible": on("incorporation_date_readings", any_shared),
    "name_embedding_cosine": on("name_embedding", cosine),
    "name_ngram_cosine": on("name_ngrams", cosine),
    "lei_agreement": checked_agreement("lei"),
    "bic_agreement": checked_agreement("bic"),
    "isin_agreement": checked_agreement("isin"),
    "registration_number_agreement": agreement("registration_number"),
    "tax_id_agreement": agreement("tax_id"),
    "legal_form_agreement": legal_form_agreement,
    "name_weighted_cosine": weighed(weighted_cosine),
    "name_weighted_containment": weighed(weighted_containment),
    "name_rarest_shared": weighed(rarest_shared),
    "name_most_unshared": weighed(most_unshared),
    "name_least_unshared": weighed(least_unshared),
    "name_rare_conflict": weighed(rare_conflict),
    "name_typo_coverage": weighed(coverage(typo)),
    "name_abbreviation_coverage": weighed(coverage(abbreviation)),
    "name_typo_containment": weighed(lighter_coverage(typo)),
    "name_abbreviation_containment": weighed(lighter_coverage(abbreviation)),
    "name_translated_coverage": in_english(coverage(typo)),
    "name_translated_containment": in_english(lighter_coverage(typo)),
    "name_jaro_winkler": on("name_core", JaroWinkler.normalized_similarity),
    "name_levenshtein": on("name_core", Levenshtein.normalized_similarity),
    "name_alignment": on("name_core", OSA.normalized_similarity),
    "name_subsequence": on("name_core", LCSseq.normalized_similarity),
    "name_prefix": on("name_core", Prefix.normalized_similarity),
    "name_token_sort": on("name_sorted", Indel.normalized_similarity),
    "name_latin_jaro_winkler": on("name_latin", JaroWinkler.normalized_similarity),
    "name_latin_partial": on("name_latin", partial),
    "name_token_set": on("name_core", token_set),
    "name_partial": on("name_core", partial),
    "name_initials_jaro": on("name_initials", Jaro.normalized_similarity),
    "name_compact_jaro_winkler": on("name_compact", JaroWinkler.normalized_similarity),
    "name_equal": on("name_core", equal),
    "name_token_jaccard": on("name_tokens", jaccard),
    "name_token_overlap": on("name_tokens", overlap),
    "name_token_containment": on("name_tokens", containment),
    "name_token_reverse_containment": on("name_tokens", reverse_containment),
    "name_best_variant": on("name_variants", best_variant),
    "name_bigram_jaccard": on("name_bigrams", jaccard),
    "name_phonetic_jaccard": on("name_phonetics", jaccard),
    "name_acronym": name_acronym,
    "name_translated_best_variant": on("name_translated_variants", best_variant),
    "name_numbers_agreement": graded_agreement("name_numbers"),
    "name_markers_agreement": graded_agreement("name_markers"),
    "name_script_equal": on("name_script", equal),
    "given_name_jaro_winkler": on("given_name", JaroWinkler.normalized_similarity),
    "family_name_jaro_winkler": on("family_name", JaroWinkler.normalized_similarity),
    "person_name_crossed": person_name_crossed,
    "person_token_overlap": on("person_tokens", overlap),
    "given_initial_equal": on("given_initial", equal),
    "given_name_form_equal": on("given_name_forms", any_shared),
    "family_name_sound_equal": on("family_name_sound", equal),
    "city_jaro_winkler": on("city", JaroWinkler.normalized_similarity),
    "region_jaro_winkler": on("region", JaroWinkler.normalized_similarity),
    "country_equal": on("country", equal),
    "subdivision_equal": on("subdivision", equal),
    "postal_code_equal": on("postal_code", equal),
    "postal_area_equal": on("postal_area", equal),
}

"""Rules of rare words: two names share a key exactly when what they have in common is rare enough."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.blocking.words import MOST_WORDS, SOUND, rare_words, rarest_words
from features.declare import BlockingRule
from features.statistics import Statistics

COUNTS = {"bank": 4_000, "first": 900, "trust": 800, "national": 700, "savings": 90, "orion": 9, "acme": 3}
STATISTICS = Statistics.of(pa.table({"token": list(COUNTS), "records": list(COUNTS.values())}), 10_000)
names = st.lists(st.sampled_from([*COUNTS, "unheard", "zyx"]), min_size=1, max_size=6).map(" ".join)
limits = st.sampled_from([1, 5, 10, 100, 1000, 0.01])


def keys(rule: BlockingRule, *columns: list[str | list[str] | None]) -> list[set[str]]:
    return [set(found) for found in rule.function(*columns, statistics=STATISTICS)]


def weight(word: str) -> int:
    return int(STATISTICS.weights([word])[0])


@given(names, names, limits, st.integers(1, 3))
def test_two_names_share_a_key_exactly_when_rare_enough_words_are_common(
    one: str, two: str, most: float, together: int
) -> None:
    left, right = keys(rare_words(name="x", most=most, together=together), [one, two])
    common = set(one.split()) & set(two.split())
    enough = STATISTICS.weight_of(int(most) if most >= 1 else int(most * 10_000))
    sets = [chosen for size in range(1, together + 1) for chosen in combinations(sorted(common), size)]
    assert bool(left & right) == any(sum(map(weight, chosen)) >= enough for chosen in sets)


@given(names, limits)
def test_no_key_holds_a_word_that_it_could_do_without(name: str, most: float) -> None:
    (found,) = keys(rare_words(name="x", most=most, together=3), [name])
    sets = [frozenset(key.split()) for key in found]
    assert not any(one < two for one in sets for two in sets)


@given(st.lists(names, min_size=1, max_size=5), st.randoms())
def test_keys_do_not_depend_on_the_batch_nor_on_the_order_of_words(batch: list[str], random: object) -> None:
    rule = rare_words(name="x", most=100, together=2, form=4)
    assert keys(rule, batch) == [keys(rule, [name])[0] for name in batch]
    assert keys(rule, batch) == keys(rule, [" ".join(reversed(name.split())) for name in batch])


def test_common_words_alone_make_no_key_and_two_of_them_do_where_few_should_carry_both() -> None:
    assert keys(rare_words(name="x", most=100), ["first national bank", "savings bank"]) == [set(), {"savings"}]
    assert keys(rare_words(name="x", most=100, together=2), ["first national bank"]) == [{"first national"}]
    assert keys(rare_words(name="x", most=0.05), ["first national bank"]) == [set()]
    assert keys(rare_words(name="x", most=0.08), ["first national bank"]) == [{"national"}]


def test_forms_of_words() -> None:
    assert keys(rare_words(name="x", most=10, form=SOUND), ["akkord bank", "lu bank"]) == [{"AKRT"}, set()]
    assert keys(rare_words(name="x", most=10, form=3), ["akkord bank", "ox bank"]) == [{"akk"}, {"ox"}]


def test_each_of_several_names_is_read_by_itself_and_within_its_place() -> None:
    rule = rare_words(name="x", most=10, together=2, fields=("name_core", "alias_cores"), within="city")
    assert rule.required == ("city",)
    found = keys(rule, ["acme", None], [["orion bank", "zyx"], None], ["ohio", "ohio"])
    assert found == [{"acme|ohio", "orion|ohio", "zyx|ohio"}, set()]
    assert rare_words(name="x", most=10).required == ("name_core",)


def test_a_name_of_very_many_words_has_its_rarest_ones_combined() -> None:
    many = " ".join([*COUNTS, *(f"w{n}" for n in range(30))])
    (found,) = keys(rarest_words(name="x", count=MOST_WORDS, together=2), [many])
    assert len(found) == MOST_WORDS * (MOST_WORDS - 1) // 2


def test_the_rarest_words_are_a_key_however_rare_they_are() -> None:
    assert keys(rarest_words(name="x"), ["first national bank", "bank"]) == [{"national", "first"}, {"bank"}]
    assert keys(rarest_words(name="x", count=3, together=2), ["first orion bank"]) == [
        {"first orion", "bank orion", "bank first"}
    ]


def test_without_statistics_every_word_is_a_key() -> None:
    rule = rare_words(name="x", most=10, together=2)
    assert [set(found) for found in rule.function(["first bank"], statistics=Statistics())] == [{"bank", "first"}]

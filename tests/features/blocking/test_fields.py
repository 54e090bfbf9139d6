"""Keys of fields as they are: composite keys and values wherever they stand."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from features.blocking.fields import any_of, composite

value = st.one_of(st.none(), st.text("ab c", min_size=1, max_size=4), st.lists(st.text("ab", min_size=1), max_size=3))


def several(one: str | list[str] | None) -> list[str]:
    return [one] if isinstance(one, str) else one or []


@given(value, value)
def test_a_composite_key_is_every_combination_of_the_values(one: str | list[str] | None, two: str | list[str]) -> None:
    rule = composite(name="x", fields=["a", "b"])
    assert rule.required == ("a", "b")
    assert rule.function(one, two) == [f"{x}|{y}" for x, y in product(several(one), several(two))]


@given(value, value)
def test_any_of_several_fields_makes_the_same_key(one: str | list[str] | None, two: str | list[str] | None) -> None:
    rule = any_of(name="x", fields=("a", "b"))
    assert rule.required == ()
    assert rule.function(one, two) == several(one) + several(two)
    assert set(rule.function(one, two)) == set(rule.function(two, one))


def test_fields_are_cut_at_either_end_and_to_their_first_words() -> None:
    cut = composite(name="x", fields=("a", "b", "c"), start={"a": 3}, end={"b": 2}, words={"c": 2})
    assert cut.function("abcdef", ["vwxyz", "z"], "one two three") == ["abc|yz|one two", "abc|z|one two"]
    both = composite(name="x", fields="a", words={"a": 1}, end={"a": 2})
    assert both.function("main street") == ["in"]


def test_what_must_be_equal_besides_is_required() -> None:
    rule = any_of(name="x", fields=["lei", "aliases"], within="country")
    assert rule.required == ("country",)
    assert rule.inputs == ("lei", "aliases", "country")
    assert rule.function(None, ["one", "two"], "DE") == ["one|DE", "two|DE"]
    assert rule.function(None, None, "DE") == []

"""What is prepared on a record beside its name, once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.entities.addresses import address_tokens
from features.entities.contacts import phone_ending
from features.entities.persons import (
    family_name_core,
    family_name_sound,
    given_initial,
    given_name_forms,
    person_tokens,
)


@pytest.mark.parametrize(
    ("declared", "arguments", "wanted", "why"),
    [
        (address_tokens, ("12 st james st",), ["12", "james", "st"], "each word once"),
        (phone_ending, ("496991000",), "6991000", "seven digits"),
        (phone_ending, ("691000",), None, "too short to have an ending of its own"),
        (given_initial, ("anna maria",), "a", "of the first"),
        (given_name_forms, ("bill james",), ["bill", "wilhelm"], "a short form, of the first name only"),
        (given_name_forms, ("ted",), ["edward", "ted", "theodore"], "short for two names"),
        (given_name_forms, ("zora",), ["zora"], "a name the table does not know"),
        (family_name_core, ("van der berg",), "berg", "particles out"),
        (family_name_core, ("al hassan",), "hassan", "article out"),
        (family_name_core, ("mac donald",), "macdonald", "spaces out"),
        (family_name_core, ("de la",), "dela", "nothing but particles stays"),
        (family_name_sound, ("meyer",), "MYR", "Metaphone"),
        (family_name_sound, ("株式",), None, "no Latin letters, no sound"),
        (person_tokens, ("anna maria", "anna"), ["anna", "maria"], "both names together"),
    ],
)
def test_prepared_forms(declared: Any, arguments: tuple[Any, ...], wanted: Any, why: str) -> None:
    assert declared.function(*arguments) == wanted, why


@pytest.mark.parametrize(
    ("one", "other", "alike", "why"),
    [
        ("bill", "william", True, "English"),
        ("peggy", "margaret", True, "a short form that looks like nothing of the kind"),
        ("sepp", "josef", True, "German"),
        ("pepe", "jose", True, "Spanish"),
        ("guillaume", "wilhelm", True, "French and German"),
        ("bill", "bob", False, "two short forms"),
        ("john", "joan", False, "two names"),
    ],
)
def test_forms_of_one_name_meet(one: str, other: str, alike: bool, why: str) -> None:
    shared = {*given_name_forms.function(one)} & {*given_name_forms.function(other)}
    assert bool(shared) == alike, why


@given(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True))
def test_a_prepared_name_is_never_empty(name: str) -> None:
    assert family_name_core.function(name)
    assert name.split(maxsplit=1)[0] in given_name_forms.function(name)

"""One declaration, one place: everything else about a feature follows from it."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue as catalogues
from features.catalogue import MOST_RULES, Catalogue
from features.declare import DeclarationError
from features.kernel.records import key_number, rule_of

DECLARATION = '''
from features.blocking.kinds import composite
from features.comparators.strings import POSTFIX
from features.comparators.values import equal
from features.declare import Similarity, Text, blocking_rule, pair_feature, record_feature, scored

name_postfix = scored("name_core", POSTFIX, doc="Length of the common ending over the longer name's length.")

@record_feature()
def name_first_word(name_core: str) -> str:
    """First word of the name."""
    return name_core.split()[0]

@pair_feature(version=3)
def name_first_word_equal(name_first_word_l: Text, name_first_word_r: Text) -> Similarity:
    """1 when the first words are the same, 0 when they differ."""
    return equal(name_first_word_l, name_first_word_r)

@blocking_rule(max_pairs=10)
def name_first_word_same(name_first_word: str) -> str:
    """The same first word."""
    return name_first_word

post_code = composite(name="same_post_code", fields=["country", "postal_code"], doc="The same postal code.")
'''


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Writes a module of declarations under a name of its own and takes it away again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names: list[str] = []

    def write(source: str) -> str:
        name = f"declared_{tmp_path.name}_{len(names)}".replace("-", "_")
        (tmp_path / f"{name}.py").write_text("from __future__ import annotations\n" + source, encoding="utf-8")
        names.append(name)
        return name

    yield write
    for name in names:
        sys.modules.pop(name, None)


def test_a_feature_declared_in_one_file_is_everywhere(write_module) -> None:  # type: ignore[no-untyped-def]
    from expectations import pair_features as pair_suite  # noqa: PLC0415
    from feature_repo.definitions import define  # noqa: PLC0415
    from features import tables  # noqa: PLC0415
    from features.spark.frames import spark_schema  # noqa: PLC0415
    from jobs.shown import catalogue_page  # noqa: PLC0415

    catalogue = catalogues.load((write_module(DECLARATION),))
    for name in ("name_postfix", "name_first_word_equal"):
        assert spark_schema(catalogue.pair_schema)[name].dataType.simpleString() == "float"
        rules = {e.meta["rule"]: e for e in pair_suite.suite(catalogue, linking=True).expectations}
        assert any(getattr(e, "column", None) == name for e in rules.values())
        views = {o.name: o for o in define(catalogue, {t.name: f"/lake/{t.name}" for t in tables.ALL})}
        assert name in {field.name for field in views["pair_features"].features}
        assert f"`{name}`" in catalogue_page(catalogue)
    assert "name_first_word" in catalogue.entity_schema.names
    assert "`name_first_word_same`" in catalogue_page(catalogue)
    assert '`composite(fields = ["country", "postal_code"])`' in catalogue_page(catalogue)
    assert [rule.name for rule in catalogue.rules][-2:] == ["name_first_word_same", "same_post_code"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (DECLARATION.replace("name_first_word_l: Text", "name_frist_word_l: Text"), "name_first_word_equal has the"),
        (
            DECLARATION.replace("name_first_word_l", "name_frist_word_l").replace(
                "name_first_word_r", "name_frist_word_r"
            ),
            "'name_frist_word', which nothing declares; did you mean 'name_first_word'",
        ),
        (DECLARATION.replace("-> Similarity", "-> float"), "wanted Similarity"),
        (DECLARATION.replace('"postal_code"]', '"postcode"]'), "'postcode', which nothing declares; did you mean"),
        (DECLARATION.replace('"""First word of the name."""', ""), "no docstring"),
        (DECLARATION.replace("name_core: str", "name_core"), "'name_core' has no annotation"),
        (DECLARATION.replace('-> str:\n    """First', '-> dict:\n    """First'), "wanted one of str"),
        (DECLARATION.replace('-> str:\n    """The same', '-> int:\n    """The same'), "int'>; wanted str, list"),
        (DECLARATION.replace('-> str:\n    """The same', ':\n    """The same'), "returns None; wanted str, list"),
        (DECLARATION.replace("max_pairs=10", "max_pairs=0"), "max_pairs is 0; wanted a whole number, 1 or more"),
        (DECLARATION.replace("max_pairs=10", "batch=True"), "wanted a list, one entry a record, of str, list"),
        (DECLARATION.replace("name_postfix", "name_prefix"), "'name_prefix' is declared twice"),
        (DECLARATION.replace("def name_first_word(name_core", "def name_first_word(name_first_word"), "in a circle"),
    ],
)
def test_a_mistake_is_refused_at_load_in_words(write_module, source: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DeclarationError, match=said):
        catalogues.load((write_module(source),))


def test_an_unknown_module_feature_or_rule_is_refused_with_the_nearest_name(catalogue: Catalogue) -> None:
    with pytest.raises(DeclarationError, match="'no_such_module', which cannot be imported"):
        catalogues.load(("no_such_module",))
    with pytest.raises(DeclarationError, match="did you mean 'name_jaro_winkler'"):
        catalogue.select(["name_jaro_winkel"], None)
    with pytest.raises(DeclarationError, match="did you mean 'lei_equal'"):
        catalogue.select(None, ["lei_equals"])


def test_what_is_chosen_twice_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(DeclarationError, match="the pair feature 'name_equal' is chosen twice"):
        catalogue.select(["name_equal", "country_equal", "name_equal"], None)
    with pytest.raises(DeclarationError, match="the blocking rule 'lei_equal' is chosen twice"):
        catalogue.select(None, ["lei_equal", "lei_equal"])


def test_there_are_as_many_rules_at_most_as_a_key_and_a_pair_have_numbers_for(catalogue: Catalogue) -> None:
    last = MOST_RULES - 1
    assert rule_of(key_number(last, "x")) == last == np.iinfo(np.int8).max
    free = MOST_RULES - len(catalogue.rules)
    declared = [{"kind": "composite", "name": f"rule_{n}", "fields": "country"} for n in range(free + 1)]
    assert len(catalogues.load((), declared[:free]).rules) == MOST_RULES
    with pytest.raises(DeclarationError, match="there are 129 blocking rules; wanted at most 128"):
        catalogues.load((), declared)


REFINED = """
from features.declare import blocking_rule

@blocking_rule(refine_by=("house_number", "name_phonetics"))
def same_city(city: str) -> str:
    '''The same city.'''
    return city
"""


def test_what_a_rule_may_be_refined_by_is_kept_with_the_records(write_module) -> None:  # type: ignore[no-untyped-def]
    few = catalogues.load((write_module(REFINED),)).select(["name_equal"], ["same_city"])
    assert few.refining_columns == ("house_number", "name_phonetics")
    assert set(few.refining_columns) <= set(few.entity_schema.names)
    assert not set(few.refining_columns) & set(few.kernel_columns)


def test_a_rule_is_refined_by_columns_of_text_only(write_module) -> None:  # type: ignore[no-untyped-def]
    for column, said in (("house_nummer", "did you mean 'house_number'"), ("name_embedding", "no column of text")):
        with pytest.raises(DeclarationError, match=said):
            catalogues.load((write_module(REFINED.replace("house_number", column)),))


def test_names_are_unique_and_every_column_read_is_prepared(catalogue: Catalogue) -> None:
    names = [feature.name for feature in catalogue.pair_features]
    assert len(names) == len(set(names)) >= 15
    assert set(catalogue.kernel_columns) <= set(catalogue.entity_schema.names)
    assert catalogue.pair_schema.field("name_jaro_winkler").type == pa.float32()


def test_a_selection_keeps_the_asked_order_and_travels_by_name(catalogue: Catalogue) -> None:
    chosen = catalogue.select(["country_equal", "name_levenshtein"], ["name_words", "lei_equal"])
    again = pickle.loads(pickle.dumps(chosen))
    assert [feature.name for feature in again.pair_features] == ["country_equal", "name_levenshtein"]
    assert [rule.name for rule in again.rules] == ["name_words", "lei_equal"]
    assert again.fingerprint == chosen.fingerprint


def test_a_selection_makes_no_entity_feature_that_it_does_not_read(catalogue: Catalogue) -> None:
    assert catalogue.select(None, None).entity_features == catalogue.entity_features
    few = catalogue.select(["country_equal", "name_token_sort"], ["lei_equal"])
    made = {feature.name for feature in few.entity_features}
    assert "name_sorted" in made
    assert "name_embedding" not in made
    read = {*few.kernel_columns, *few.refining_columns, *(column for rule in few.rules for column in rule.inputs)}
    assert made == few.behind(read) & {feature.name for feature in catalogue.entity_features}


def test_behind_a_column_are_the_fields_of_the_sources(catalogue: Catalogue) -> None:
    assert {"name_core", "name", "raw_name"} <= catalogue.behind(["name_tokens"])
    assert "raw_email" not in catalogue.behind(["name_tokens"])


def test_the_fingerprint_changes_with_versions_sources_and_selection(write_module) -> None:  # type: ignore[no-untyped-def]
    one = catalogues.load((write_module(DECLARATION),))
    other_version = catalogues.load((write_module(DECLARATION.replace("version=3", "version=4")),))
    other_rule = catalogues.load((write_module(DECLARATION.replace('"postal_code"]', '"city"]')),))
    other_source = catalogues.load((write_module(DECLARATION.replace("split()[0]", "split()[-1]")),))
    others = (other_version, other_rule, other_source, one.select(["country_equal"], None))
    assert len({c.fingerprint for c in (one, *others)}) == 5
    assert catalogues.load(one.modules).fingerprint == one.fingerprint


def test_the_limits_of_a_rule_enter_the_fingerprint_wherever_it_is_declared(write_module) -> None:  # type: ignore[no-untyped-def]
    declared = {"kind": "composite", "name": "same_country", "fields": "country"}
    limits = (None, 10, 1_000_000)
    of_settings = {catalogues.load((), [declared | ({"max_pairs": n} if n else {})]).fingerprint for n in limits}
    assert len(of_settings) == len(limits)
    # The module of a rule that a kind made is the kind's, and no source that is hashed says its limit.
    own = catalogues.load((write_module(DECLARATION),)).select(["name_equal"], ["same_post_code"])
    [rule] = own.rules
    assert rule.module == "features.blocking.fields"
    others = [replace(rule, max_pairs=10), replace(rule, refine_by=("city",)), replace(rule, refine_by=())]
    assert len({replace(own, rules=(one,)).fingerprint for one in (rule, *others)}) == 4

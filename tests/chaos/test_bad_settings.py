"""Settings that cannot be: every section, every key, every kind of wrong value is one message that names the place."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from features import catalogue as catalogues
from features.errors import PairlakeError
from features.sections import Section
from features.settings import Settings, load

BASE = 'mode = "dedupe"\nlake = "LAKE"\n[[sources]]\nname = "a"\nformat = "csv"\npath = "a.csv"\nid = "id"\n'
MAPPED = '[sources.columns]\nname = "name"\n'
WRONG = (
    "-1",
    '""',
    '"ä\\u0000"',
    "[]",
    "[[1]]",
    "{}",
    "{ a = 1 }",
    "true",
    "nan",
    "1e400",
    "1979-05-27",
    "99999999999999999999",
)


def sections() -> dict[str, type[BaseModel]]:
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def places() -> list[tuple[str, str]]:
    """Every section's every key."""
    return [(section, key) for section, kind in sections().items() for key in kind.model_fields]


def outcome(tmp_path: Path, text: str) -> str | None:
    """The one message that refuses a settings file; None where it loads. Any other error goes up."""
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    try:
        catalogues.chosen(load(path))
    except PairlakeError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 2000
        return str(error)
    return None


@pytest.mark.parametrize(("section", "key"), places(), ids=".".join)
def test_a_value_of_a_wrong_kind_is_told_with_its_place(
    tmp_path: Path, tried: Callable[..., None], section: str, key: str
) -> None:
    tried("bad input: settings", f"[{section}] {key} of a wrong kind")
    said = [outcome(tmp_path, BASE + MAPPED + f"[{section}]\n{key} = {value}\n") for value in WRONG]
    refused = [message for message in said if message]
    assert refused
    assert all(key in message for message in refused)
    tried(happened=f"{len(refused)} of {len(WRONG)} values refused by name, the others mean something", lost="nothing")


@pytest.mark.parametrize("section", sections())
def test_a_section_that_is_none_and_a_key_that_is_none_are_told(
    tmp_path: Path, tried: Callable[..., None], section: str
) -> None:
    tried("bad input: settings", f"[{section}] as a number, as a list, and with a key that is none")
    for wrong in ("7", "[1]", '"x"'):
        said = outcome(tmp_path, BASE.replace("[[", f"{section} = {wrong}\n[[", 1) + MAPPED)
        assert said is not None
        assert section in said
    said = outcome(tmp_path, BASE + MAPPED + f"[{section}]\nno_such_key = 1\n")
    assert said is not None
    assert f"{section}: unknown key 'no_such_key'" in said
    tried(happened="refused by name", lost="nothing")


FILES: dict[str, tuple[str, str]] = {
    "a rule of a kind that is none": ('[[blocking.rule]]\nname = "x"\nkind = "exact"\nfield = "lei"\n', "kind 'exact'"),
    "a rule on a field that is none": (
        '[[blocking.rule]]\nname = "x"\nkind = "composite"\nfields = ["shoe_size"]\n',
        "shoe_size",
    ),
    "two rules of one name": (
        '[[blocking.rule]]\nname = "lei_equal"\nkind = "composite"\nfields = ["lei"]\n',
        "lei_equal",
    ),
    "a feature that is none": ('[catalogue]\nfeatures = ["name_equls"]\n', "did you mean"),
    "a module that is none": ('[catalogue]\nmodules = ["no_such_module"]\n', "cannot be imported"),
    "a module that does not compile": ('[catalogue]\nmodules = ["broken_module"]\n', "SyntaxError"),
    "a floor on a feature that is none": ("[prune]\nname_equls = 0.5\n", ""),
    "an example with a field that is none": ("[online.example]\nshoe_size = '44'\n", "not a party field"),
    "a source option that drops rows": ("[sources.options]\nmode = 'DROPMALFORMED'\n", "not yours to set"),
    "a condition of a date": ("[sources.where]\nday = 1979-05-27\n", "wanted text, a number"),
}


@pytest.mark.parametrize("kind", FILES)
def test_settings_that_do_not_fit_together_are_told(
    tmp_path: Path, tried: Callable[..., None], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    tried("bad input: settings", kind)
    (tmp_path / "broken_module.py").write_text("def (:\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    text, wanted = FILES[kind]
    said = outcome(tmp_path, BASE + MAPPED + text)
    if kind == "a floor on a feature that is none":  # judged with the catalogue, when a run opens
        from features.kernel.prune import Prune  # noqa: PLC0415

        with pytest.raises(PairlakeError) as caught:
            Prune.of(load(tmp_path / "run.toml").prune, catalogues.load())
        said = str(caught.value)
    assert said is not None
    assert wanted in said
    tried(happened=f"refused: {said.replace(str(tmp_path) + '/', '')}", lost="nothing")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(place=st.sampled_from([*Settings.model_fields, *(".".join(place) for place in places())]), value=JSON)
def test_whatever_stands_in_the_settings_they_load_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: Any
) -> None:
    section, _, key = place.partition(".")
    values = {
        "mode": "dedupe",
        "lake": "x",
        "sources": [{"name": "a", "format": "csv", "path": "x", "id": "id", "columns": {"name": "name"}}],
    }
    given_value: Any = {key: value} if key else value
    file = tmp_path_factory.mktemp("any") / "run.toml"
    text = _toml({**values, section: given_value})
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        load(file)
    except PairlakeError as error:
        assert "\n" not in str(error).replace(text, "")


def _toml(values: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in values.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value if inner is not None) + "]"
    return json.dumps(value)


SESSIONS = {
    "a master that is none": ({"master": "locl[2]"}, "look at [spark] master"),
    "a memory that is none": ({"driver_memory": "4 gigs"}, 'driver_memory (for example "4g"'),
    "a memory larger than any machine": ({"driver_memory": "900000g"}, "less than the machine has"),
}
PROGRAM = """
import json, sys
from features.damage import DamageError, in_words
from features.sections import Spark
from features.spark.session import session
try:
    with in_words("lake"):
        session(Spark(**json.loads(sys.argv[1])))
except DamageError as error:
    print(error)
"""


@pytest.mark.spark
@pytest.mark.parametrize("kind", SESSIONS)
def test_a_session_that_cannot_start_is_one_message(tried: Callable[..., None], kind: str) -> None:
    tried("bad input: settings", kind)
    spark, wanted = SESSIONS[kind]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(spark)], capture_output=True, text=True, check=False, timeout=200
    )
    assert wanted in done.stdout, done.stderr
    tried(happened=f"refused: {done.stdout}", lost="nothing")


def test_every_section_is_tried() -> None:
    kinds = [field.annotation for field in Settings.model_fields.values()]
    inner = [kind for kind in kinds if any(isinstance(a, type) and issubclass(a, Section) for a in get_args(kind))]
    assert len(sections()) >= 9
    assert len(inner) == 1  # the sources

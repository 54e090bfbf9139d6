"""Settings: a good file loads; whatever is wrong with one is a single message that names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.sections import Source
from features.settings import Settings, SettingsError, load

GOOD = """
mode = "link"
lake = "lake"

[[sources]]
name = "clients"
format = "csv"
path = "clients.csv"
id = "number"
columns = { name = "company", aliases = ["short", "former"], country = "land" }
where = { active = true }
options = { sep = ";" }

[[sources]]
name = "register"
side = "right"
format = "delta"
table = "main.register"
id_hash = ["name", "country"]
columns = { name = "name" }

[blocking]
pair_budget = 1000

[gates]
max_quarantined_share = 0.1

[spark]
driver_memory = "2g"
"""


def refused(tmp_path: Path, text: str | bytes) -> str:
    """The message that refuses a settings file, after the file's name."""
    path = tmp_path / "run.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.count(str(path)) == 1
    assert "\n" not in message
    return message.removeprefix(str(path)).removeprefix(": ")


def test_a_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(GOOD)
    settings = load(tmp_path / "run.toml")
    clients, register = settings.sources
    assert settings.linking
    assert clients.columns == {"name": ("company",), "aliases": ("short", "former"), "country": ("land",)}
    assert clients.where == {"active": True}
    assert (register.table, register.id_hash, register.side) == ("main.register", ("name", "country"), "right")
    assert (settings.blocking.pair_budget, settings.gates.max_quarantined_share) == (1000, 0.1)
    assert settings.online.enabled


def test_the_settings_that_come_with_the_project_load() -> None:
    assert load("jobs/settings/local.toml").linking


WRONG = {
    "an unknown key": ('lake = "lake"', 'lak = "lake"', "unknown key 'lak'; did you mean 'lake'?"),
    "an unknown key of a section": ("pair_budget", "pair_budgt", "blocking: unknown key 'pair_budgt'; did you mean "),
    "an unknown key of a source": ("format =", "fromat =", "source 'clients': unknown key 'fromat'; did you mean "),
    "an unknown section": ("[gates]", "[gate]", "unknown key 'gate'; did you mean 'gates'?"),
    "a key unlike any": ('lake = "lake"', "zzz = 1", "unknown key 'zzz'; valid are blocking, catalogue, diagnose, "),
    "an unknown party field": ("country =", "contry =", "'contry' is not a party field; did you mean 'country'?"),
    "an unknown field to look up": ("[spark]", '[online.example]\nnmae = "x"\n[spark]', "did you mean 'name'?"),
    "no column mapped": ('columns = { name = "name" }', "columns = {}", "maps no column; wanted at least one of name"),
    "a column that is no name": ('"company"', "3", "columns.name: wanted the name of a column, or a list of such"),
    "an empty list of columns": ('["short", "former"]', "[]", "columns.aliases: wanted the name of a column"),
    "a column without a name": ('"company"', '""', "columns.name: wanted the name of a column"),
    "no id": ('id = "number"', "", "wants either `id`, the column that identifies a record, or `id_hash`"),
    "two ways to identify": ('id = "number"', 'id = "number"\nid_hash = ["a"]', "found both"),
    "neither path nor table": ('path = "clients.csv"', "", "wants either `path` or `table`, found neither"),
    "both path and table": ('path = "clients.csv"', 'path = "x"\ntable = "y"', "`path` or `table`, found both"),
    "an empty path": ('"clients.csv"', '""', "source 'clients'.path: wanted text that is not empty"),
    "an empty lake": ('lake = "lake"', 'lake = ""', "lake: wanted text that is not empty"),
    "a key left out": ('format = "csv"', "", "source 'clients'.format: is missing"),
    "a link without a right side": ('side = "right"', "", "mode 'link' wants sources on both sides; set side = "),
    "a deduplication with two sides": ('"link"', '"dedupe"', "mode 'dedupe' has one side; leave `side` out"),
    "two sources of one name": ('"register"', '"clients"', "two sources are called 'clients'"),
    "a name that makes no id": ('"clients"', '"Our Clients"', "source 'Our Clients'.name: "),
    "an unknown format": ('"csv"', '"xlsx"', "should be 'delta', 'parquet', 'csv' or 'json' (found 'xlsx')"),
    "an unknown mode": ('"link"', '"merge"', "mode: should be 'link' or 'dedupe' (found 'merge')"),
    "a negative budget": ("= 1000", "= -1", "blocking.pair_budget: should be greater than 0 (found -1)"),
    "a number in words": ("= 1000", '= "many"', "blocking.pair_budget: should be a valid integer"),
    "a share over one": ("= 0.1", "= 10", "gates.max_quarantined_share: should be less than or equal to 1 (found 10)"),
    "a condition that is a list": ("active = true", "active = [1]", "where.active: wanted text, a number, true or"),
    "an unknown severity": ("= 0.1", '= 0.1\nseverity = { x = "fail" }', "should be 'warn', 'quarantine' or 'stop'"),
    "an option that is no text": ('sep = ";"', "header = true", "options.header: wanted text, in quotes (found True)"),
    "an option that drops rows": ('sep = ";"', 'Mode = "DROPMALFORMED"', "'Mode' is not yours to set"),
    "a condition of another kind": (
        "where = {",
        'where = "Jane Doe" #',
        "where: wanted a table of keys and values (found a str)",
    ),
    "an example that is no record": ("[spark]", "[online.example]\nname = 7\n[spark]", "in quotes (found a int)"),
    "a secret itself": ("[spark]", '[privacy]\nkey_env = "6b1f0c"\n[spark]', "privacy.key_env: String should match"),
    "metrics in a bucket": (
        "[gates]",
        '[metrics]\nfile = "s3://b/m.prom"\n[gates]',
        "metrics.file: wanted the path of a",
    ),
    "events to nowhere": ("[gates]", '[lineage]\nurl = "lineage"\n[gates]', "lineage.url: wanted an address as https:"),
    "TOML that is none": ('mode = "link"', "mode link", " is not valid TOML: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, name: str) -> None:
    good, wrong, said = WRONG[name]
    assert GOOD.count(good) >= 1
    assert said in refused(tmp_path, GOOD.replace(good, wrong, 1))


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD + '[lineage]\nurl = "https://me:sesame@lineage.example/"\n')
    assert "lineage.url: wanted an address as https://host/path, without user, password or key" in said
    assert "sesame" not in said


def test_rules_of_ones_own_are_read_and_count_among_what_changes_results(tmp_path: Path) -> None:
    rule = '[[blocking.rule]]\nname = "near"\nkind = "minhash"\nfield = "name_core"\nbands = 8\nrows = 4\n'
    (tmp_path / "run.toml").write_text(GOOD + rule)
    settings = load(tmp_path / "run.toml")
    assert settings.blocking.pair_budget == 1000
    assert [kept.name for kept in catalogues.chosen(settings).rules][-1] == "near"
    (tmp_path / "run.toml").write_text(GOOD + rule.replace("rows = 4", "rows = 5"))
    assert load(tmp_path / "run.toml").hash != settings.hash
    assert "wanted [[blocking.rule]] with a name and a kind" in refused(
        tmp_path, GOOD + '[[blocking.rule]]\nname = "x"'
    )
    assert "near: rows is datetime.date(2026, 1, 1); wanted texts" in refused(
        tmp_path, GOOD + rule.replace("rows = 4", "rows = 2026-01-01")
    )


def test_one_table_in_place_of_a_list_of_sources_is_explained(tmp_path: Path) -> None:
    said = refused(tmp_path, 'mode = "dedupe"\nlake = "x"\n[sources]\nname = "a"\n')
    assert said == "sources: found [sources], wanted [[sources]], one for each"
    assert refused(tmp_path, 'mode = "dedupe"\nlake = "x"\n') == "sources: is missing"


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD.replace("= 1000", "= 0").replace("= 0.1", "= 2").replace('"csv"', '"xml"'))
    assert all(key in said for key in ("pair_budget", "max_quarantined_share", "source 'clients'.format"))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    assert "is not valid TOML: 'utf-8' codec" in refused(tmp_path, GOOD.replace("clients", "cliënts").encode("latin-1"))


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no settings file .*none\.toml; jobs/settings/local\.toml is an example"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_the_hash_follows_what_changes_results_and_nothing_else(tmp_path: Path) -> None:
    same = [
        GOOD.replace('lake = "lake"', 'lake = "s3://elsewhere"'),
        GOOD.replace('"2g"', '"8g"') + 'shuffle_partitions = 64\nmaster = "local[1]"\n',
        GOOD.replace("= 0.1", "= 0.2"),
        GOOD + '\n[privacy]\nkey_env = "PAIRLAKE_KEY"\nkey_id = "2"\n',
        GOOD + '\n[online]\nenabled = false\n[report]\nfolder = "r"\n[metrics]\nfile = "m"\n[lineage]\nfile = "e"\n',
        GOOD.replace(
            'name = "company", aliases = ["short", "former"]', 'aliases = ["short", "former"], name = "company"'
        ),
    ]
    changed = [
        GOOD.replace('"company"', '"firm"'),
        GOOD.replace('["short", "former"]', '["former", "short"]'),
        GOOD.replace("active = true", "active = false"),
        GOOD.replace('sep = ";"', 'sep = "|"'),
        GOOD.replace('"clients.csv"', '"others.csv"'),
        GOOD.replace("= 1000", "= 1001"),
        GOOD.replace("= 0.1", '= 0.1\nseverity = { name_too_long = "warn" }'),
        GOOD + '\n[catalogue]\nfeatures = ["name_equal"]\n',
    ]
    hashes = [hash_of(tmp_path, text) for text in (GOOD, *changed)]
    assert len(set(hashes)) == len(hashes)
    assert {hash_of(tmp_path, text) for text in same} == {hashes[0]}


def test_limits_that_change_no_pair_of_a_whole_plan_are_told_from_those_that_may(tmp_path: Path) -> None:
    def hashes_of(key: str, value: object) -> tuple[str, str]:
        kept = load(tmp_path / "run.toml")
        other = kept.model_copy(update={"blocking": kept.blocking.model_copy(update={key: value})})
        return other.hash, other.pairs_hash

    (tmp_path / "run.toml").write_text(GOOD)
    settings = load(tmp_path / "run.toml")
    for limit, value in (("pair_budget", 7), ("tile_pairs", 10_000), ("truth", "truth.csv")):
        whole, pairs = hashes_of(limit, value)
        assert (whole != settings.hash, pairs) == (True, settings.pairs_hash)
    for decisive, value in (("over_budget", ("keep",)), ("rules", ("lei_equal",))):
        assert hashes_of(decisive, value)[1] not in (settings.pairs_hash, settings.hash)
    assert load(tmp_path / "run.toml").model_copy(update={"mode": "dedupe"}).pairs_hash != settings.pairs_hash


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_column_name_can_be_mapped(one: str, other: str) -> None:
    source = Source(name="a", format="csv", path="x", id=one, columns={"name": other, "aliases": (one, other)})
    assert source.columns == {"name": (other,), "aliases": (one, other)}
    assert Settings(mode="dedupe", lake="x", sources=(source,)).hash


def hash_of(tmp_path: Path, text: str) -> str:
    (tmp_path / "run.toml").write_text(text)
    return load(tmp_path / "run.toml").hash

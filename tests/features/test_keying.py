"""The secret of blocking keys: other keys, the same pairs; told in words where it is not the right one."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.catalogue import KEYED_BY, Catalogue
from features.kernel.census import carried_keys, count_keys
from features.kernel.ladder import descend
from features.kernel.plan import Plan, make_plan, scatter
from features.kernel.records import key_number, prepare, raw_batch, rule_of, standardise
from features.kernel.refine import Refinement, refined, split
from features.kernel.tile import block_and_compare
from features.keying import Keying, SecretError
from features.lake import Lake
from features.sections import Blocking, Privacy
from features.versions import FingerprintError, as_made, keep

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = {"PAIRLAKE_KEY": "a long secret that nobody can guess, one"}
TWO = {"PAIRLAKE_KEY": "a long secret that nobody can guess, two"}
PLAIN = catalogues.load().select(["name_jaro_winkler", "birth_date_alignment", "country_equal"], None)

NO_WORDS = pa.table({"token": pa.array([], pa.string()), "records": pa.array([], pa.int64())})


def keyed(environment: Mapping[str, str] = ONE, key_id: str = "1") -> Keying:
    return Keying.of(Privacy(key_env="PAIRLAKE_KEY", key_id=key_id), environment)


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "given_name": st.sampled_from(["Anna", "Ana", "Jörg", "Иван"]),
            "family_name": st.sampled_from(["Meyer", "Maier", "Okafor"]),
            "birth_date": st.sampled_from(["1971-03-02", "1980-12-31", None]),
            "country": st.sampled_from(["DE", "FR", None]),
            "city": st.sampled_from(["Ulm", "Lyon", None]),
        }
    ),
    min_size=2,
    max_size=9,
)


@tries(max_examples=25)
@given(RECORDS, st.text(min_size=32), st.booleans())
def test_with_a_secret_keys_are_others_and_pairs_and_features_the_same(
    records: list[dict[str, Any]], secret: str, linking: bool
) -> None:
    with_secret = replace(PLAIN, keying=keyed({"PAIRLAKE_KEY": secret}))
    plain, hashed = (prepared(records, catalogue, linking=linking) for catalogue in (PLAIN, with_secret))
    keys, others = (batch.column("keys").to_pylist() for batch in (plain, hashed))
    assert not {key for of in keys for key in of} & {key for of in others for key in of}
    assert [sorted(map(rule_of, of)) for of in keys] == [sorted(map(rule_of, of)) for of in others]
    columns = [name for name in plain.schema.names if name != "keys"]
    assert plain.select(columns).equals(hashed.select(columns))
    assert pairs_of(plain, PLAIN, linking=linking) == pairs_of(hashed, with_secret, linking=linking)


@tries(max_examples=5)
@given(st.integers(50, 60), st.text(min_size=32))
def test_a_plan_that_is_refined_makes_the_same_pairs_with_a_secret(members: int, secret: str) -> None:
    given_names = ("Anna", "Jörg", "Ivan", "Amina")
    records = [
        {
            "given_name": given_names[n % 4],
            "family_name": "Meyer",
            "postal_code": "60325",
            "birth_date": f"19{n + 20}-03-02",
        }
        for n in range(members)
    ]
    rules = ("birth_date_family_sound", "family_name_postal_code")
    found = []
    for keying in (Keying(), keyed({"PAIRLAKE_KEY": secret})):
        catalogue = replace(PLAIN, keying=keying).select(None, rules)
        batch = prepared(records, catalogue, linking=False)
        blocking = Blocking(pair_budget=600, over_budget=("refine",))
        counted = census_of(batch, catalogue, linking=False)
        plan = descend(counted, catalogue.rules, InMemory(batch), blocking, linking=False, secret=keying.secret)
        found.append((plan.ladder, compared(refined(batch, plan.refinement), plan)))
    assert found[0] == found[1]
    assert [step.rung for step in found[0][0]] == ["refine"]


def test_without_a_secret_keys_are_those_of_earlier_releases() -> None:
    assert key_number(3, "1971-03-02|MYR") == key_number(3, "1971-03-02|MYR", Keying().secret) == 234879752212883268


def test_a_key_cannot_be_told_from_a_guess_without_the_secret() -> None:
    text = "1971-03-02|MYR"
    keys = {key_number(3, text, keying.secret) for keying in (Keying(), keyed(ONE), keyed(TWO))}
    assert len(keys) == 3
    assert {rule_of(key) for key in keys} == {3}


def test_name_and_check_value_are_all_that_is_told_of_a_secret() -> None:
    secret = keyed(key_id="2026-11")
    told = f"{secret!r} {secret} {replace(PLAIN, keying=secret)!r} {Refinement(secret=secret.secret)!r}"
    assert ONE["PAIRLAKE_KEY"] not in told
    assert repr(secret.secret) not in told
    assert secret.secret.hex() not in told
    assert str(secret) == f"2026-11:{secret.check}"
    assert Keying.stored(str(secret)) == secret
    assert Keying.stored(str(Keying())) == Keying()


def test_the_fingerprint_names_the_secret_and_follows_it() -> None:
    by_secret = [replace(PLAIN, keying=keying) for keying in (keyed(ONE), keyed(TWO), keyed(ONE, "2"))]
    assert len({catalogue.fingerprint for catalogue in (PLAIN, *by_secret)}) == 4
    assert KEYED_BY not in PLAIN.fingerprint_parts
    assert by_secret[0].fingerprint_parts[KEYED_BY] == f"1:{keyed(ONE).check}"


def test_the_secret_reaches_a_worker_with_the_catalogue() -> None:
    catalogue = pickle.loads(pickle.dumps(replace(PLAIN, keying=keyed())))
    assert catalogue.keying.secret == keyed().secret


@pytest.mark.parametrize(
    ("environment", "found"),
    [({}, "is not set"), ({"PAIRLAKE_KEY": ""}, "is not set"), ({"PAIRLAKE_KEY": "hunter2"}, "7")],
)
def test_a_secret_that_is_not_there_or_too_short_is_refused(environment: dict[str, str], found: str) -> None:
    with pytest.raises(SecretError, match=f"PAIRLAKE_KEY, which .*{found}.*32 characters") as no:
        keyed(environment)
    assert "hunter2" not in str(no.value)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake that keeps what a catalogue with the first secret stands for."""
    lake = Lake(str(tmp_path))
    keep(
        lake,
        replace(PLAIN, keying=keyed()),
        NO_WORDS,
    )
    return lake


REFUSED = {
    "no secret": (Keying(), "were made with the secret '1', without which no key can be made or looked up"),
    "another secret": (keyed(TWO, "2"), "with the secret '1', the environment holds the secret '2'; give the one"),
    "another of that name": (keyed(TWO), "with the secret '1', the environment holds another secret of that name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_makes_keys_without_the_secret_of_those_stored_is_refused(lake: Lake, case: str) -> None:
    keying, words = REFUSED[case]
    stored = replace(PLAIN, keying=keyed()).fingerprint
    with pytest.raises(SecretError) as refused:
        as_made(lake, replace(PLAIN, keying=keying), stored, makes_keys=True)
    assert words in str(refused.value)


@pytest.mark.parametrize("keying", [Keying(), keyed(ONE), keyed(TWO, "2")])
def test_who_makes_no_keys_reads_what_is_stored_without_the_secret(lake: Lake, keying: Keying) -> None:
    stored = replace(PLAIN, keying=keyed()).fingerprint
    reader = as_made(lake, replace(PLAIN, keying=keying), stored)
    assert reader.fingerprint == stored
    if keying != keyed(ONE):
        with pytest.raises(SecretError, match="set .privacy. key_env"):
            prepared([{"name": "Meyer"}], reader, linking=False)


def test_keys_made_without_a_secret_are_not_gone_on_with_by_settings_that_name_one(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    keep(lake, PLAIN, NO_WORDS)
    with pytest.raises(SecretError, match="made without a secret, the settings name '1'; `pairlake run` makes"):
        as_made(lake, replace(PLAIN, keying=keyed()), PLAIN.fingerprint, makes_keys=True)
    with pytest.raises(FingerprintError):
        as_made(lake, replace(PLAIN, keying=keyed()), "of another catalogue", makes_keys=True)


class InMemory:
    """Prepared records as the ladder's corpus."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def split(self, refinement: Refinement, keys: Any, allowed: Any) -> pa.Table:
        rows = pa.Table.from_batches([split(self.batch, refinement, keys, allowed)])
        counted: dict[tuple[int, int, int], list[int]] = {}
        for row in rows.to_pylist():
            counted.setdefault((row["key"], row["by"], row["sub"]), [0, 0])[row["right"]] += 1
        made = [(*of, left, right) for of, (left, right) in counted.items() if of[2] < 0 or left > 1]
        columns = zip(*made, strict=True) if made else [()] * 5
        names = ("key", "by", "sub", "left", "right")
        return pa.table({name: pa.array(column, pa.int64()) for name, column in zip(names, columns, strict=True)})

    def reach(self, plan: Plan) -> pa.Table:
        from features.kernel.ladder import rules_of  # noqa: PLC0415

        values = rules_of(self.batch, plan).value_counts()
        return pa.table({"rules": values.field("values"), "records": values.field("counts")})


def prepared(records: list[dict[str, Any]], catalogue: Catalogue, *, linking: bool) -> pa.RecordBatch:
    half = len(records) // 2 if linking else len(records)
    batches = [raw_batch(records[:half], source="a"), raw_batch(records[half:], source="b", side="right")]
    both = pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
    return prepare(standardise(both, catalogue), catalogue, NOW)


def census_of(batch: pa.RecordBatch, catalogue: Catalogue, *, linking: bool) -> pa.Table:
    rules = pa.array([rule.name for rule in catalogue.rules])
    carried = [part for _, part in carried_keys(batch, 1)]
    return pa.Table.from_batches([count_keys(carried, rules, linking=linking)])


def pairs_of(batch: pa.RecordBatch, catalogue: Catalogue, *, linking: bool) -> list[dict[str, Any]]:
    counted = census_of(batch, catalogue, linking=linking)
    return compared(batch, make_plan(counted, catalogue.rules, linking=linking, tile_pairs=10_000))


def compared(batch: pa.RecordBatch, plan: Plan) -> list[dict[str, Any]]:
    order = [(name, "ascending") for name in ("key", "tile", "role")]
    tiles = pa.Table.from_batches(scatter(batch, plan)).sort_by(order).to_batches()
    out = block_and_compare(tiles, PLAIN.pair_features, linking=plan.linking)
    return sorted((row for part in out for row in part.to_pylist()), key=lambda row: (row["id_l"], row["id_r"]))

"""The erasure list knows records by hashes of their ids, and refuses to be read without the secret of its hashes."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.erasures import ErasureError, IdHash, erasures_of, remember
from features.lake import Lake
from features.tables import ERASURES

SECRET = "s" * 32


@given(st.text(max_size=40), st.text(min_size=32, max_size=200).filter(lambda text: "\0" not in text))
def test_with_a_secret_the_hash_is_hmac(entity_id: str, secret: str) -> None:
    entity_id, keyed = entity_id.encode("utf-8", "replace").decode(), secret.encode("utf-8", "replace").decode()
    way = IdHash.of("KEY", {"KEY": keyed})
    assert way(entity_id) == hmac.new(keyed.encode(), entity_id.encode(), hashlib.sha256).hexdigest()


def test_a_record_is_remembered_once_and_never_by_its_id(lake_root: str) -> None:
    lake = Lake(lake_root)
    assert not erasures_of(lake, IdHash())
    for ids in (["h:1"], ["h:1", "h:2"]):
        remember(lake, ids, IdHash(), "run")
    hashes = erasures_of(lake, IdHash()).hashes[IdHash()]
    assert hashes == {IdHash()("h:1"), IdHash()("h:2")}
    assert lake.rows(ERASURES).num_rows == 2


def test_hashes_of_another_secret_are_not_passed_over(lake_root: str) -> None:
    lake, keyed = Lake(lake_root), IdHash(SECRET.encode())
    remember(lake, ["h:1"], IdHash(), "plain, before there was a secret")
    remember(lake, ["h:2"], keyed, "keyed")
    assert set(erasures_of(lake, keyed).hashes) == {IdHash(), keyed}
    for way in (IdHash(), IdHash(b"t" * 32)):
        with pytest.raises(ErasureError, match=f"check value '{keyed.check}', which is not at hand"):
            erasures_of(lake, way)


@pytest.mark.parametrize(("environment", "found"), [({}, "is not set"), ({"KEY": "short"}, "has 5 characters")])
def test_a_secret_that_is_missing_or_short_is_refused(environment: dict[str, str], found: str) -> None:
    with pytest.raises(ErasureError, match=f"variable KEY, which {found}; wanted a secret of 32"):
        IdHash.of("KEY", environment)

"""The service that parity is replayed on answers over a socket, bit for bit as the library, or says that it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.store import StoreError
from jobs.online import open_lookup
from jobs.parity_service import serving

if TYPE_CHECKING:
    from conftest import OnlineLake

QUERY = {"name": "DEUTSCHE BANK AG", "country": "DE"}


def test_it_gives_every_candidate_with_the_bits_of_the_library(online_lake: OnlineLake) -> None:
    settings = online_lake.settings(serve={"max_candidates": 1, "tokens_env": "NOBODY_SET_IT"})
    wanted = open_lookup(settings)[0].lookup(QUERY)
    with serving(settings, 1_000) as service:
        told = service.lookup(QUERY)
        with pytest.raises(StoreError, match="answered 422: record: 'nmae' is not a party field"):
            service.lookup({"nmae": "x"})
    assert [one["entity_id"] for one in told["candidates"]] == [one.entity_id for one in wanted.candidates]
    assert len(told["candidates"]) == 4
    for name, values in told["features"].items():
        bits = np.array([np.nan if value is None else value for value in values], dtype=np.float32).tobytes()
        of_library = [one.features[name] for one in wanted.candidates]
        assert bits == np.array([np.nan if v is None else v for v in of_library], dtype=np.float32).tobytes(), name


def test_a_store_that_is_away_is_said_before_anything_is_asked(own_lake: OnlineLake) -> None:
    own_lake.file.unlink()
    with pytest.raises(StoreError, match="does not become ready: store_unavailable"), serving(own_lake.settings(), 10):
        raise AssertionError("it is not ready")

"""Values as the texts that the SageMaker Feature Store keeps, and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")

from features.store.sagemaker_layers import after, floored
from features.store.sagemaker_rows import listed, texts, unpacked


@given(st.lists(st.none() | st.binary()), st.lists(st.none() | st.lists(st.text())))
def test_bytes_and_lists_come_back_from_their_texts(packed: list[bytes | None], ids: list[list[str] | None]) -> None:
    assert [None if t is None else unpacked(t) for t in texts(pa.array(packed, pa.binary()))] == packed
    told = texts(pa.array(ids, pa.list_(pa.string())))
    assert [None if t is None else list(listed(t)) for t in told] == ids


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)), st.lists(st.integers(0, 127)))
def test_numbers_come_back_from_their_texts_bit_for_bit(fractions: list[float], states: list[int]) -> None:
    told = pa.array([float(cast("str", t)) for t in texts(pa.array(fractions, pa.float32()))], pa.float32())
    assert told.equals(pa.array(fractions, pa.float32()))
    assert [int(cast("str", t)) for t in texts(pa.array(states, pa.int8()))] == states
    assert texts(pa.array([True, None, False])) == ["1", None, "0"]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC)))
def test_times_are_those_that_the_service_takes_and_sort_as_they_follow(time: datetime) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", floored(time))
    assert texts(pa.array([time], pa.timestamp("us", "UTC"))) == [floored(time)]
    assert floored(time) < after(floored(time)) <= floored(time + timedelta(milliseconds=1))
    assert datetime.fromisoformat(floored(time)) <= time

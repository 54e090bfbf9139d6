"""Columns of prepared records, decoded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.columns import Records, TextColumn, VectorColumn


def vectors(*values: bytes | None) -> np.ndarray:
    column = Records(pa.table({"v": pa.array([b"before", *values], pa.binary())}).slice(1)).column("v")
    assert isinstance(column, VectorColumn)
    return column.values


def test_bytes_are_vectors_of_small_whole_numbers_and_a_missing_one_is_all_zero() -> None:
    assert vectors(b"\x01\xff", None, b"\x7f\x00").tolist() == [[1, -1], [0, 0], [127, 0]]
    assert vectors(b"\x01\xff", b"\x7f\x81").tolist() == [[1, -1], [127, -127]]
    assert not vectors(None, None).any()


@pytest.mark.parametrize("values", [(b"abc", b"ab"), (b"ab", None, b"abc"), (b"a", b"abc", b"ab")])
def test_vectors_of_two_encoders_are_not_compared(values: tuple[bytes | None, ...]) -> None:
    with pytest.raises(ValueError, match="different dimensions meet in one column"):
        vectors(*values)


def test_a_missing_text_is_empty_and_has_no_code() -> None:
    column = Records(pa.table({"t": pa.array(["a", None, "b", "a"])})).column("t")
    assert isinstance(column, TextColumn)
    assert column.values == ["a", "", "b", "a"]
    codes = column.stack.codes[column.place].tolist()
    assert (codes[0] == codes[3], codes[0] == codes[2], codes[1]) == (True, False, -1)

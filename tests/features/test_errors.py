"""The outline of an error tells where it arose, and nothing of its text."""

from __future__ import annotations

import pytest

from features.declare import DeclarationError
from features.errors import WorkerError, outline, outlined

VALUE = "Quorvexal"


class LikeSparkError(Exception):
    def getCondition(self) -> str:  # noqa: N802  as Spark calls it
        return "CAST_INVALID_INPUT"


def failing() -> None:
    raise ValueError(f"cannot read {VALUE}")


def test_an_outline_names_the_kind_and_the_lines_of_code() -> None:
    with pytest.raises(ValueError, match=VALUE) as caught:
        failing()
    told = outline(caught.value)
    assert told.startswith("ValueError at ")
    assert told.endswith(" failing")
    assert VALUE not in told


def test_an_outline_names_the_condition_that_spark_gives_an_error() -> None:
    assert outline(LikeSparkError(f"[CAST_INVALID_INPUT] The value '{VALUE}'")) == "LikeSparkError CAST_INVALID_INPUT"


def test_an_outline_names_what_the_system_says() -> None:
    assert outline(OSError(28, VALUE)) == "OSError No space left on device"


def test_an_error_that_was_never_raised_has_its_kind() -> None:
    assert outline(KeyError(VALUE)) == "KeyError"


def test_what_a_worker_reported_is_its_own_outline() -> None:
    reported = (
        f"Traceback …\n  {VALUE}\nfeatures.errors.WorkerError: ValueError at features.kernel.records:80 _results\n"
    )
    assert outline(RuntimeError(reported)) == "ValueError at features.kernel.records:80 _results"


def test_what_a_worker_reported_in_our_words_is_told_in_them() -> None:
    reported = f"Traceback …\n  {VALUE}\nfeatures.declare.DeclarationError: the rule 'odd' returned a list\n\n{VALUE}"
    assert outline(RuntimeError(reported)) == "the rule 'odd' returned a list"


def test_code_that_sees_records_raises_outlines_without_their_cause() -> None:
    with pytest.raises(WorkerError) as caught, outlined():
        failing()
    assert VALUE not in str(caught.value)
    assert caught.value.__suppress_context__
    assert str(caught.value).startswith("ValueError at ")


def test_errors_of_ours_pass_as_they_are() -> None:
    with pytest.raises(DeclarationError, match="in our words"), outlined():
        raise DeclarationError("in our words")

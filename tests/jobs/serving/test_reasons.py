"""The codes of many candidates at once are those of each value by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.declare import PairFeature
from features.kernel.compare import Compared
from jobs.serving.reasons import codes

FEATURES = catalogues.load().pair_features
NUMBERS = [feature for feature in FEATURES if feature.returns.nullable]
STATES = [feature for feature in FEATURES if not feature.returns.nullable]


def telling(feature: PairFeature) -> list[float]:
    """Bounds of reasons, the single-precision numbers next to them, and no value."""
    bounds = [np.float32(bound) for reason in feature.reasons for bound in (reason.low, reason.high)]
    beside = [float(np.nextafter(bound, np.float32(side))) for bound in bounds for side in (-9, 9)]
    return [float("nan"), 0.0, *map(float, bounds), *beside]


pairs = st.tuples(
    st.tuples(*(st.sampled_from(telling(feature)) for feature in NUMBERS)),
    st.tuples(*(st.integers(0, len(feature.returns.states) - 1) for feature in STATES)),
)


@given(st.lists(pairs, max_size=4), st.integers(0, 16))
def test_they_are_those_of_each_value_by_itself(
    drawn: list[tuple[tuple[float, ...], tuple[int, ...]]], filled_up: int
) -> None:
    size = len(drawn)
    numbers = np.ones((len(NUMBERS), size + filled_up), dtype=np.float32)
    states = np.ones((len(STATES), size + filled_up), dtype=np.int8)
    for pair, (of_numbers, of_states) in enumerate(drawn):
        numbers[:, pair], states[:, pair] = of_numbers, of_states
    places = {feature.name: row for row, feature in enumerate([*NUMBERS, *STATES])}
    compared = Compared(FEATURES, size, numbers, states, tuple(places[feature.name] for feature in FEATURES))
    wanted = [
        [code for feature in FEATURES if (code := feature.reason(compared.row(pair)[feature.name]))]
        for pair in range(size)
    ]
    assert codes(compared) == wanted


@pytest.mark.parametrize("of", [NUMBERS, STATES, NUMBERS[:1]], ids=["numbers", "states", "one"])
def test_a_catalogue_may_have_features_of_one_kind_alone(of: list[PairFeature]) -> None:
    rows = np.ones((len(of), 2))
    numbers, states = (rows, rows[:0]) if of[0].returns.nullable else (rows[:0], rows)
    compared = Compared(tuple(of), 2, numbers.astype(np.float32), states.astype(np.int8), tuple(range(len(of))))
    assert codes(compared) == [[code for feature in of if (code := feature.reason(1))]] * 2

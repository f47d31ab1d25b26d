"""Values that are Keras's times one number have that number for their cause, and no others."""

from dataclasses import replace

import numpy as np
import pytest

from parity.diagnose.differing_segment import DifferingSegment
from parity.diagnose.scaled import FEWEST, scaled
from parity.errors import ModelError
from parity.mapping.layout_moves import AS_IT_IS
from parity.records.comparison import Array, Layout, Match, Step
from parity.records.interventions import Change

KERAS = np.random.default_rng(0).normal(size=(3, FEWEST))


def cannot(values: Array) -> Array:
    raise ModelError("not here")


def subject(torch: Array, keras: Array = KERAS) -> DifferingSegment:
    def played(changes: tuple[Change, ...]) -> Array:
        by = [float(change.value["by"]) for change in changes if change.value]
        return np.asarray(torch * np.prod(by))

    layer = Step("a", "TrueDivide", keras.shape)
    match = Match(layer, (Step("x", "div", keras.shape),), (layer,))
    shape = keras.shape
    return DifferingSegment(match, keras, 1e-14, AS_IT_IS, (0, 1), shape, played, {}, cannot)


@pytest.mark.parametrize("factor", [0.5, -1.0, 3.0**-0.5])
def test_a_number_is_found(factor: float) -> None:
    found = scaled(subject(KERAS * factor))
    assert found is not None
    (change,) = found.hypothesis.changes
    assert change.step == "x"
    assert change.value == {"by": pytest.approx(1 / factor, rel=1e-12)}


@pytest.mark.parametrize(
    "torch", [KERAS + 1e-3, np.abs(KERAS), np.zeros_like(KERAS), np.full_like(KERAS, np.nan)]
)
def test_other_values_have_none(torch: Array) -> None:
    assert scaled(subject(torch)) is None


def test_a_few_values_prove_nothing() -> None:
    few = KERAS[:1, : FEWEST - 1]
    assert scaled(subject(2 * few, few)) is None
    assert scaled(replace(subject(few), play=lambda changes: cannot(few))) is None


def test_values_of_another_size_have_none() -> None:
    regrouped = Layout("axes regrouped", lambda x: x.reshape(KERAS.shape), lambda x: x)
    assert scaled(replace(subject(np.tile(KERAS, 2)), layout=regrouped)) is None

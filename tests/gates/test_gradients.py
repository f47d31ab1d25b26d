"""Gate `gradients`: float64's own rounding, where float32 does not tell it."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity.gates import gradients
from parity.gates.gradients import INPUT
from parity.records.comparison import Array, Measured
from parity.sides.training_verbs import Training

WEIGHT = np.array([1.0, -2.0])
BIAS = Measured("bias", "fc.bias", WEIGHT, WEIGHT + 9e-16, 1e-16)
ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])
FOUND = {"bias": WEIGHT, INPUT: ROWS}
HELD = {"fc.bias": np.ones(2)}


class Sides:
    """Both give FOUND, and on Keras's side others backwards, on torch's by the weights it holds."""

    def __init__(self, keras_backwards: Array = WEIGHT, of_weights: float = 0.0) -> None:
        self.keras_backwards, self.of_weights = keras_backwards, of_weights
        self.held, self.torch = HELD, self

    def both(self, *_: Any, is_backwards: bool) -> tuple[dict[str, Array], ...]:
        assert is_backwards
        found = {**FOUND, INPUT: ROWS[::-1]}
        return {**found, "bias": self.keras_backwards}, found

    def call(self, verb: Callable[..., Any], _: str, *given: Any) -> Any:
        if verb.__name__ == "weights":
            return self.held
        if verb.__name__ == "assign":
            self.held = given[0]
            return None
        assert verb is Training.gradients
        is_near = not np.array_equal(self.held["fc.bias"], HELD["fc.bias"])
        return {**FOUND, "bias": WEIGHT + is_near * self.of_weights}


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> Callable[[Measured, Sides], str]:
    for side in ("_keras", "_torch"):
        monkeypatch.setattr(gradients, side, lambda _, found: found)

    def judged(one: Measured, sides: Sides) -> str:
        plan: Any = SimpleNamespace(pair=SimpleNamespace(name="pair"))
        given: Any = (plan, sides, ROWS, ROWS, (FOUND, FOUND))
        rounding = gradients._rounding(*given)
        one = replace(one, noise=max(one.noise, rounding[one.keras_name]))
        return gradients.judge("float64", [one]).verdict

    return judged


def test_a_sum_in_another_order_is_its_noise(verdict: Any) -> None:
    assert verdict(BIAS, Sides()) == "differ"
    assert verdict(BIAS, Sides(keras_backwards=WEIGHT + 3e-16)) == "pass"


def test_what_weights_one_ulp_away_make_of_it_is_its_noise(verdict: Any) -> None:
    """A sum that cancels out, and came out as good as exact in float32."""
    sides = Sides(of_weights=3e-16)
    assert verdict(BIAS, sides) == "pass"
    assert sides.held is HELD  # given back


def test_what_rounding_does_not_explain_differs(verdict: Any) -> None:
    apart = replace(BIAS, torch=WEIGHT + 1e-9)
    assert verdict(apart, Sides(WEIGHT + 3e-16, 3e-16)) == "differ"


def test_the_input_s_rows_are_those_of_the_samples(verdict: Any) -> None:
    apart = Measured(INPUT, INPUT, ROWS, ROWS + 9e-16, 1e-16)
    assert verdict(apart, Sides()) == "differ"  # no noise of rows that only changed places


def test_nothing_is_told_where_keras_draws_for_itself() -> None:
    apart = replace(BIAS, torch=WEIGHT + 1)
    assert gradients.judge("float64", [apart], ("drop",)).verdict == "differ"
    assert gradients.judge("float64", [apart], ("drop",), is_apart=True).verdict == "incomplete"

"""Gate `gradients`: float64's own rounding, where float32 does not tell it."""

from dataclasses import replace

import numpy as np

from parity.gates import gradients
from parity.gates.gradients import INPUT, _judged_by_its_own
from parity.records.comparison import Measured

WEIGHT = np.array([1.0, -2.0])
BIAS = Measured("bias", "fc.bias", WEIGHT, WEIGHT + 9e-16, 1e-16)


def verdict(one: Measured) -> str:
    return gradients.judge("float64", [one]).verdict


def test_a_sum_in_another_order_is_its_noise() -> None:
    found = {"bias": WEIGHT}, {"bias": WEIGHT + 9e-16}
    again = {"bias": WEIGHT + 3e-16}, {"bias": WEIGHT + 9e-16}
    assert verdict(BIAS) == "differ"
    assert verdict(_judged_by_its_own(BIAS, found, again)) == "pass"


def test_what_the_order_does_not_explain_differs() -> None:
    apart = replace(BIAS, torch=WEIGHT + 1e-9)
    found = {"bias": WEIGHT}, {"bias": apart.torch}
    again = {"bias": WEIGHT + 3e-16}, {"bias": apart.torch + 3e-16}
    assert verdict(_judged_by_its_own(apart, found, again)) == "differ"


def test_the_input_s_rows_are_those_of_the_samples() -> None:
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    one = Measured(INPUT, INPUT, rows, rows, 1e-16)
    judged = _judged_by_its_own(one, ({INPUT: rows}, {INPUT: rows}), ({INPUT: rows[::-1]},) * 2)
    assert judged.noise == one.noise


def test_nothing_is_told_where_keras_draws_for_itself() -> None:
    apart = replace(BIAS, torch=WEIGHT + 1)
    assert gradients.judge("float64", [apart], ("drop",)).verdict == "differ"
    assert gradients.judge("float64", [apart], ("drop",), is_apart=True).verdict == "incomplete"

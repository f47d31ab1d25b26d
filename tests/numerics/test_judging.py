"""What is said of lines that pass."""

import numpy as np

from parity.numerics import judging
from parity.numerics.initial import is_undrawn
from parity.records.comparison import LayerCheck


def line(**figures: float | None) -> LayerCheck:
    return LayerCheck("a", "b", "pass", **figures)  # type: ignore[arg-type]


def test_a_large_difference_of_large_values_says_how_much_of_them_it_is() -> None:
    found = judging.largest([line(max_abs=3.6, rel=1.2e-7, noise_ratio=0.9), line(max_abs=1e-9)])
    assert found == "largest difference 3.6e+00 (1e-07 of its values, 0.9x noise)"


def test_no_difference_is_never_infinite() -> None:
    assert judging.largest([line(max_abs=0.0), line(max_abs=np.inf)]) == "no difference"
    assert judging.largest([line(max_abs=None)]) == "no difference of their own"


def test_an_initialisers_draws_are_left_and_constants_and_an_lstms_bias_are_not() -> None:
    bias = np.repeat(np.array([0.0, 1.0, 0.0, 0.0], np.float32), 3)
    assert is_undrawn("lstm/lstm_cell/bias", bias)
    assert is_undrawn("dense/bias", np.zeros(4, np.float32))
    assert not is_undrawn("own/mask", bias), "a table of a person's own"
    assert not is_undrawn("dense/bias", np.arange(4, dtype=np.float32))
    assert not is_undrawn("seed", np.zeros(2, np.int32))

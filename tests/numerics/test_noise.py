"""Noise is measured on the values at hand."""

import numpy as np
import pytest

from parity.numerics import noise


def test_noise_is_the_distance_of_the_two_precisions() -> None:
    wide = np.array([1.0, 2.0])
    narrow = np.array([1.0, 2.0 + 1e-5], np.float32)
    assert noise.level(narrow, wide) == pytest.approx(1e-5, rel=0.05)


def test_an_exact_layer_still_has_one_rounding() -> None:
    wide = np.array([0.5, -4.0])
    floor = 4 * np.finfo(np.float32).eps
    assert noise.level(wide.astype(np.float32), wide) == pytest.approx(floor)


def test_float64_noise_is_finer_by_two_to_the_29() -> None:
    assert noise.scaled(2.0**29, "float64") == 1
    assert noise.scaled(3.0, "float32") == 3


def test_any_difference_without_noise_is_infinitely_loud() -> None:
    assert noise.ratio(1e-30, 0.0) == np.inf
    assert noise.ratio(0.0, 0.0) == 0

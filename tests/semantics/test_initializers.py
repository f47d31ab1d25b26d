"""Initial weights: bounds, deviations, and the law that Keras draws from."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from parity.records.comparison import Array
from parity.semantics import initializers
from parity.sides.process import Sides
from tests.semantics.keras_answers import layers as keras_answers

# A 5x5 convolution from 16 to 32 channels: fan_in 400, fan_out 800.
TORCH_SHAPE, KERAS_SHAPE = (32, 16, 5, 5), (5, 5, 16, 32)
UNIFORM = {
    "glorot_uniform": math.sqrt(6 / 1200),
    "he_uniform": math.sqrt(6 / 400),
    "lecun_uniform": math.sqrt(3 / 400),
}
NORMAL = {
    "glorot_normal": math.sqrt(2 / 1200),
    "he_normal": math.sqrt(2 / 400),
    "lecun_normal": math.sqrt(1 / 400),
}
KERAS_NAMES = {
    "glorot_uniform": "GlorotUniform",
    "he_uniform": "HeUniform",
    "lecun_uniform": "LecunUniform",
    "glorot_normal": "GlorotNormal",
    "he_normal": "HeNormal",
    "lecun_normal": "LecunNormal",
    "truncated_normal": "TruncatedNormal",
}


def drawn(name: str, shape: tuple[int, ...] = TORCH_SHAPE, **options: Any) -> Array:
    generator = torch.Generator().manual_seed(1)
    weight = torch.empty(shape)
    result = getattr(initializers, f"{name}_")(weight, generator=generator, **options)
    assert result is weight
    array: Array = weight.numpy()
    return array


@pytest.mark.parametrize("name", UNIFORM)
def test_a_uniform_draw_fills_its_bounds(name: str) -> None:
    weight, limit = drawn(name), UNIFORM[name]
    assert np.abs(weight).max() <= np.float32(limit)
    assert weight.max() > 0.999 * limit
    assert weight.min() < -0.999 * limit


@pytest.mark.parametrize("name", NORMAL)
def test_a_normal_draw_has_its_deviation_and_is_cut_off(name: str) -> None:
    weight, stddev = drawn(name), NORMAL[name]
    assert weight.std() == pytest.approx(stddev, rel=0.01)
    assert np.abs(weight).max() <= np.float32(2 * stddev / initializers.TRUNCATED)
    assert np.abs(weight).max() > 1.98 * stddev / initializers.TRUNCATED


@pytest.mark.parametrize("name", KERAS_NAMES)
def test_the_law_is_that_of_keras(sides: Sides, name: str) -> None:
    keras = sides.keras.run(keras_answers.initial_draw, KERAS_NAMES[name], {"seed": 1}, KERAS_SHAPE)
    assert ks_2samp(drawn(name).ravel(), keras.ravel()).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("glorot_uniform", torch.nn.init.xavier_normal_),
        ("he_normal", torch.nn.init.kaiming_normal_),  # the same deviation, not cut off
        ("truncated_normal", lambda weight: torch.nn.init.trunc_normal_(weight, std=0.05)),
    ],
)
def test_another_law_is_seen_to_differ(
    sides: Sides, name: str, fault: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    torch.manual_seed(0)
    keras = sides.keras.run(keras_answers.initial_draw, KERAS_NAMES[name], {"seed": 1}, KERAS_SHAPE)
    wrong = fault(torch.empty(TORCH_SHAPE)).numpy()
    assert ks_2samp(wrong.ravel(), keras.ravel()).pvalue < 0.01


def test_a_truncated_normal_has_mean_and_deviation() -> None:
    weight = drawn("truncated_normal", mean=1.0, stddev=0.1)
    assert weight.mean() == pytest.approx(1.0, abs=0.01)
    assert weight.std() == pytest.approx(0.1 * initializers.TRUNCATED, rel=0.01)
    assert 0.8 <= weight.min() < weight.max() <= np.float32(1.2)


@pytest.mark.parametrize("shape", [(3, 8), (8, 3), (4, 3, 2, 2)])
def test_an_orthogonal_draw_is_orthonormal_times_gain(shape: tuple[int, ...]) -> None:
    matrix = drawn("orthogonal", shape, gain=2.0).reshape(shape[0], -1)
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 3), (3, 8)])
def test_keras_orthogonal_is_as_orthonormal(sides: Sides, shape: tuple[int, int]) -> None:
    """Keras's Dense kernel is (in, out), so its matrix is the transpose of ours."""
    options = {"seed": 1, "gain": 2.0}
    keras = sides.keras.run(keras_answers.initial_draw, "Orthogonal", options, shape).T
    small = keras @ keras.T if keras.shape[0] <= keras.shape[1] else keras.T @ keras
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_zeros() -> None:
    assert not initializers.zeros_(torch.ones(3)).any()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10, 784), (784, 10)), (TORCH_SHAPE, (400, 800)), ((7,), (7, 7)), ((), (1, 1))],
)
def test_fans(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert initializers.fans(torch.empty(shape)) == expected


def test_the_generator_decides_the_draw() -> None:
    assert (drawn("he_normal") == drawn("he_normal")).all()


def test_a_parameter_stays_a_leaf() -> None:
    layer = torch.nn.Linear(3, 2)
    initializers.glorot_uniform_(layer.weight)
    assert layer.weight.is_leaf
    assert layer.weight.requires_grad


def test_a_negative_deviation_is_refused() -> None:
    with pytest.raises(ValueError, match="stddev=-1"):
        initializers.truncated_normal_(torch.empty(2), stddev=-1)

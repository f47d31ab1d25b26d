"""What a function of a person's own does is told by its values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity.records.comparison import Array
from parity.sides.keras_functions import Known, recognised


def leaky(x: Array) -> Array:
    found: Array = np.maximum(x, 0.3 * x)
    return found


def elu(x: Array) -> Array:
    found: Array = np.where(x > 0, x, 0.5 * np.expm1(x))
    return found


def celu(x: Array) -> Array:
    found: Array = np.maximum(x, 0) + np.minimum(0, 0.7 * np.expm1(x / 0.7))
    return found


def gelu(x: Array) -> Array:
    inner: Array = 0.7978845608028654 * (x + 0.044715 * x**3)
    found: Array = 0.5 * x * (1 + np.tanh(inner))
    return found


@pytest.mark.parametrize(
    ("function", "name", "settings"),
    [
        (leaky, "leaky_relu", {"negative_slope": 0.3}),
        (elu, "elu", {"alpha": 0.5}),
        (celu, "celu", {"alpha": 0.7}),
        (gelu, "gelu", {"approximate": True}),
        (lambda x: x / (1 + np.exp(-x)), "silu", {}),
        (lambda x: np.clip(x, 0, 6), "relu6", {}),
        (lambda x: np.clip(x, -1, 1), "hard_tanh", {}),
    ],
)
def test_an_activation_is_known_by_its_values(
    function: Callable[[Array], Array], name: str, settings: dict[str, Any]
) -> None:
    for shape in ((97,), (5, 4, 6)):
        found = recognised(function, shape)
        assert found is not None
        assert (found.name, found.settings) == (name, settings)


def test_a_gelu_that_is_written_out_is_not_keras_s_own_code() -> None:
    """TensorFlow rounds a number of its own to float32."""
    assert recognised(gelu) == Known("gelu", {"approximate": True}, is_keras=False)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 1.001 * np.maximum(x, 0),
        lambda x: np.maximum(x, 0)[..., :-1],
        lambda x: np.maximum(x, 0).astype(np.float32),
        lambda x: x - x.mean(),
        lambda x: x[5, 5, 5, 5],
    ],
)
def test_another_function_is_not_known(function: Callable[[Array], Array]) -> None:
    assert recognised(function, (5, 4, 6)) is None

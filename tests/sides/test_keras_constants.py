"""Numbers that Keras rounds to float32 in a float64 model are seen, and only those."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from parity.sides.keras_constants import are_rounded


def tensorflow() -> Any:
    import tensorflow

    return tensorflow


X = np.array([[0.3, -0.7]])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="another backend is exact")
@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda: keras.regularizers.L2(1e-3)(keras.ops.convert_to_tensor(X)), True),
        (lambda: keras.regularizers.L2(0.5)(keras.ops.convert_to_tensor(X)), False),
        (lambda: keras.ops.mean(keras.losses.log_cosh(X, 2 * X)), True),
        (lambda: tensorflow().cast(0.1, "float64") * X, True),
        (lambda: tensorflow().cast(0.5, "float64") * X, False),
        (lambda: keras.ops.mean(keras.losses.huber(X, 2 * X, delta=0.7)), False),
        (lambda: keras.ops.mean(keras.losses.mean_squared_error(X, 2 * X)), False),
    ],
)
def test_a_number_that_is_no_float32_shows(loss: Callable[[], Any], expected: bool) -> None:
    assert are_rounded(lambda: [loss()]) == expected
    assert are_rounded(lambda: [loss()]) == expected  # everything is as before

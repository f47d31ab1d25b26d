"""A model computes in float64 where it takes its float type from nothing that it holds itself."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from parity.sides.keras_computing import computing_in


class FirstSteps(keras.Model):  # type: ignore[misc]
    """Compares a range of whole numbers with others, and makes a layer as it is called."""

    def call(self, x: Any, count: Any) -> Any:
        kept = ops.arange(x.shape[1]) < count
        return layers.Flatten()(ops.where(kept, x, ops.where(kept, 1, 0)))


def test_whole_numbers_and_layers_made_at_a_call() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3))
    given = ops.convert_to_tensor(x), ops.convert_to_tensor(np.array(2, "int32"))
    model = FirstSteps()
    before = keras.config.floatx(), keras.config.dtype_policy()
    with computing_in(model, "float64"):
        found = ops.convert_to_numpy(model(*given))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.where(np.arange(3) < 2, x, 0))
    assert (keras.config.floatx(), keras.config.dtype_policy()) == before
    assert keras.backend.standardize_dtype(ops.arange(3).dtype) == "int32"

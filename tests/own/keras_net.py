"""A Keras model of a person's own, the same weights each time."""

from typing import Any

import keras
from keras import layers
from keras.initializers import RandomUniform


def build() -> Any:
    draw = {"kernel_initializer": RandomUniform(seed=1), "bias_initializer": RandomUniform(seed=2)}
    return keras.Sequential(
        [
            keras.Input((4,), name="x"),
            layers.ReLU(name="positive"),
            layers.Dense(4, name="hidden", **draw),
            layers.Dense(2, name="out", **draw),
        ],
        name="net",
    )


def weights() -> dict[str, Any]:
    """By path."""
    return {v.path: keras.ops.convert_to_numpy(v).copy() for v in build().variables}


def unnamed() -> Any:
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])

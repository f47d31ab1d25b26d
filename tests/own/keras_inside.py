"""A layer of a person's own with two matrices of a size, and biases that begin at zero."""

from typing import Any

import keras
from keras import layers, ops


class Gated(layers.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        for name in ("a", "g"):
            setattr(self, name, self.add_weight(shape=(shape[-1], 6), name=name))
            bias = f"{name}_bias"
            setattr(self, bias, self.add_weight(shape=(6,), name=bias, initializer="zeros"))

    def call(self, x: Any) -> Any:
        return (x @ self.a + self.a_bias) * ops.sigmoid(x @ self.g + self.g_bias)


def gated() -> keras.Model:
    return keras.Sequential([keras.Input((5,)), Gated()])

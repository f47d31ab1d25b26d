"""A Keras model whose layers are built on lines that a test knows."""

from typing import Any

import keras
from keras import layers


class Block(layers.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="block")
        self.inner = layers.Dense(5, name="inner")  # inner

    def call(self, x: Any) -> Any:
        return keras.ops.tanh(self.inner(x))  # tanh


def build() -> keras.Model:
    given = keras.Input((6,))
    x = layers.Dense(4, name="first")(given)  # first
    x = layers.LayerNormalization(name="norm")(x)  # norm
    return keras.Model(given, Block()(x))

"""A Keras model with a layer of a person's own."""

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("own")
class Factor(layers.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(shape=(shape[-1],), initializer="random_uniform", name="f")

    def call(self, x: Any) -> Any:
        return x * self.factor


def build() -> Any:
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), Factor(name="factor")])

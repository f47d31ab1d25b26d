"""Which of a Keras model's layers take shared draws, and which are named as those that can't."""

from typing import Any

import keras
from keras import layers

from parity.sides.keras_draws import SharedDraws


class Block(layers.Layer):  # type: ignore[misc]
    """As people write a transformer's: its attention drops by a layer of its own."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.attention = layers.MultiHeadAttention(2, 4, dropout=0.1)

    def call(self, x: Any, training: Any = None) -> Any:
        return self.attention(x, x, training=training)


def model() -> keras.Model:
    x = keras.Input((6, 8))
    return keras.Model(x, layers.Dropout(0.2, name="outer")(Block(name="block")(x)))


def test_a_dropout_within_another_layer_is_named_as_one_that_is_not_shared() -> None:
    shared = SharedDraws(model())
    assert [layer.name for layer in shared.layers] == ["outer"]
    (inner,) = shared.unshared
    assert "dropout" in inner

"""A Keras model that is computed in float32 in part, whatever its type."""

from typing import Any

import keras
from keras import layers


def normalised() -> Any:
    """Keras's tensorflow backend rounds the constants of this gelu to float32."""
    words = keras.Input((5,), dtype="int32")
    x = layers.Embedding(9, 6, embeddings_initializer=keras.initializers.RandomNormal(stddev=3.0))(
        words
    )
    x = layers.Dense(8, activation="gelu")(x)
    return keras.Model(words, layers.Dense(4)(layers.LayerNormalization(epsilon=1e-7)(x)))

"""Keras models that read a map column by column, or normalise another axis than the last."""

from typing import Any

import keras
from keras import layers


def _columns(*behind: Any) -> Any:
    """Columns of 4 rows and 5 channels, as text in a line is read."""
    conv = layers.Conv2D(5, 3, padding="same", name="conv")
    read = layers.Permute((2, 1, 3)), layers.Reshape((6, 20))
    return keras.Sequential([keras.Input((4, 6, 3)), conv, *read, *behind, layers.Dense(2)])


def recurrent() -> Any:
    return _columns(layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.GRU(4))


def normalised() -> Any:
    alphas = layers.PReLU(shared_axes=[1], alpha_initializer="random_normal")
    norms = layers.BatchNormalization(name="batch"), layers.LayerNormalization(name="norm")
    return _columns(*norms, alphas, layers.Conv1D(4, 3))


def separable() -> Any:
    return _columns(layers.SeparableConv1D(4, 3))


def attending() -> Any:
    x = keras.Input((4, 6, 3))
    y = layers.Reshape((6, 20))(layers.Permute((2, 1, 3))(layers.Conv2D(5, 3, padding="same")(x)))
    y = layers.EinsumDense("abc,cd->abd", (None, 8), bias_axes="d")(y)
    return keras.Model(x, layers.MultiHeadAttention(2, 4)(y, y))


def added() -> Any:
    x = keras.Input((4, 6, 3))
    y = layers.Reshape((6, 20))(layers.Permute((2, 1, 3))(layers.Conv2D(5, 3, padding="same")(x)))
    return keras.Model(x, layers.Dense(2)(layers.Add()([y, layers.Dense(20)(y)])))


def by_rows() -> Any:
    """A normalisation of each row of a map that is as high as it is wide, and has four channels."""
    return keras.Sequential(
        [
            keras.Input((5, 5, 3)),
            layers.Conv2D(4, 2, name="conv"),
            layers.BatchNormalization(axis=1, name="rows"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def flattened() -> Any:
    """A map of 4 x 4 and three channels, flattened."""
    conv = layers.Conv2D(3, 3, name="conv")
    return keras.Sequential([keras.Input((6, 6, 2)), conv, layers.Flatten(), layers.Dense(2)])

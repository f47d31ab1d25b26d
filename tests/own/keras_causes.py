"""Keras models whose ports make a mistake that only the whole of a model shows."""

from typing import Any

import keras
from keras import layers, ops


def _masked(*others: Any) -> Any:
    embedding = layers.Embedding(20, 8, mask_zero=True)
    return keras.Sequential([keras.Input((6,), dtype="int32"), embedding, *others])


def gated() -> Any:
    return _masked(layers.GRU(3, return_sequences=True), layers.Dense(2, name="out"))


def both_ways() -> Any:
    return _masked(layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both"))


def attending() -> Any:
    tokens = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True)(tokens)
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    return keras.Model(tokens, layers.Dense(2)(x))


def wide() -> Any:
    x = keras.Input((5, 8))
    return keras.Model(x, layers.MultiHeadAttention(2, 8, name="attention")(x, x))


def pooled() -> Any:
    conv = layers.Conv2D(8, 3, activation="relu", name="conv")
    mean = layers.GlobalAveragePooling2D()
    return keras.Sequential([keras.Input((9, 9, 2)), conv, mean, layers.Dense(2, name="out")])


def resized_ahead() -> Any:
    resize = layers.Lambda(lambda z: ops.image.resize(z, (9, 11)), name="resize")
    return keras.Sequential([keras.Input((5, 6, 2)), resize, layers.Conv2D(3, 1, name="conv")])


def resized_behind() -> Any:
    resize = layers.Lambda(lambda z: ops.image.resize(z, (9, 11)), name="resize")
    return keras.Sequential([keras.Input((5, 6, 2)), layers.Conv2D(3, 1, name="conv"), resize])


def classified() -> Any:
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(3), layers.Activation("sigmoid", name="sigmoid")]
    )


def bounded() -> Any:
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="sigmoid", name="gate"), layers.Dense(2)]
    )


def normed(layer: Any) -> Any:
    return keras.Sequential([keras.Input((6, 8)), layers.Dense(8), layer, layers.Dense(3)])


def rooted() -> Any:
    return normed(layers.RMSNormalization(name="norm"))


def centred() -> Any:
    return normed(layers.LayerNormalization(name="norm"))


def grouped() -> Any:
    norm = layers.GroupNormalization(groups=-1, name="norm")
    return keras.Sequential([keras.Input((6, 6, 3)), norm, layers.Conv2D(2, 3)])


def moving() -> Any:
    norm = layers.BatchNormalization(name="norm")
    return keras.Sequential([keras.Input((6, 6, 3)), norm, layers.Conv2D(2, 3)])


def dotted() -> Any:
    x = keras.Input((6,))
    pair = layers.Dense(4, name="one")(x), layers.Dense(4, name="other")(x)
    return keras.Model(x, layers.Dot(-1, normalize=True, name="dot")(pair))


def both_read() -> Any:
    both = layers.Bidirectional(layers.GRU(5), name="both")
    return keras.Sequential([keras.Input((7, 4)), both, layers.Dense(3)])

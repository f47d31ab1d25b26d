"""Keras models that are compared in low precision."""

from typing import Any

import keras
from keras import layers


def normalised() -> Any:
    x = keras.Input((24,))
    y = layers.LayerNormalization(epsilon=1e-8, name="norm")(x)
    return keras.Model(x, layers.Dense(6, name="out")(y))


def classifier() -> Any:
    x = keras.Input((12,))
    y = layers.Dense(16, activation="relu", name="hidden")(x)
    return keras.Model(x, layers.Dense(7, activation="softmax", dtype="float32", name="out")(y))


def pooled(size: int = 14) -> Any:
    x = keras.Input((size, size, 3))
    y = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    y = layers.BatchNormalization(name="norm")(y)
    return keras.Model(x, layers.GlobalAveragePooling2D(name="mean")(y))


def pooled_wide() -> Any:
    return pooled(48)

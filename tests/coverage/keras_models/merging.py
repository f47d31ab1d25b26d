"""Merging."""

from typing import Any

import keras
from keras import layers


def _merged(layer: Any) -> Any:
    x = keras.Input((6,), name="x")
    a, b = layers.Dense(4, name="a")(x), layers.Dense(4, activation="relu", name="b")(x)
    return keras.Model(x, layer([a, b]))


def add() -> Any:
    return _merged(layers.Add(name="merge"))


def subtract() -> Any:
    return _merged(layers.Subtract(name="merge"))


def multiply() -> Any:
    return _merged(layers.Multiply(name="merge"))


def average() -> Any:
    return _merged(layers.Average(name="merge"))


def maximum() -> Any:
    return _merged(layers.Maximum(name="merge"))


def minimum() -> Any:
    return _merged(layers.Minimum(name="merge"))


def concatenate() -> Any:
    return _merged(layers.Concatenate(name="merge"))


def concatenate_maps() -> Any:
    x = keras.Input((6, 5, 3), name="x")
    a, b = layers.Conv2D(2, 3, name="a")(x), layers.Conv2D(4, 3, name="b")(x)
    return keras.Model(x, layers.Concatenate(name="merge")([a, b]))


def dot() -> Any:
    x = keras.Input((5, 3), name="x")
    a, b = layers.Dense(4, name="a")(x), layers.Dense(4, name="b")(x)
    return keras.Model(x, layers.Dot(axes=2, name="merge")([a, b]))

"""Keras models whose ports hold their matrices stacked, unturned, turned, or not yet."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

WINDOW = np.hanning(12).astype("float32")


class Bilinear(layers.Layer):  # type: ignore[misc]
    """A weight of one's own, (left, right, out)."""

    def build(self, left_shape: Any, right_shape: Any) -> None:
        shape = (left_shape[-1], right_shape[-1], 3)
        self.w = self.add_weight(shape=shape, initializer="glorot_uniform", name="w")

    def call(self, left: Any, right: Any) -> Any:
        return ops.einsum("ni,ijo,nj->no", left, self.w, right)


class Windowed(layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return ops.matmul(x, np.diag(WINDOW))


def crossed() -> Any:
    """The deep & cross network's layers, a Dense each."""
    x = first = keras.Input((5,))
    for _ in range(3):
        x = first * layers.Dense(5)(x) + x
    return keras.Model(first, layers.Dense(2)(x))


def heads() -> Any:
    x = keras.Input((6, 8))
    q, k, v = (
        layers.EinsumDense("btd,dhk->bthk", (None, 2, 4), bias_axes="hk")(x) for _ in range(3)
    )
    p = ops.softmax(ops.einsum("bthk,bshk->bhts", q, k) / 2)
    y = ops.einsum("bhts,bshk->bthk", p, v)
    return keras.Model(x, layers.EinsumDense("bthk,hkd->btd", (None, 8), bias_axes="d")(y))


def bilinear() -> Any:
    left, right = keras.Input((4,)), keras.Input((5,))
    return keras.Model([left, right], Bilinear()(left, right))


def windowed() -> Any:
    return keras.Sequential([keras.Input((12,)), Windowed()])


def dense() -> Any:
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="relu"), layers.Dense(3)]
    )

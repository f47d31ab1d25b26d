"""A Keras model that writes a hard sigmoid out, behind a normalisation; and one that joins its
maps piece by piece."""

from typing import Any

import keras
from keras import layers


def hard_sigmoid() -> Any:
    x = keras.Input((6,))
    y = layers.BatchNormalization(name="norm")(layers.Dense(5, name="hidden")(x))
    y = layers.ReLU(6.0, name="cut")(y + 3.0) * (1.0 / 6.0)
    return keras.Model(x, layers.Dense(3, name="out")(y))


def joined() -> Any:
    x = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 3, padding="same", name="first")(x)
    pair = layers.Concatenate(name="pair")([x, first])
    second = layers.Conv2D(2, 3, padding="same", name="second")(pair)
    whole = layers.Concatenate(name="whole")([pair, second])
    return keras.Model(x, layers.GlobalAveragePooling2D(name="mean")(whole))

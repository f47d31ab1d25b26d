"""Keras models whose ports hold more than they do."""

from typing import Any

import keras
from keras import layers


def build() -> Any:
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.BatchNormalization(name="norm"),
            layers.Dense(3, activation="tanh", name="out"),
        ],
        name="normed",
    )


def lstm() -> Any:
    return keras.Sequential([keras.Input((5, 3)), layers.LSTM(4, name="lstm")], name="recurrent")

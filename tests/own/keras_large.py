"""Models that take large samples."""

from typing import Any

import keras
from keras import layers

SIDE = 184  # so that a sample is large


def many() -> Any:
    return _model(40)


def few() -> Any:
    return _model(3)


def _model(units: int) -> Any:
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(4, 8, strides=8, name="conv"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(units, name="out"),
        ]
    )

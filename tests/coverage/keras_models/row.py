"""A model of layers one after the other."""

from typing import Any

import keras


def row(shape: tuple[int, ...], *layers: Any) -> Any:
    return keras.Sequential([keras.Input(shape, name="x"), *layers])

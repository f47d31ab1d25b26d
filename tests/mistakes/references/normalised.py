"""simple_ae with a batch normalisation behind its code, for its moving statistics."""

import keras
from keras import layers

from keras_reference.simple_ae import *
from keras_reference.simple_ae import CODE, PIXELS


def build():
    return keras.Sequential(
        [
            layers.Input((PIXELS,)),
            layers.Dense(CODE, activation="relu", name="encoder"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(PIXELS, activation="sigmoid", name="decoder"),
        ],
        name="normalised",
    )

"""simple_ae with noise and dropout of whole features inside the model."""

import keras
from keras import layers

from keras_reference.simple_ae import *
from keras_reference.simple_ae import CODE, PIXELS


def build():
    return keras.Sequential(
        [
            layers.Input((PIXELS,)),
            layers.GaussianNoise(0.1, name="noise"),
            layers.Dense(CODE, activation="relu", name="encoder"),
            layers.Dropout(0.3, name="drop"),
            layers.Dense(PIXELS, activation="sigmoid", name="decoder"),
        ],
        name="noisy",
    )

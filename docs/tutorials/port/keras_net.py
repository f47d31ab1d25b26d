"""A small Keras model that is to be ported."""

import keras
from keras import layers


def build() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="stem"),
            layers.BatchNormalization(name="norm"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="body"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="head"),
        ]
    )

"""Small Keras models, for ports that return one thing or another."""

import keras
from keras import layers


def one():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "relu", name="hidden"), layers.Dense(3, name="out")]
    )


def heads():
    taken = keras.Input((6,))
    trunk = layers.Dense(5, activation="relu", name="trunk")(taken)
    outputs = [layers.Dense(3, name="first")(trunk), layers.Dense(3, name="second")(trunk)]
    return keras.Model(taken, outputs)


def classes():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, name="out"), layers.Softmax(name="shares")]
    )

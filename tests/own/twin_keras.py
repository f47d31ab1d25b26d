"""A twin file of a person's own: the mlp, smaller, with a leaky_relu of slope 0.2."""

from keras_reference.mlp import *
from keras_reference.mlp import CLASSES, PIXELS, keras, layers


def build():
    leaky = keras.layers.LeakyReLU(negative_slope=0.2, name="act")
    return keras.Sequential(
        [
            layers.Input((PIXELS,)),
            layers.Dense(40, name="fc1"),  # (N, 40)
            leaky,
            layers.Dense(CLASSES, activation="softmax", name="fc2"),  # (N, 10)
        ],
        name="leaky",
    )

"""A class and a position at once: two outputs, two losses, and what each of them weighs."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
FEATURES, CLASSES = 6, 3


def data():
    """44 samples (N, 6); their class (N,) and position (N, 2)."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(44, FEATURES))
    return {"x": x, "y": {"kind": x[:, :CLASSES].argmax(axis=1), "place": x[:, :2] * x[:, 2:4]}}


def build():
    inputs = layers.Input((FEATURES,))
    x = layers.Dense(16, activation="relu", name="shared")(inputs)
    kind = layers.Dense(CLASSES, activation="softmax", name="kind")(x)
    place = layers.Dense(2, name="place")(x)
    model = keras.Model(inputs, {"kind": kind, "place": place}, name="two_outputs")
    model.compile(
        optimizer=keras.optimizers.Nadam(0.01),
        loss={"kind": "sparse_categorical_crossentropy", "place": "mae"},
        loss_weights={"kind": 0.3, "place": 2.0},
    )
    return model

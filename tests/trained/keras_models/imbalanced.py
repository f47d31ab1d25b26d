"""A rare event: weights of the classes, smoothed labels, dropout."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
FEATURES = 7
CLASS_WEIGHT = {0: 0.6, 1: 4.0}


def data():
    """44 samples (N, 7), of which few are positive: (N, 1)."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(44, FEATURES))
    y = (x[:, :1] + x[:, 1:2] > 1.2).astype(float)
    return {"x": x, "y": y, "class_weight": CLASS_WEIGHT}


def build():
    model = keras.Sequential(
        [
            layers.Input((FEATURES,)),
            layers.Dense(16, activation="relu", name="hidden"),
            layers.Dropout(0.3, name="drop"),
            layers.Dense(1, activation="sigmoid", name="event"),
        ],
        name="imbalanced",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, amsgrad=True, weight_decay=0.1),
        loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1),
    )
    return model

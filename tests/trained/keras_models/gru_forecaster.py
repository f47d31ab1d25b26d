"""The next value of a series: GRU, Huber's loss, each gradient clipped by its norm."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
LENGTH = 8


def data():
    """44 windows (N, 8, 1) of a noisy wave with outliers, and what comes next (N, 1)."""
    draw = np.random.default_rng(0)
    series = np.sin(np.arange(44 + LENGTH) / 2) + 0.1 * draw.normal(size=44 + LENGTH)
    series[::9] += 3
    windows = np.lib.stride_tricks.sliding_window_view(series, LENGTH + 1)
    return {"x": windows[:, :-1, None].copy(), "y": windows[:, -1:].copy()}


def build():
    model = keras.Sequential(
        [
            layers.Input((LENGTH, 1)),
            layers.GRU(8, name="gru"),
            layers.Dense(1, name="next"),
        ],
        name="gru_forecaster",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, clipnorm=0.1), loss=keras.losses.Huber(delta=0.5)
    )
    return model

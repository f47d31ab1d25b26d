"""Sentiment of padded texts: Embedding with a mask, LSTM, one sigmoid."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
WORDS, LENGTH = 30, 10


def data():
    """44 texts of word numbers (N, 10), padded with 0 at the end, and their sentiment (N, 1)."""
    draw = np.random.default_rng(0)
    x = draw.integers(1, WORDS, size=(44, LENGTH))
    lengths = draw.integers(3, LENGTH + 1, size=44)
    x[np.arange(LENGTH) >= lengths[:, None]] = 0
    is_good = (x % 3 == 0).sum(axis=1) > (x % 3 == 1).sum(axis=1)
    return {"x": x.astype("int32"), "y": is_good[:, None].astype(float)}


def build():
    model = keras.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, 6, mask_zero=True, name="embedding"),
            layers.LSTM(8, name="lstm"),
            layers.Dense(1, activation="sigmoid", name="sentiment"),
        ],
        name="lstm_text",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, global_clipnorm=0.1), loss="binary_crossentropy"
    )
    return model

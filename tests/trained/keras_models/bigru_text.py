"""Texts into three topics: Embedding, a GRU in both directions, Adamax."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
WORDS, LENGTH, TOPICS = 20, 8, 3


def data():
    """44 texts of word numbers (N, 8), many of them repeated, and their topic (N,)."""
    draw = np.random.default_rng(0)
    y = draw.integers(TOPICS, size=44)
    x = np.minimum(draw.geometric(0.2, size=(44, LENGTH)), 6) + y[:, None] * 6
    return {"x": np.minimum(x, WORDS - 1).astype("int32"), "y": y}


def build():
    model = keras.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, 5, name="embedding"),
            layers.Bidirectional(layers.GRU(6), name="both_ways"),
            layers.Dense(TOPICS, activation="softmax", name="topic"),
        ],
        name="bigru_text",
    )
    model.compile(optimizer=keras.optimizers.Adamax(0.01), loss="sparse_categorical_crossentropy")
    return model

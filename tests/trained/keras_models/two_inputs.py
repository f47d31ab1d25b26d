"""A price from figures and a category: two inputs, and a weight for each sample."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
FIGURES, CATEGORIES = 5, 3


def data():
    """44 houses: figures (N, 5) and category (N, 3, one-hot); price (N, 1); weights (N,)."""
    draw = np.random.default_rng(0)
    figures = draw.normal(size=(44, FIGURES))
    category = np.eye(CATEGORIES)[draw.integers(CATEGORIES, size=44)]
    price = figures[:, :1] - figures[:, 1:2] ** 2 + category @ np.array([[-1.0], [0.0], [2.0]])
    weights = draw.uniform(0.2, 3, size=44)
    return {"x": [figures, category], "y": price, "sample_weight": weights}


def build():
    figures = layers.Input((FIGURES,), name="figures")
    category = layers.Input((CATEGORIES,), name="category")
    a = layers.Dense(12, activation="tanh", name="of_figures")(figures)
    b = layers.Dense(4, activation="tanh", name="of_category")(category)
    x = layers.Concatenate(name="both")([a, b])
    price = layers.Dense(1, name="price")(x)
    model = keras.Model([figures, category], price, name="two_inputs")
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.005, momentum=0.9, centered=True), loss="mse"
    )
    return model

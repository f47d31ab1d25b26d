"""A small image classifier as they are trained from scratch: BatchNorm, L2, SGD, falling rates."""

import keras
import numpy as np
from keras import layers, regularizers

BATCH_SIZE = 16
SIZE, CLASSES = 8, 3


def data():
    """44 images (N, 8, 8, 3) of stripes, and their class (N,)."""
    draw = np.random.default_rng(0)
    y = draw.integers(CLASSES, size=44)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    patterns = np.stack([np.sin(rows), np.sin(columns), np.sin(rows + columns)])
    return {"x": patterns[y][..., None] + draw.normal(size=(44, SIZE, SIZE, 3)), "y": y}


def build():
    l2 = regularizers.L2(1e-2)
    inputs = layers.Input((SIZE, SIZE, 3))
    x = inputs
    for number, filters in enumerate((4, 8), start=1):
        x = layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            kernel_regularizer=l2,
            name=f"conv{number}",
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"bn{number}")(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(CLASSES, kernel_regularizer=l2, name="classes")(x)
    model = keras.Model(inputs, outputs, name="batch_norm_cnn")
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([2, 5], [0.05, 0.02, 0.005])
    model.compile(
        optimizer=keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model

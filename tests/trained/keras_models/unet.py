"""A small U-Net that finds discs, trained on binary cross-entropy plus dice, two batches a step."""

import keras
import numpy as np
from keras import layers, ops

BATCH_SIZE = 6
SIZE = 16


def data():
    """16 noisy images (N, 16, 16, 1) of a disc, and the disc (N, 16, 16, 1)."""
    draw = np.random.default_rng(0)
    centres = draw.uniform(4, 12, size=(16, 2, 1, 1))
    rows, columns = np.mgrid[:SIZE, :SIZE]
    radius = draw.uniform(2, 5, size=(16, 1, 1))
    mask = ((rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2 < radius**2).astype(float)
    return {"x": (mask + 0.5 * draw.normal(size=mask.shape))[..., None], "y": mask[..., None]}


def dice(y_true, y_pred, smooth=1.0):
    """(N,): 1 minus twice the overlap over the sum."""
    axes = (1, 2, 3)
    overlap = ops.sum(y_true * y_pred, axis=axes)
    both = ops.sum(y_true, axis=axes) + ops.sum(y_pred, axis=axes)
    return 1 - (2 * overlap + smooth) / (both + smooth)


def bce_dice(y_true, y_pred):
    bce = ops.mean(keras.losses.binary_crossentropy(y_true, y_pred), axis=(1, 2))
    return bce + dice(y_true, y_pred)


def block(x, filters, name):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_1")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_2")(x)


def build():
    inputs = layers.Input((SIZE, SIZE, 1))
    down = block(inputs, 4, "down")
    x = block(layers.MaxPooling2D()(down), 8, "bottom")
    x = layers.Conv2DTranspose(4, 2, strides=2, name="up")(x)
    x = block(layers.Concatenate()([down, x]), 4, "out")
    outputs = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    model = keras.Model(inputs, outputs, name="unet")
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, gradient_accumulation_steps=2), loss=bce_dice
    )
    return model

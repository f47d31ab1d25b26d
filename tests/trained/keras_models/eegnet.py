"""EEGNet (Lawhern et al., 2018): trials of EEG into four classes, with max-norm constraints.

Source of the kind: github.com/vlawhern/arl-eegmodels. Sizes are small; the parts are all there.
"""

import keras
import numpy as np
from keras import layers
from keras.constraints import MaxNorm

BATCH_SIZE = 16
ELECTRODES, SAMPLES, CLASSES = 6, 32, 4


def data():
    """44 trials (N, electrodes, samples, 1), each class with a rhythm of its own."""
    draw = np.random.default_rng(0)
    classes = draw.integers(CLASSES, size=44)
    times = np.arange(SAMPLES) / SAMPLES
    rhythm = np.sin(2 * np.pi * (2 + classes[:, None]) * times)
    x = rhythm[:, None] + draw.normal(size=(44, ELECTRODES, SAMPLES))
    return {"x": x[..., None], "y": np.eye(CLASSES)[classes]}


def build():
    inputs = layers.Input((ELECTRODES, SAMPLES, 1))
    x = layers.Conv2D(4, (1, 8), padding="same", use_bias=False, name="temporal")(inputs)
    x = layers.BatchNormalization(name="bn1")(x)
    x = layers.DepthwiseConv2D(
        (ELECTRODES, 1),
        depth_multiplier=2,
        use_bias=False,
        depthwise_constraint=MaxNorm(1.0),
        name="spatial",
    )(x)  # (N, 1, samples, 8)
    x = layers.BatchNormalization(name="bn2")(x)
    x = layers.Activation("elu")(x)
    x = layers.AveragePooling2D((1, 4))(x)
    x = layers.Dropout(0.25, name="drop1")(x)
    x = layers.SeparableConv2D(8, (1, 4), padding="same", use_bias=False, name="separable")(x)
    x = layers.BatchNormalization(name="bn3")(x)
    x = layers.Activation("elu")(x)
    x = layers.AveragePooling2D((1, 4))(x)
    x = layers.Dropout(0.25, name="drop2")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(CLASSES, kernel_constraint=MaxNorm(0.25), name="classes")(x)
    outputs = layers.Softmax(name="softmax")(x)
    model = keras.Model(inputs, outputs, name="eegnet")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
    return model

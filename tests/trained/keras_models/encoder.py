"""An encoder's block over steps of a signal, which drops weights of its attention, too.

Source of the kind: keras.io/examples/nlp/text_classification_with_transformer, in which attention
and both residual branches drop.
"""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
LENGTH, WIDTH, HEADS, CLASSES = 5, 8, 2, 3


def data():
    """44 windows (N, 5, 8), and the class (N,) of each: which feature is largest in the mean."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(44, LENGTH, WIDTH))
    return {"x": x, "y": x.mean(axis=1)[:, :CLASSES].argmax(axis=1)}


def build():
    inputs = layers.Input((LENGTH, WIDTH))
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=0.25, name="attention")
    x = layers.Dropout(0.1, name="drop1")(attention(inputs, inputs))
    x = layers.LayerNormalization(epsilon=1e-6, name="norm1")(layers.Add()([inputs, x]))
    hidden = layers.Dense(12, activation="relu", name="ffn1")(x)
    hidden = layers.Dense(WIDTH, name="ffn2")(hidden)
    hidden = layers.Dropout(0.1, name="drop2")(hidden)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm2")(layers.Add()([x, hidden]))
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    model = keras.Model(inputs, layers.Dense(CLASSES, name="classes")(x), name="encoder")
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model

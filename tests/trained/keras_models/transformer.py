"""A transformer's block over windows of a signal; AdamW, warmed up, then a cosine."""

import keras
import numpy as np
from keras import layers

BATCH_SIZE = 16
LENGTH, FEATURES, WIDTH, HEADS, CLASSES = 6, 4, 8, 2, 3


def data():
    """44 windows (N, 6, 4), and the class (N,) of each: which feature moves most."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(44, LENGTH, FEATURES))
    return {"x": x, "y": np.abs(np.diff(x, axis=1)).sum(axis=1)[:, :CLASSES].argmax(axis=1)}


def build():
    inputs = layers.Input((LENGTH, FEATURES))
    x = layers.Dense(WIDTH, name="embed")(inputs)
    attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name="attention")(x, x)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm1")(layers.Add()([x, attended]))
    hidden = layers.Dense(16, activation="relu", name="ffn1")(x)
    hidden = layers.Dense(WIDTH, name="ffn2")(hidden)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm2")(layers.Add()([x, hidden]))
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    outputs = layers.Dense(CLASSES, name="classes")(x)
    model = keras.Model(inputs, outputs, name="transformer")
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=30, alpha=0.1, warmup_target=0.02, warmup_steps=8
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model

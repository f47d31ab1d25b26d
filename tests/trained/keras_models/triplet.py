"""A triplet loss, with a training step of its own that calls the model as at inference.

Source of the kind: keras.io/examples/vision/siamese_network.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

BATCH_SIZE = 16
FEATURES = 8


def data():
    """44 triples of points (N, 8): an anchor, one of its kind, and another."""
    draw = np.random.default_rng(0)
    anchor = draw.normal(size=(44, FEATURES))
    return {"x": [anchor, anchor + 0.3 * draw.normal(size=anchor.shape), draw.normal(size=(44, 8))]}


class Siamese(keras.Model):
    def __init__(self, margin, **kwargs):
        super().__init__(**kwargs)
        self.margin = margin
        self.embedding = keras.Sequential(
            [
                layers.Input((FEATURES,)),
                layers.Dense(16, activation="relu", name="fc1"),
                layers.BatchNormalization(name="bn"),
                layers.Dense(8, name="fc2"),
            ],
            name="embedding",
        )

    def call(self, inputs):
        """The squared distances of the anchor to both, (N,) each."""
        anchor, positive, negative = map(self.embedding, inputs)
        near = ops.sum(ops.square(anchor - positive), -1)
        return near, ops.sum(ops.square(anchor - negative), -1)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            near, far = self(data[0])
            loss = ops.mean(ops.maximum(near - far + self.margin, 0.0))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return {"loss": loss}


def build():
    model = Siamese(0.5, name="triplet")
    model([np.zeros((1, FEATURES))] * 3)  # makes the weights
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model

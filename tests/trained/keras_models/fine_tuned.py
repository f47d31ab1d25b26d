"""A classifier whose body learns slowly by Adam, and its head fast by SGD: a training step of its
own with two optimizers of different kinds."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH_SIZE = 16
FEATURES, HIDDEN, CLASSES = 6, 8, 3


def data():
    """44 samples (N, 6), and the class (N,) of each: which of three features is largest."""
    x = np.random.default_rng(0).normal(size=(44, FEATURES))
    return {"x": x, "y": x[:, :CLASSES].argmax(axis=1)}


class FineTuned(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = layers.Dense(HIDDEN, activation="relu", name="body")
        self.head = layers.Dense(CLASSES, name="head")

    def compile(self, slow, fast, own_loss):
        super().compile()
        self.slow, self.fast, self.own_loss = slow, fast, own_loss

    def call(self, x):
        return self.head(self.body(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.own_loss(y, self(x, training=True))
        body, head = self.body.trainable_variables, self.head.trainable_variables
        gradients = tape.gradient(loss, [*body, *head])
        self.slow.apply(gradients[: len(body)], body)
        self.fast.apply(gradients[len(body) :], head)
        return {"loss": loss}


def build():
    model = FineTuned(name="fine_tuned")
    model(np.zeros((1, FEATURES)))
    model.compile(
        slow=keras.optimizers.Adam(0.001),
        fast=keras.optimizers.SGD(0.1, momentum=0.9),
        own_loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model

"""A variational auto-encoder with a training step of its own.

Source of the kind: keras.io/examples/generative/vae. It learns on one draw of each code, and
answers with the mean.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

BATCH_SIZE = 16
PIXELS, CODE = 36, 3


def data():
    """44 images (N, 36) in [0, 1]: soft bars at a random place."""
    draw = np.random.default_rng(0)
    row = draw.uniform(0, 6, size=(44, 1, 1))
    image = np.exp(-((np.arange(6)[None, :, None] - row) ** 2)) * np.ones((1, 1, 6))
    return {"x": image.reshape(44, PIXELS)}


class Sampling(layers.Layer):
    """z = mean + exp(log_var / 2) * epsilon while training."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs, training=False):
        mean, log_var = inputs
        if not training:
            return mean
        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * epsilon


class VAE(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(16, activation="relu", name="hidden")
        self.mean = layers.Dense(CODE, name="mean")
        self.log_var = layers.Dense(CODE, name="log_var")
        self.sampling = Sampling(name="sampling")
        self.decoder = layers.Dense(16, activation="relu", name="decoder")
        self.pixels = layers.Dense(PIXELS, activation="sigmoid", name="pixels")

    def call(self, x, training=False):
        h = self.hidden(x)
        mean, log_var = self.mean(h), self.log_var(h)
        z = self.sampling([mean, log_var], training=training)
        return self.pixels(self.decoder(z)), mean, log_var

    def train_step(self, data):
        x = data[0] if isinstance(data, tuple) else data
        with tf.GradientTape() as tape:
            image, mean, log_var = self(x, training=True)
            reconstruction = ops.mean(ops.sum((x - image) ** 2, axis=1))
            kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)
            loss = reconstruction + ops.mean(kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return {"loss": loss}


def build():
    model = VAE(name="vae")
    model(np.zeros((1, PIXELS)))  # makes the weights
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return model

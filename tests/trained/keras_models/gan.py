"""A GAN with two optimizers and a training step of its own.

Source of the kind: keras.io/examples/generative/dcgan_overriding_train_step. The latent vectors
come with the data, so that two frameworks can be shown the same ones.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

BATCH_SIZE = 16
LATENT, SIZE = 3, 6


def data():
    """44 points (N, 6) on a curve, and the latent vectors (N, 3) that go with them."""
    draw = np.random.default_rng(0)
    t = draw.uniform(-1, 1, size=(44, 1))
    real = np.sin(t * np.arange(1, SIZE + 1)) + 0.05 * draw.normal(size=(44, SIZE))
    return {"x": [real, draw.normal(size=(44, LATENT))]}


class GAN(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = keras.Sequential(
            [
                layers.Input((LATENT,)),
                layers.Dense(12, name="g1"),
                layers.LeakyReLU(negative_slope=0.2, name="g_act"),
                layers.Dense(SIZE, name="g2"),
            ],
            name="generator",
        )
        self.discriminator = keras.Sequential(
            [
                layers.Input((SIZE,)),
                layers.Dense(12, name="d1"),
                layers.LeakyReLU(negative_slope=0.2, name="d_act"),
                layers.Dense(1, name="d2"),
            ],
            name="discriminator",
        )

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn

    def call(self, inputs):
        """What the discriminator says of the real and of the made ones: logits (N, 1) each."""
        real, latent = inputs
        return self.discriminator(real), self.discriminator(self.generator(latent))

    def train_step(self, data):
        real, latent = data[0]
        ones, zeros = ops.ones_like(real[:, :1]), ops.zeros_like(real[:, :1])
        made = self.generator(latent)
        with tf.GradientTape() as tape:
            logits = self.discriminator(ops.concatenate([made, real], axis=0))
            d_loss = self.loss_fn(ops.concatenate([zeros, ones], axis=0), logits)
        weights = self.discriminator.trainable_weights
        gradients = tape.gradient(d_loss, weights)
        self.d_optimizer.apply_gradients(zip(gradients, weights, strict=True))

        with tf.GradientTape() as tape:
            logits = self.discriminator(self.generator(latent))
            g_loss = self.loss_fn(ones, logits)
        weights = self.generator.trainable_weights
        gradients = tape.gradient(g_loss, weights)
        self.g_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return {"loss": d_loss + g_loss}


def build():
    model = GAN(name="gan")
    model.compile(
        d_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5),
        g_optimizer=keras.optimizers.Adam(0.005, beta_1=0.5),
        loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return model

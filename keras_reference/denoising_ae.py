"""A denoising auto-encoder for MNIST in Keras: 28x28 -> 7x7x32 -> 28x28.

Source: chapter 6 of the course report.

Three things to notice beside torch_port/denoising_ae.py:
the noise belongs to the data and not to the model, it is clipped to [0, 1] after it is added,
and the target is the clean image.
"""

import keras
import numpy as np
from keras import layers

# --- Sizes ---
KERNEL = 3
FILTERS = 32
NOISE = 0.5


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 28, 28, 1) in [0, 1]."""
    return images[..., None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


def corrupt(inputs, draws):
    """Add Gaussian noise to clean inputs and clip to [0, 1].

    draws: standard normal, of the shape and dtype of inputs; the harness draws them once for both.
    """
    return np.clip(inputs + NOISE * draws, 0, 1)


# --- Model ---
def build():
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(FILTERS, KERNEL, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, padding="same", name="pool1"),  # (N, 14, 14, 32)
            layers.Conv2D(FILTERS, KERNEL, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, padding="same", name="pool2"),  # (N, 7, 7, 32)
            layers.Conv2D(FILTERS, KERNEL, padding="same", activation="relu", name="conv3"),
            layers.UpSampling2D(2, interpolation="nearest", name="up1"),  # (N, 14, 14, 32)
            layers.Conv2D(FILTERS, KERNEL, padding="same", activation="relu", name="conv4"),
            layers.UpSampling2D(2, interpolation="nearest", name="up2"),  # (N, 28, 28, 32)
            layers.Conv2D(1, KERNEL, padding="same", activation="sigmoid", name="conv5"),
        ],
        name="denoising_ae",
    )


# --- Weights ---
# Conv2D: kernel (height, width, in, out) glorot_uniform, bias (out,) zeros.


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    return keras.losses.BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
    )


def optimizer():
    return keras.optimizers.Adam(
        learning_rate=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
    )

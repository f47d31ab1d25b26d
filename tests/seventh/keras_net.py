"""A tiny auto-encoder for MNIST in Keras: 784 - 16 - 784.

Made for the tests: what a new pair is, and no more.

Three things to notice beside tests/seventh/torch_net.py:
the model is functional, its port a class; the port ends in logits;
and both learn by plain descent with momentum.
"""

import keras
from keras import layers

# --- Sizes ---
PIXELS = 28 * 28
CODE = 16


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 784) in [0, 1]."""
    return images.reshape(-1, PIXELS).astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


# --- Model ---
def build():
    pixels = layers.Input((PIXELS,))
    code = layers.Dense(CODE, activation="relu", name="squeeze")(pixels)  # (N, 16)
    image = layers.Dense(PIXELS, activation="sigmoid", name="spread")(code)  # (N, 784)
    return keras.Model(pixels, image, name="tiny_ae")


# --- Weights ---
# Dense: kernel (in, out) glorot_uniform, bias (out,) zeros. These are the defaults of the layer.


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 256
EPOCHS = 3


def loss():
    return keras.losses.BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
    )


def optimizer():
    return keras.optimizers.SGD(
        learning_rate=0.1,
        momentum=0.9,
        nesterov=False,
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

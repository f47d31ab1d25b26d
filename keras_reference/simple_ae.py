"""A simple auto-encoder for MNIST in Keras: 784 - 32 - 784.

Source: chapter 4 of the course report, which trains it on the mean squared error.

Three things to notice beside torch_port/simple_ae.py:
both models end in a sigmoid and give pixels in (0, 1), the target is the input,
and the loss is the mean over all pixels on both sides.
"""

import keras
from keras import layers

# --- Sizes ---
PIXELS = 28 * 28
CODE = 32


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 784) in [0, 1]."""
    return images.reshape(-1, PIXELS).astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


# --- Model ---
def build():
    return keras.Sequential(
        [
            layers.Input((PIXELS,)),
            layers.Dense(CODE, activation="relu", name="encoder"),  # (N, 32)
            layers.Dense(PIXELS, activation="sigmoid", name="decoder"),  # (N, 784)
        ],
        name="simple_ae",
    )


# --- Weights ---
# Dense: kernel (in, out) glorot_uniform, bias (out,) zeros. These are the defaults of the layer.


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 256
EPOCHS = 20


def loss():
    return keras.losses.MeanSquaredError(reduction="sum_over_batch_size")


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

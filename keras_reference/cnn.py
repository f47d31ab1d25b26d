"""A convolutional network for MNIST in Keras: two 5x5 convolutions, then ten classes.

Source: chapter 3 of the course report (batch size and epochs are lost in the scan:
128 and 10 are taken).

Three things to notice beside torch_port/cnn.py:
images are (height, width, channel), Flatten therefore runs over the channels first,
and padding is a word.
"""

import keras
import numpy as np
from keras import layers

# --- Sizes ---
CLASSES = 10
KERNEL = 5


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 28, 28, 1) in [0, 1]."""
    return images[..., None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """Labels (N,) -> one-hot rows (N, 10)."""
    return np.eye(CLASSES, dtype=dtype)[labels]


# --- Model ---
def build():
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, KERNEL, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),  # (N, 14, 14, 16)
            layers.Conv2D(32, KERNEL, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),  # (N, 7, 7, 32)
            layers.Flatten(name="flatten"),  # (N, 1568), in the order height, width, channel
            layers.Dense(CLASSES, activation="softmax", name="out"),  # (N, 10)
        ],
        name="cnn",
    )


# --- Weights ---
# Conv2D: kernel (height, width, in, out) glorot_uniform, bias (out,) zeros.
# Dense: kernel (in, out) glorot_uniform, bias (out,) zeros.


# --- Output ---
def prediction(output):
    """The model's output is the class probabilities (N, 10) already."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    return keras.losses.CategoricalCrossentropy(
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

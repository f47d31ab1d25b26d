"""A multilayer perceptron for MNIST in Keras: 784 - 500 - 500 - 10.

Source: chapter 2 of the course report (its listing defines the second layer;
the line that applies it is lost in the scan and is restored here).

Three things to notice beside torch_port/mlp.py:
the softmax is part of this model, the activations are arguments of the layers,
and the kernels are (in, out).
"""

import keras
import numpy as np
from keras import layers

# --- Sizes ---
PIXELS = 28 * 28
HIDDEN = 500
CLASSES = 10
DROPOUT = 0.2


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 784) in [0, 1]."""
    return images.reshape(-1, PIXELS).astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """Labels (N,) -> one-hot rows (N, 10)."""
    return np.eye(CLASSES, dtype=dtype)[labels]


# --- Model ---
def build():
    return keras.Sequential(
        [
            layers.Input((PIXELS,)),
            layers.Dense(HIDDEN, activation="relu", name="fc1"),  # (N, 500)
            layers.Dropout(DROPOUT, name="drop1"),
            layers.Dense(HIDDEN, activation="relu", name="fc2"),  # (N, 500)
            layers.Dropout(DROPOUT, name="drop2"),
            layers.Dense(CLASSES, activation="softmax", name="fc3"),  # (N, 10)
        ],
        name="mlp",
    )


# --- Weights ---
# Dense: kernel (in, out) glorot_uniform, bias (out,) zeros. These are the defaults of the layer.


# --- Output ---
def prediction(output):
    """The model's output is the class probabilities (N, 10) already."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 20


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

"""A tiny auto-encoder for MNIST in PyTorch: 784 - 16 - 784.

Made for the tests: what a new pair is, and no more.

Three things to notice beside tests/seventh/keras_net.py:
the model is functional, its port a class; the port ends in logits;
and both learn by plain descent with momentum.
"""

import torch.nn.functional as F
from torch import nn

from parity.semantics import SGD, BinaryCrossentropy

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
class TinyAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Linear(PIXELS, CODE)
        self.spread = nn.Linear(CODE, PIXELS)
        initialise(self)

    def forward(self, x):  # (N, 784)
        code = F.relu(self.squeeze(x))  # (N, 16)
        # DIFFERS: logits, not probabilities: the loss applies the sigmoid itself.
        # [bce-logit-recovery]
        return self.spread(code)  # (N, 784)


def build():
    return TinyAutoencoder()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
def initialise(model):
    for layer in (model.squeeze, model.spread):
        # DIFFERS: torch would draw weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
        # [init-default]
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """Logits (N, 784) -> the reconstruction, in (0, 1)."""
    return output.sigmoid()


# --- Recipe ---
BATCH_SIZE = 256
EPOCHS = 3


def loss():
    # DIFFERS: BCELoss clamps the logarithm at -100. Keras finds the logits behind the sigmoid on
    # tensorflow; on its other backends it clips the probabilities to [1e-7, 1 - 1e-7]. [bce-clip]
    return BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        activation="sigmoid",
    )


def optimizer(parameters):
    # DIFFERS: torch.optim.SGD leaves the learning rate out of its velocity. [sgd-momentum]
    return SGD(
        parameters,
        lr=0.1,
        momentum=0.9,
        nesterov=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
    )

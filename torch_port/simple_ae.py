"""A simple auto-encoder for MNIST in PyTorch: 784 - 32 - 784.

Source: chapter 4 of the course report, which trains it on the mean squared error.

Three things to notice beside keras_reference/simple_ae.py:
both models end in a sigmoid and give pixels in (0, 1), the target is the input,
and the loss is the mean over all pixels on both sides.
"""

import torch
import torch.nn.functional as F
from torch import nn

from parity.semantics import Adam, MeanSquaredError

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
class SimpleAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(PIXELS, CODE)
        self.decoder = nn.Linear(CODE, PIXELS)
        initialise(self)

    def forward(self, x):  # (N, 784)
        code = F.relu(self.encoder(x))  # (N, 32)
        return torch.sigmoid(self.decoder(code))  # (N, 784)


def build():
    return SimpleAutoencoder()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
def initialise(model):
    for layer in (model.encoder, model.decoder):
        # DIFFERS: torch would draw weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
        # [init-default]
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 256
EPOCHS = 20


def loss():
    return MeanSquaredError(reduction="sum_over_batch_size")


def optimizer(parameters):
    # DIFFERS: torch.optim.Adam has eps 1e-8 and adds it after the bias correction; Keras's Adam has
    # 1e-7 and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return Adam(
        parameters,
        lr=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
    )

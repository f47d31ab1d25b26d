"""The report's denoising auto-encoder in PyTorch: 28x28 -> 7x7x32 -> 28x28.

Source: chapter 6 of the course report, in our own words.

Three things to notice beside keras_reference/denoising_ae.py:
the network is Keras's; its images are normalised and then clamped to [0, 1], which paints most of
the greys white; and the report tests it on images without noise.
"""

import numpy as np
import torch
from torch import nn

# --- Sizes ---
KERNEL = 3
FILTERS = 32
NOISE = 0.5
MEAN, SD = 0.1307, 0.3081  # of MNIST's training pixels


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28), normalised and clamped to [0, 1]."""
    x = images[:, None].astype(dtype) / 255
    # DIFFERS: Keras's file leaves pixels in [0, 1]. Normalised they run from -0.42 to 2.82, which
    # nn.BCELoss refuses; clamped, all above 0.4388 is white, and all below 0.1307 black.
    # [normalize-ae-targets]
    return np.clip((x - MEAN) / SD, 0, 1).astype(dtype)


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


def corrupt(inputs, draws):
    """Add Gaussian noise to clean inputs and clamp to [0, 1].

    draws: standard normal, of the shape and dtype of inputs; the harness draws them.
    """
    return np.clip(inputs + NOISE * draws, 0, 1)


# --- Model ---
class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, FILTERS, KERNEL, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),  # (N, 32, 14, 14)
            nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),  # (N, 32, 7, 7)
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=1),
            nn.ReLU(),
            nn.UpsamplingNearest2d(scale_factor=2),  # (N, 32, 14, 14)
            nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=1),
            nn.ReLU(),
            nn.UpsamplingNearest2d(scale_factor=2),  # (N, 32, 28, 28)
            nn.Conv2d(FILTERS, 1, KERNEL, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x):  # (N, 1, 28, 28)
        return self.decoder(self.encoder(x))  # (N, 1, 28, 28)


def build():
    return Autoencoder()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,).
# DIFFERS: torch draws weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)); Keras draws the
# kernel from +-sqrt(6/(fan_in + fan_out)), and starts every bias at zero. [init-default]


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: nn.BCELoss clamps the logarithm at -100. Keras finds the logits behind the sigmoid
    # on tensorflow; on its other backends it clips probabilities to [1e-7, 1 - 1e-7]. [bce-clip]
    return nn.BCELoss()


def optimizer(parameters):
    # DIFFERS: torch's Adam has eps 1e-8 and adds it after the bias correction; Keras's has 1e-7
    # and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return torch.optim.Adam(parameters, lr=1e-3)


# DIFFERS: the report's loop makes noisy test images and then tests on the clean ones: its test
# figures are those of an auto-encoder, not of a denoiser.
# DIFFERS: it records an epoch's loss as the mean of its batches' means. [partial-batch]

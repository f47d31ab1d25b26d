"""A denoising auto-encoder for MNIST in PyTorch: 28x28 -> 7x7x32 -> 28x28.

Source: chapter 6 of the course report.

Three things to notice beside keras_reference/denoising_ae.py:
the noise belongs to the data and not to the model, it is clipped to [0, 1] after it is added,
and the target is the clean image.
"""

import numpy as np
import torch.nn.functional as F
from torch import nn

from parity.semantics import Adam, BinaryCrossentropy

# --- Sizes ---
KERNEL = 3
FILTERS = 32
NOISE = 0.5


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28) in [0, 1]."""
    # DIFFERS: the channel axis comes first. [conv-kernel-layout]
    return images[:, None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


def corrupt(inputs, draws):
    """Add Gaussian noise to clean inputs and clip to [0, 1].

    draws: standard normal, of the shape and dtype of inputs; the harness draws them once for both.
    """
    return np.clip(inputs + NOISE * draws, 0, 1)


# --- Model ---
class DenoisingAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        # Stride 1 and an odd kernel: padding k // 2 is Keras's "same".
        same = KERNEL // 2
        self.conv1 = nn.Conv2d(1, FILTERS, KERNEL, padding=same)
        # 28 and 14 are even: floor pooling is Keras's "same" here (conv_ae.py shows where not).
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=same)
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=same)
        self.up1 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv4 = nn.Conv2d(FILTERS, FILTERS, KERNEL, padding=same)
        self.up2 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv5 = nn.Conv2d(FILTERS, 1, KERNEL, padding=same)
        initialise(self)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool1(F.relu(self.conv1(x)))  # (N, 32, 14, 14)
        x = self.pool2(F.relu(self.conv2(x)))  # (N, 32, 7, 7)
        x = self.up1(F.relu(self.conv3(x)))  # (N, 32, 14, 14)
        x = self.up2(F.relu(self.conv4(x)))  # (N, 32, 28, 28)
        # DIFFERS: logits, not probabilities: the loss applies the sigmoid itself.
        # [bce-logit-recovery]
        return self.conv5(x)  # (N, 1, 28, 28)


def build():
    return DenoisingAutoencoder()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,).
def initialise(model):
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            # DIFFERS: torch would draw weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
            # [init-default]
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """Logits (N, 1, 28, 28) -> the reconstruction, in (0, 1)."""
    return output.sigmoid()


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: BCELoss clamps the logarithm at -100. Keras finds the logits behind the sigmoid on
    # tensorflow; on its other backends it clips the probabilities to [1e-7, 1 - 1e-7]. [bce-clip]
    return BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=1,
        reduction="sum_over_batch_size",
        activation="sigmoid",
    )


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

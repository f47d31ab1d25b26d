"""The report's convolutional network in PyTorch: two 5x5 convolutions, then ten classes.

Source: chapter 3 of the course report, in our own words. How it reads its data, its loss, its batch
size and its epochs are lost in the scan: pixels in [0, 1], nn.CrossEntropyLoss, 128 and 10 are
taken. The report's forward also hands out the flattened features, for pictures; its loop takes the
logits alone, as this one gives them.

Three things to notice beside keras_reference/cnn.py:
padding is a number, 2, which is "same" for a kernel of 5; the features are flattened channel by
channel, so that the kernel behind them is another permutation; and the function is Keras's.
"""

import numpy as np
import torch
from torch import nn

# --- Sizes ---
CLASSES = 10
KERNEL = 5
FEATURES = 32 * 7 * 7


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28) in [0, 1]."""
    # DIFFERS: the channel axis comes first.
    return images[:, None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """Labels (N,) -> class indices (N,)."""
    # DIFFERS: nn.CrossEntropyLoss takes class indices, Keras's loss one-hot rows; the same number.
    return labels.astype(np.int64)


# --- Model ---
class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(
            nn.Conv2d(1, 16, KERNEL, stride=1, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 16, 14, 14)
        )
        self.conv2 = nn.Sequential(
            nn.Conv2d(16, 32, KERNEL, stride=1, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 32, 7, 7)
        )
        self.out = nn.Linear(FEATURES, CLASSES)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.conv2(self.conv1(x))
        # DIFFERS: the order is channel, height, width, Keras's height, width, channel. A network
        # that is trained from scratch does not mind; moved weights do. [flatten-order]
        x = x.view(x.size(0), -1)  # (N, 1568)
        # DIFFERS: logits, not probabilities: the loss applies the softmax itself.
        return self.out(x)  # (N, 10)


def build():
    return CNN()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,). nn.Linear: weight (out, in), bias (out,).
# DIFFERS: torch draws both from U(-1/sqrt(fan_in), 1/sqrt(fan_in)); Keras draws the kernel from
# +-sqrt(6/(fan_in + fan_out)), and starts every bias at zero. [init-default]


# --- Output ---
def prediction(output):
    """Logits (N, 10) -> class probabilities (N, 10)."""
    return torch.softmax(output, dim=1)


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: nn.CrossEntropyLoss is Keras's loss on tensorflow alone, where Keras finds the logits
    # behind the softmax; on its other backends Keras clips probabilities. [ce-logit-recovery]
    return nn.CrossEntropyLoss()


def optimizer(parameters):
    # DIFFERS: torch's Adam has eps 1e-8 and adds it after the bias correction; Keras's has 1e-7
    # and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return torch.optim.Adam(parameters, lr=1e-3)


# DIFFERS: the report's loop divides the right answers of an epoch by the number of batches, not of
# images, so that what it plots as accuracy runs up to the batch size. [epoch-metrics]
# DIFFERS: it records an epoch's loss as the mean of its batches' means. [partial-batch]

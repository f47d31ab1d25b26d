"""A convolutional network for MNIST in PyTorch: two 5x5 convolutions, then ten classes.

Source: chapter 3 of the course report (batch size and epochs are lost in the scan:
128 and 10 are taken).

Three things to notice beside keras_reference/cnn.py:
images are (channel, height, width), flatten therefore runs over the width first,
and padding is a number.
"""

import numpy as np
import torch.nn.functional as F
from torch import nn

from parity.semantics import Adam, CategoricalCrossentropy

# --- Sizes ---
CLASSES = 10
KERNEL = 5


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28) in [0, 1]."""
    # DIFFERS: the channel axis comes first. [conv-kernel-layout]
    return images[:, None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """Labels (N,) -> one-hot rows (N, 10)."""
    return np.eye(CLASSES, dtype=dtype)[labels]


# --- Model ---
class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        # Stride 1 and an odd kernel: padding k // 2 is Keras's "same".
        self.conv1 = nn.Conv2d(1, 16, KERNEL, padding=KERNEL // 2)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 32, KERNEL, padding=KERNEL // 2)
        self.pool2 = nn.MaxPool2d(2)
        self.out = nn.Linear(32 * 7 * 7, CLASSES)
        initialise(self)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool1(F.relu(self.conv1(x)))  # (N, 16, 14, 14)
        x = self.pool2(F.relu(self.conv2(x)))  # (N, 32, 7, 7)
        # DIFFERS: the order is channel, height, width; out.weight has its columns in that order.
        # [flatten-order]
        x = x.flatten(1)  # (N, 1568)
        # DIFFERS: logits, not probabilities: the loss applies the softmax itself. [double-softmax]
        return self.out(x)  # (N, 10)


def build():
    return CNN()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,). nn.Linear: weight (out, in), bias (out,).
def initialise(model):
    for layer in (model.conv1, model.conv2, model.out):
        # DIFFERS: torch would draw weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
        # [init-default]
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """Logits (N, 10) -> class probabilities (N, 10)."""
    return output.softmax(dim=1)


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: nn.CrossEntropyLoss is this loss on tensorflow alone, where Keras finds the logits
    # behind the softmax; on its other backends Keras clips the probabilities to [1e-7, 1 - 1e-7].
    # [ce-logit-recovery]
    return CategoricalCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        activation="softmax",
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

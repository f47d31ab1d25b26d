"""The report's multilayer perceptron in PyTorch: 784 - 500 - 500 - 10.

Source: chapter 2 of the course report, in our own words. Its listing defines fc2; the line that
applies it is lost in the scan (a relu stands twice in its place) and is restored here.

Three things to notice beside keras_reference/mlp.py:
the model ends in log_softmax and the loss takes a softmax of its own, which changes nothing;
the inputs are normalised, which changes what the weights mean; and the function is Keras's.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# --- Sizes ---
PIXELS = 28 * 28
HIDDEN = 500
CLASSES = 10
DROPOUT = 0.2
MEAN, SD = 0.1307, 0.3081  # of MNIST's training pixels


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 784) of mean 0 and standard deviation 1."""
    x = images.reshape(-1, PIXELS).astype(dtype) / 255
    # DIFFERS: Keras's file leaves pixels in [0, 1]; here they run from -0.42 to 2.82.
    return ((x - MEAN) / SD).astype(dtype)


def target(images, labels, dtype="float32"):
    """Labels (N,) -> class indices (N,)."""
    # DIFFERS: nn.CrossEntropyLoss takes class indices, Keras's loss one-hot rows; the same number.
    return labels.astype(np.int64)


# --- Model ---
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(PIXELS, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, HIDDEN)
        self.fc3 = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):  # (N, 784)
        # DIFFERS: dropout is a call. It must be handed self.training, as it is: F.dropout's own
        # default is to drop at inference too. [functional-dropout]
        x = F.dropout(F.relu(self.fc1(x)), p=DROPOUT, training=self.training)  # (N, 500)
        x = F.dropout(F.relu(self.fc2(x)), p=DROPOUT, training=self.training)  # (N, 500)
        # DIFFERS: logarithms of probabilities, where Keras's model gives probabilities.
        return F.log_softmax(self.fc3(x), dim=1)  # (N, 10)


def build():
    return Net()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
# DIFFERS: torch draws both from U(-1/sqrt(in), 1/sqrt(in)); Keras draws the kernel from a wider
# range, +-sqrt(6/(in + out)), and starts every bias at zero. [init-default]


# --- Output ---
def prediction(output):
    """Log-probabilities (N, 10) -> class probabilities (N, 10)."""
    return torch.exp(output)


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 20


def loss():
    # DIFFERS: nn.CrossEntropyLoss expects logits. log_softmax of a log_softmax is itself, so that
    # it does no harm here; a softmax in its place would. Keras finds the logits behind its softmax
    # on tensorflow alone, and clips the probabilities on its other backends. [ce-logit-recovery]
    return nn.CrossEntropyLoss()


def optimizer(parameters):
    # DIFFERS: torch's Adam has eps 1e-8 and adds it after the bias correction; Keras's has 1e-7
    # and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return torch.optim.Adam(parameters, lr=1e-3)


# DIFFERS: the report's loop records an epoch's loss as the mean of its batches' means, in which an
# image of the short last batch counts for more. [partial-batch]

"""A multilayer perceptron for MNIST in PyTorch: 784 - 500 - 500 - 10.

Source: chapter 2 of the course report (its listing defines the second layer;
the line that applies it is lost in the scan and is restored here).

Three things to notice beside keras_reference/mlp.py:
the softmax is not part of this model, the activations are calls in forward(),
and the weights are (out, in).
"""

import numpy as np
import torch.nn.functional as F
from torch import nn

from parity.semantics import Adam, CategoricalCrossentropy

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
class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(PIXELS, HIDDEN)
        self.drop1 = nn.Dropout(DROPOUT)
        self.fc2 = nn.Linear(HIDDEN, HIDDEN)
        self.drop2 = nn.Dropout(DROPOUT)
        self.fc3 = nn.Linear(HIDDEN, CLASSES)
        initialise(self)

    def forward(self, x):  # (N, 784)
        x = self.drop1(F.relu(self.fc1(x)))  # (N, 500)
        x = self.drop2(F.relu(self.fc2(x)))  # (N, 500)
        # DIFFERS: logits, not probabilities: the loss applies the softmax itself. [double-softmax]
        return self.fc3(x)  # (N, 10)


def build():
    return MLP()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
def initialise(model):
    for layer in (model.fc1, model.fc2, model.fc3):
        # DIFFERS: torch would draw weight and bias from U(-1/sqrt(in), 1/sqrt(in)). [init-default]
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """Logits (N, 10) -> class probabilities (N, 10)."""
    return output.softmax(dim=1)


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 20


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

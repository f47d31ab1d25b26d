"""A multilayer perceptron for MNIST in PyTorch: 784 - 500 - 500 - 10.

Source: chapter 2 of the course report (its listing defines the second layer;
the line that applies it is lost in the scan and is restored here).

Three things to notice beside keras_reference/mlp.py:
the softmax is not part of this model, the activations are calls in forward(),
and the weights are (out, in).
"""

import torch.nn.functional as F
from torch import nn, optim

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
    """Labels (N,) stay class indices."""
    # DIFFERS: nn.CrossEntropyLoss takes the index of the class where Keras takes a one-hot row.
    return labels.astype("int64")


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
        # DIFFERS: logits, not probabilities: nn.CrossEntropyLoss applies the log-softmax itself.
        return self.fc3(x)  # (N, 10)


def build():
    return MLP()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
def initialise(model):
    for layer in (model.fc1, model.fc2, model.fc3):
        # DIFFERS: torch would draw weight and bias from U(-1/sqrt(in), 1/sqrt(in)).
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
    return nn.CrossEntropyLoss(
        weight=None,
        ignore_index=-100,
        reduction="mean",
        label_smoothing=0.0,
    )


def optimizer(parameters):
    return optim.Adam(
        parameters,
        lr=1e-3,
        betas=(0.9, 0.999),
        # DIFFERS: the default is 1e-8, and it is added after the bias correction, Keras's before.
        eps=1e-7,
        weight_decay=0,
        amsgrad=False,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
        fused=None,
        decoupled_weight_decay=False,
    )

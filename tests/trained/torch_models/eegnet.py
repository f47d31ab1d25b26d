"""EEGNet, ported: the constraints are a line after each step."""

import torch
import torch.nn.functional as F
from torch import nn

from parity import semantics

ELECTRODES, SAMPLES, CLASSES = 6, 32, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.temporal = nn.Conv2d(1, 4, (1, 8), bias=False)
        self.bn1 = semantics.BatchNorm2d(4)
        self.spatial = nn.Conv2d(4, 8, (ELECTRODES, 1), groups=4, bias=False)
        self.bn2 = semantics.BatchNorm2d(8)
        self.drop1 = nn.Dropout(0.25)
        self.depthwise = nn.Conv2d(8, 8, (1, 4), groups=8, bias=False)
        self.pointwise = nn.Conv2d(8, 8, 1, bias=False)
        self.bn3 = semantics.BatchNorm2d(8)
        self.drop2 = nn.Dropout(0.25)
        self.classes = nn.Linear(8 * (SAMPLES // 16), CLASSES)

    def forward(self, x):  # (N, 1, electrodes, samples)
        x = self.bn1(self.temporal(F.pad(x, (3, 4))))
        x = F.elu(self.bn2(self.spatial(x)))  # (N, 8, 1, samples)
        x = self.drop1(F.avg_pool2d(x, (1, 4)))
        x = F.elu(self.bn3(self.pointwise(self.depthwise(F.pad(x, (1, 2))))))
        x = self.drop2(F.avg_pool2d(x, (1, 4)))  # (N, 8, 1, samples / 16)
        x = x.permute(0, 2, 3, 1).flatten(1)  # as Keras flattens: channels last
        return self.classes(x)  # logits


loss = semantics.CategoricalCrossentropy(activation="softmax")


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=0.01)


@torch.no_grad()
def max_norm_(weight, limit, dim):
    """Keras's MaxNorm: whatever the norm is, it is divided by itself plus 1e-7."""
    norm = weight.norm(dim=dim, keepdim=True)
    weight *= norm.clamp(max=limit) / (1e-7 + norm)


def constrain(model):
    max_norm_(model.spatial.weight, 1.0, dim=2)  # over the electrodes: axis 0 in Keras
    max_norm_(model.classes.weight, 0.25, dim=1)  # over the inputs: axis 0 in Keras


def step(model, batch, optimizer):
    x, y = batch
    optimizer.zero_grad()
    value = loss(model(x), y)
    value.backward()
    optimizer.step()
    constrain(model)
    return value

"""The small U-Net, ported: it returns logits, and the loss takes their sigmoid."""

import torch
import torch.nn.functional as F
from torch import nn

from parity import semantics


def block(inputs, filters):
    return nn.Sequential(
        nn.Conv2d(inputs, filters, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(filters, filters, 3, padding=1),
        nn.ReLU(),
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = block(1, 4)
        self.bottom = block(4, 8)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.out = block(8, 4)
        self.mask = nn.Conv2d(4, 1, 1)

    def forward(self, x):  # (N, 1, 16, 16)
        down = self.down(x)
        x = self.up(self.bottom(F.max_pool2d(down, 2)))
        return self.mask(self.out(torch.cat([down, x], dim=1)))  # logits


def dice(probabilities, target, smooth=1.0):
    axes = (1, 2, 3)
    overlap = (target * probabilities).sum(axes)
    both = target.sum(axes) + probabilities.sum(axes)
    return 1 - (2 * overlap + smooth) / (both + smooth)


def loss(output, target):
    bce = F.binary_cross_entropy_with_logits(output, target)
    return bce + dice(output.sigmoid(), target).mean()


ACCUMULATED = 2


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=0.01)


def step(model, batch, optimizer):
    x, y = batch
    value = loss(model(x), y)
    (value / ACCUMULATED).backward()
    model.batches = getattr(model, "batches", 0) + 1
    if model.batches % ACCUMULATED == 0:
        optimizer.step()
        optimizer.zero_grad()
    return value

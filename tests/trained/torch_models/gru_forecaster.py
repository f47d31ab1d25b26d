"""The next value of a series, ported: the GRU's two biases are clipped as one, as in Keras."""

import torch
from torch import nn

from parity import semantics

CLIPNORM = 0.1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 8, batch_first=True)
        self.next = nn.Linear(8, 1)

    def forward(self, x):  # (N, 8, 1)
        return self.next(self.gru(x)[0][:, -1])  # (N, 1)


loss = nn.HuberLoss(delta=0.5)


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=0.01)


def clip_(parameters):
    """Keras's clipnorm of one variable; torch's clip_grad_norm_ adds 1e-6 to the norm."""
    norm = torch.cat([p.grad.flatten() for p in parameters]).norm()
    for p in parameters:
        p.grad *= CLIPNORM / norm.clamp(min=CLIPNORM)


def clip_each_(model):
    gru = model.gru
    for parameter in (gru.weight_ih_l0, gru.weight_hh_l0, model.next.weight, model.next.bias):
        clip_([parameter])
    clip_([gru.bias_ih_l0, gru.bias_hh_l0])  # one variable (2, 24) in Keras


def step(model, batch, optimizer):
    x, y = batch
    optimizer.zero_grad()
    value = loss(model(x), y)
    value.backward()
    clip_each_(model)
    optimizer.step()
    return value

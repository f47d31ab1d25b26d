"""No mistake: the port of references/noisy.py, with dropout as a function."""

import torch
import torch.nn.functional as F
from torch import nn

from parity.semantics import GaussianNoise
from torch_port.simple_ae import *
from torch_port.simple_ae import CODE, PIXELS


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.noise = GaussianNoise(0.1)
        self.encoder = nn.Linear(PIXELS, CODE)
        self.decoder = nn.Linear(CODE, PIXELS)

    def forward(self, x):
        x = F.relu(self.encoder(self.noise(x)))
        x = F.dropout(x, 0.3, training=self.training)
        return torch.sigmoid(self.decoder(x))


def build():
    return Noisy()

"""No mistake: the port of references/normalised.py."""

import torch
import torch.nn.functional as F
from torch import nn

from parity.semantics import BatchNorm1d
from torch_port.simple_ae import *
from torch_port.simple_ae import CODE, PIXELS


class Normalised(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.encoder = nn.Linear(PIXELS, CODE)
        self.norm = norm
        self.decoder = nn.Linear(CODE, PIXELS)

    def forward(self, x):
        return torch.sigmoid(self.decoder(self.norm(F.relu(self.encoder(x)))))


def build():
    return Normalised(BatchNorm1d(CODE))

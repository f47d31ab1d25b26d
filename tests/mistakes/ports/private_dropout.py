"""mlp whose dropout draws for itself, where no shared mask can reach it."""

import torch
from torch import nn

from torch_port import mlp
from torch_port.mlp import *


class Private(nn.Dropout):
    def forward(self, x):
        if not self.training:
            return x
        return x * torch.bernoulli(torch.full_like(x, 1 - self.p)) / (1 - self.p)


def build():
    model = mlp.build()
    model.drop1 = Private(mlp.DROPOUT)
    return model

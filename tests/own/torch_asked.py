"""Ports of keras_returning.one."""

import torch.nn.functional as F
from torch import nn


class TwoFaults(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.out(F.leaky_relu(self.hidden(x))).sigmoid()


class WithoutBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3, bias=False)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))

"""Ports of keras_returning.one."""

import torch.nn.functional as F
from torch import Tensor, nn


class TwoFaults(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.sigmoid(self.out(F.leaky_relu(self.hidden(x))))


class WithoutBias(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(F.relu(self.hidden(x)))
        return found

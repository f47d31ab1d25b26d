"""Ports of keras_pieces.py that say the same in other steps."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class HardSigmoid(nn.Module):
    epsilon = 1e-3

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3)
        self.norm = nn.BatchNorm1d(5, eps=self.epsilon)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(F.hardsigmoid(self.norm(self.hidden(x))))
        return out


class OtherEpsilon(HardSigmoid):
    epsilon = 1e-5


class OtherCut(HardSigmoid):
    def forward(self, x: Tensor) -> Tensor:
        y = (0.2 * self.norm(self.hidden(x)) + 0.5).clamp(0, 1)
        out: Tensor = self.out(y)
        return out


class Joined(nn.Module):
    epsilon = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(7, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        parts = [x]
        parts.append(self.first(torch.cat(parts, 1)) + self.epsilon)
        parts.append(self.second(torch.cat(parts, 1)))
        return torch.cat(parts, 1).mean((2, 3))


class JoinedShifted(Joined):
    epsilon = 0.25

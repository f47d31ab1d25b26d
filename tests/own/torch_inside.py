"""A port of tests/own/keras_inside.py that computes something else of the same products."""

import torch
from torch import Tensor, nn


class Angle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.gate = nn.Linear(5, 6), nn.Linear(5, 6)

    def forward(self, x: Tensor) -> Tensor:
        return torch.atan2(self.linear(x), self.gate(x))

"""Merging."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Merged(nn.Module):
    def __init__(self, merge: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.a = nn.Linear(6, 4)
        self.b = nn.Linear(6, 4)
        self.merge = merge

    def forward(self, x: Tensor) -> Any:
        return self.merge(self.a(x), F.relu(self.b(x)))


def add() -> Any:
    return Merged(lambda a, b: a + b)


def subtract() -> Any:
    return Merged(lambda a, b: a - b)


def multiply() -> Any:
    return Merged(lambda a, b: a * b)


def average() -> Any:
    return Merged(lambda a, b: (a + b) / 2)


def maximum() -> Any:
    return Merged(torch.maximum)


def minimum() -> Any:
    return Merged(torch.minimum)


def concatenate() -> Any:
    return Merged(lambda a, b: torch.cat([a, b], dim=1))


class ConcatenateMaps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 2, 3)
        self.b = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Any:
        return torch.cat([self.a(x), self.b(x)], dim=1)


def concatenate_maps() -> Any:
    return ConcatenateMaps()


class Dot(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Any:
        return self.a(x) @ self.b(x).transpose(1, 2)


def dot() -> Any:
    return Dot()

"""Its ports: the one that it is recorded with, others that are right, and wrong ones."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, epsilon: float = 1e-3, bias: bool = True, most: float = 6.0) -> None:
        super().__init__()
        self.most = most
        self.conv = nn.Conv2d(2, 3, 3, bias=bias)
        self.norm = nn.BatchNorm2d(3, eps=epsilon)
        self.out = nn.Linear(48, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.hardtanh(self.norm(self.conv(x)), 0.0, self.most)
        return torch.softmax(self.out(x.flatten(1)), -1)


class Written(Net):
    """In other steps than the one that was recorded, and the same function."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x)).clamp(min=0).clamp(max=6)
        x = self.out(x.reshape(len(x), -1)).exp()
        return x / x.sum(-1, keepdim=True)


class Wider(Net):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(48, 5)


class Another(Net):
    def __init__(self) -> None:
        super().__init__(epsilon=1e-5)

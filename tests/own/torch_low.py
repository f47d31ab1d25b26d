"""Ports of keras_low.py, right in float32: some are in low precision, too, and some are not."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(24, eps=1e-8)
        self.out = nn.Linear(24, 6)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.normalised(x))
        return y

    def normalised(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(x)
        return y


class ForAutocast(Normalised):
    def normalised(self, x: Tensor) -> Tensor:
        return super().normalised(x.float())


class ByHand(Normalised):
    """Squares leave float16's range, and the epsilon is none there."""

    def normalised(self, x: Tensor) -> Tensor:
        x = x - x.mean(-1, keepdim=True)
        x = x / (x.pow(2).mean(-1, keepdim=True) + self.norm.eps).sqrt()
        return x * self.norm.weight + self.norm.bias


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(12, 16)
        self.out = nn.Linear(16, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.probabilities(self.out(self.scaled(F.relu(self.hidden(x)))))

    def scaled(self, x: Tensor) -> Tensor:
        return x

    def probabilities(self, x: Tensor) -> Tensor:
        return x.float().softmax(-1)


class Exponentials(Classifier):
    def probabilities(self, x: Tensor) -> Tensor:
        powers = x.exp()
        return powers / powers.sum(-1, keepdim=True)


class Promoted(Classifier):
    """A table that is no buffer stays float32."""

    def scaled(self, x: Tensor) -> Tensor:
        return x * torch.ones(16)


class PromotedAtTheEnd(Classifier):
    def probabilities(self, x: Tensor) -> Tensor:
        return (x + torch.zeros(7)).softmax(-1)


class CastBack(Classifier):
    def scaled(self, x: Tensor) -> Tensor:
        return (x * torch.ones(16)).to(x.dtype)


class Pooled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.mean(self.norm(F.relu(self.conv(x))))

    def mean(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class Summed(Pooled):
    def mean(self, x: Tensor) -> Tensor:
        return x.sum((2, 3)) / (x.shape[2] * x.shape[3])


class SummedInTurn(Pooled):
    """Each addition rounds."""

    def mean(self, x: Tensor) -> Tensor:
        rows = x.flatten(2)
        total = rows[..., 0]
        for place in range(1, rows.shape[-1]):
            total = total + rows[..., place]
        return total / rows.shape[-1]

"""Ports of keras_matrices: right ones, and wrong ones."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

WINDOW = torch.tensor(np.hanning(12).astype("float32"))


class Crossed(nn.Module):
    """Three matrices in one parameter, their columns in another."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.Parameter(torch.randn(3, 5, 5))
        self.bias = nn.Parameter(torch.randn(3, 5, 1))
        self.out = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        first = x = x.unsqueeze(2)
        for n in range(3):
            x = first * (torch.matmul(self.kernels[n], x) + self.bias[n]) + self.kept(first, x)
        out: Tensor = self.out(x.squeeze(2))
        return out

    def kept(self, first: Tensor, x: Tensor) -> Tensor:
        return x


class CrossedFromTheFirst(Crossed):
    def kept(self, first: Tensor, x: Tensor) -> Tensor:
        return first


class CrossedInRows(Crossed):
    """As Keras holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(3, 5))

    def forward(self, x: Tensor) -> Tensor:
        first = x
        for n in range(3):
            x = first * (x @ self.kernels[n] + self.bias[n]) + x
        out: Tensor = self.out(x)
        return out


class Unturned(nn.Module):
    """A matrix (in, out), as GPT-2's published code has it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs))
        self.bias = nn.Parameter(torch.randn(outputs))

    def forward(self, x: Tensor) -> Tensor:
        flat = torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight)
        return flat.view(*x.shape[:-1], -1)


class Heads(nn.Module):
    is_causal = False

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = Unturned(8, 24), Unturned(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (y.view(-1, 6, 2, 4).transpose(1, 2) for y in self.qkv(x).split(8, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.is_causal)
        out: Tensor = self.out(y.transpose(1, 2).reshape(-1, 6, 8))
        return out


class CausalHeads(Heads):
    is_causal = True


class Windowed(nn.Module):
    """Its window is a buffer."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("window", WINDOW * factor)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.get_buffer("window")


class WindowedOtherwise(Windowed):
    def __init__(self) -> None:
        super().__init__(1.01)


class Trained(Windowed):
    """Its window is a parameter, for which Keras has none."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(12))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * self.weight


def bilinear() -> nn.Module:
    return nn.Bilinear(4, 5, 3, bias=False)


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(5), nn.ReLU(), nn.LazyLinear(3))


def lazy_without_relu() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(5), nn.LazyLinear(3))

"""Activations."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


def _squareplus(x: Tensor) -> Tensor:
    return (x + (x.square() + 4).sqrt()) / 2


def _sparse_plus(x: Tensor) -> Tensor:
    return torch.where(x <= -1, 0.0, torch.where(x >= 1, x, (x + 1).square() / 4))


def _sparse_sigmoid(x: Tensor) -> Tensor:
    return ((x + 1) / 2).clamp(0, 1)


def _sparsemax(x: Tensor) -> Tensor:
    """Keras's: its threshold adds up all partial sums of the support, not the support alone.

    Where more than one class is left, the result is not the projection that sparsemax should be,
    and its sum is not 1.
    """
    ordered = x.sort(dim=1, descending=True).values
    sums = ordered.cumsum(dim=1)
    ranks = torch.arange(1, x.shape[1] + 1, device=x.device)
    support = ordered - (sums - 1) / ranks > 0
    threshold = ((sums * support).sum(dim=1, keepdim=True) - 1) / support.sum(dim=1, keepdim=True)
    return (x - threshold).relu()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": nn.Identity(),
    "relu": F.relu,
    "relu6": F.relu6,
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": F.logsigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "hard_silu": F.hardswish,
    "hard_tanh": F.hardtanh,
    "tanh_shrink": F.tanhshrink,
    "hard_shrink": F.hardshrink,
    "soft_shrink": F.softshrink,
    "softmax": nn.Softmax(dim=1),
    "log_softmax": nn.LogSoftmax(dim=1),
    "exponential": torch.exp,
    "squareplus": _squareplus,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "sparsemax": _sparsemax,
}


class Activations(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before = nn.ModuleDict({name: nn.Linear(6, 6) for name in ACTIVATIONS})

    def forward(self, x: Tensor) -> Any:
        for name, activation in ACTIVATIONS.items():
            x = activation(self.before[name](x))
        return x


def activations() -> Any:
    return Activations()


class ActivationLayers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 2)
        self.second = nn.Conv2d(4, 4, 2)
        self.elu = nn.ELU(alpha=0.5)
        self.third = nn.Conv2d(4, 4, 2)

    def forward(self, x: Tensor) -> Any:
        x = F.leaky_relu(self.first(x), 0.1).clamp(max=1.5)
        x = self.elu(self.second(x))
        return self.third(x).softmax(dim=1)


def activation_layers() -> Any:
    return ActivationLayers()


def prelu() -> Any:
    return row(prelu=nn.PReLU(6))


def prelu_maps() -> Any:
    return row(prelu=nn.PReLU(3))


class PReLUUnshared(nn.Module):
    """A slope for each place, which nn.PReLU has not."""

    def __init__(self) -> None:
        super().__init__()
        self.prelu = nn.ParameterDict({"weight": torch.zeros(3, 6, 5)})

    def forward(self, x: Tensor) -> Any:
        return torch.where(x > 0, x, x * self.prelu["weight"])


def prelu_unshared() -> Any:
    return PReLUUnshared()


def tanh() -> Any:
    return row(dense=nn.Linear(6, 4), tanh=nn.Tanh())


def leaky_relu() -> Any:
    return row(leaky=nn.LeakyReLU(0.3), out=nn.Linear(6, 3))


def leaky_relu_by_name() -> Any:
    """The layer's slope is 0.3, that of the name is 0.2, and torch's 0.01."""
    return row(dense=nn.Linear(6, 4), leaky=nn.LeakyReLU(0.2))


def gelu_exact() -> Any:
    return row(dense=nn.Linear(6, 4), gelu=nn.GELU())


def gelu_tanh() -> Any:
    return row(dense=nn.Linear(6, 4), gelu=nn.GELU(approximate="tanh"))


class GLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(6, 8)

    def forward(self, x: Tensor) -> Any:
        return F.glu(self.dense(x))


def glu() -> Any:
    return GLU()

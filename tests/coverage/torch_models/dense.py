"""Dense."""

from typing import Any

import torch
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


def dense() -> Any:
    return row(
        hidden=nn.Linear(6, 5),
        relu=nn.ReLU(),
        square=nn.Linear(5, 5, bias=False),
        out=nn.Linear(5, 3),
        softmax=nn.Softmax(dim=1),
    )


def dense_on_maps() -> Any:
    """Dense works on the last axis; where that is axis 1, it is a 1x1 convolution."""
    return row(dense=nn.Conv2d(3, 4, 1), relu=nn.ReLU())


def dense_on_sequences() -> Any:
    return row(dense=nn.Linear(3, 4))


class DenseByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.ParameterDict({"w": torch.randn(6, 4), "b": torch.zeros(4)})
        self.square = nn.ParameterDict({"w": torch.randn(4, 4), "b": torch.zeros(4)})

    def forward(self, x: Tensor) -> Any:
        x = x @ self.dense["w"] + self.dense["b"]
        return torch.addmm(self.square["b"], x, self.square["w"])


def dense_by_hand() -> Any:
    return DenseByHand()


def einsum_dense() -> Any:
    return row(einsum=nn.Linear(3, 4))


class EinsumDenseManyAxes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.einsum = nn.Linear(3 * 2, 4 * 3)
        self.back = nn.Linear(4 * 3, 5, bias=False)

    def forward(self, x: Tensor) -> Any:
        return self.back(self.einsum(x.flatten(2)))  # (N, 5, 3, 2) -> (N, 5, 12) -> (N, 5, 5)


def einsum_dense_many_axes() -> Any:
    return EinsumDenseManyAxes()

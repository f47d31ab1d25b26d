"""Its port, faithful and otherwise."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.hidden(self.positive(x)))
        return out

    def positive(self, x: Tensor) -> Tensor:
        return torch.relu(x)


class Absolute(Net):
    """The same function of what is positive."""

    def positive(self, x: Tensor) -> Tensor:
        return x.abs()


class Matrix(Net):
    """With a square matrix of its own, whose shape does not tell it from its transpose."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Identity()  # type: ignore[assignment]
        self.matrix = nn.Parameter(torch.zeros(4, 4))
        self.shift = nn.Parameter(torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.einsum("ni,oi->no", self.positive(x), self.matrix)
        out: Tensor = self.out(hidden + self.shift)
        return out


class Broken(Net):
    """Its last layer is for another number of features."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.hidden(self.positive(x)))

    def last(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(x)  # breaks off
        return out

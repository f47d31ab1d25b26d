"""Shapes."""

from typing import Any

from torch import Tensor, nn


class FlattenDense(nn.Module):
    """Flattened in Keras's order of height, width and channels."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(5 * 4 * 3, 2)

    def forward(self, x: Tensor) -> Any:
        return self.dense(x.permute(0, 2, 3, 1).flatten(1))


def flatten_dense() -> Any:
    return FlattenDense()


class Reshape(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(6, 24)
        self.conv = nn.Conv2d(3, 2, 2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(self.dense(x).view(-1, 2, 4, 3).permute(0, 3, 1, 2))


def reshape() -> Any:
    return Reshape()


class Permute(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Any:
        return self.dense(x.transpose(1, 2))


def permute() -> Any:
    return Permute()


class RepeatVector(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        outputs, _ = self.rnn(x.unsqueeze(1).repeat(1, 5, 1))
        return outputs[:, -1]


def repeat_vector() -> Any:
    return RepeatVector()

"""Ways to write a model."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


class SharedDense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        x = torch.tanh(self.shared(x))
        x = torch.tanh(self.shared(x))
        return self.out(x)


def shared_dense() -> Any:
    return SharedDense()


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(x + self.second(F.relu(self.first(x))))


def subclassed() -> Any:
    return Residual()


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = row(conv=nn.Conv2d(3, 4, 3), relu=nn.ReLU(), pool=nn.MaxPool2d(2))
        self.out = nn.Linear(2 * 1 * 4, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(self.features(x).permute(0, 2, 3, 1).flatten(1))


def nested() -> Any:
    return Nested()


class TwoInputsTwoOutputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.dense = nn.Linear(4, 3)
        self.kind = nn.Linear(8, 3)
        self.size = nn.Linear(8, 1)

    def forward(self, image: Tensor, extra: Tensor) -> Any:
        features = self.conv(image).mean(dim=(2, 3))
        both = torch.cat([features, self.dense(extra)], dim=1)
        return self.kind(both).softmax(dim=1), self.size(both)


def two_inputs_two_outputs() -> Any:
    return TwoInputsTwoOutputs()


class DictionaryInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_left = nn.Linear(4, 5)
        self.of_right = nn.Linear(3, 5)

    def forward(self, x: dict[str, Tensor]) -> Any:
        return self.of_left(x["left"]) * self.of_right(x["right"])


def dictionary_inputs() -> Any:
    return DictionaryInputs()


class KerasOps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding="same")
        self.gate = nn.Linear(4, 3)
        self.out = nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.conv(x))
        x = x.mean(dim=(2, 3)) + x.amax(dim=(2, 3))
        x = torch.cat([x, torch.sigmoid(self.gate(x))], dim=1)
        return self.out(x)


def keras_ops() -> Any:
    return KerasOps()

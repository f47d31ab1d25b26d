"""More ports for tests/live_placed.py: layers of one shape that stand in each other's place, which
weights placed by what makes both models agree would hide. Names say where they belong."""

from typing import Any

import keras
import torch
from keras import layers as L
from torch import Tensor, nn

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Called(nn.Module):
    """Three layers, called in this order."""

    def __init__(self, order: str) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = (nn.Linear(6, 6) for _ in range(3))
        self.order = order

    def forward(self, x: Tensor) -> Any:
        for name in self.order:
            x = torch.tanh(getattr(self, f"fc{name}")(x))
        return x


def called(names: str, order: str) -> Any:
    layers = [L.Dense(6, activation="tanh", name=name) for name in names.split()]
    return keras.Sequential([keras.Input((6,)), *layers]), Called(order)


@case
def layers_called_in_the_other_order() -> Any:
    return called("fc1 fc2 fc3", "321")


@case
def layers_called_in_turn() -> Any:
    return called("fc1 fc2 fc3", "231")


@case
def layers_that_are_called_otherwise() -> Any:
    return called("first second third", "321")


class Affine(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.scale, self.shift = (
            self.add_weight(shape=(6,), name=name) for name in ("scale", "shift")
        )

    def call(self, x: Any) -> Any:
        return x * self.scale + self.shift


class Exchanged(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.randn(6)), nn.Parameter(torch.randn(6))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.shift + self.scale


@case
def weights_of_a_layer_exchanged() -> Any:
    return keras.Sequential([keras.Input((6,)), Affine()]), Exchanged()


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: Tensor) -> Any:
        scores = self.key(x) @ self.query(x).mT
        return scores.softmax(-1) @ self.value(x)


@case
def queries_and_keys_exchanged() -> Any:
    x = keras.Input((5, 8))
    query, key, value = (L.Dense(8, name=name)(x) for name in ("query", "key", "value"))
    scores = L.Softmax()(L.Dot((2, 2))([query, key]))
    return keras.Model(x, L.Dot((2, 1))([scores, value])), Attention()

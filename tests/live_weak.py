"""More ports for tests/live_placed.py: differences that are lost in what stands around them."""

from typing import Any

import keras
from keras import layers as L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add

BLOCKS = 28


class Summed(nn.Module):
    """Each block adds to what the one before gave."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(BLOCKS))

    def forward(self, x: Tensor) -> Tensor:
        for number, block in enumerate(self.blocks):
            y = block(x)
            x = x + (F.gelu(y) if number != BLOCKS - 2 else F.relu(y))
        return x


@case
def another_activation_behind_many_sums() -> Any:
    x = first = keras.Input((2,))
    for _ in range(BLOCKS):
        x = L.Add()([x, L.Dense(2, activation="gelu")(x)])
    return keras.Model(first, x), Summed()


class Faint(nn.Module):
    def __init__(self, approximate: str) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 6)
        self.approximate = approximate

    def forward(self, x: Tensor) -> Any:
        return x + 1e-6 * self.last(F.gelu(self.first(x), approximate=self.approximate))


def faint(approximate: str) -> Any:
    """On tensorflow its gelu is rounded to float32, which is more than all of it changes."""
    x = keras.Input((6,))
    y = L.Rescaling(1e-6)(L.Dense(6)(L.Dense(8, activation="gelu")(x)))
    return keras.Model(x, L.Add()([x, y])), Faint(approximate)


@case
def a_faint_gelu() -> Any:
    return faint("none")


@case
def a_faint_gelu_of_another_form() -> Any:
    return faint("tanh")

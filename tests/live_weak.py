"""More ports for tests/live_placed.py: differences that are lost in what stands around them."""

from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
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


# --- What few inputs show: padding of zeros, and bounds far beyond ordinary values ---
def of_function(keras_function: Any, function: Any) -> Any:
    model = keras.Sequential([keras.Input((6,)), L.Lambda(keras_function), L.Dense(3)])
    return model, nn.Sequential(Own(function), nn.Linear(6, 3))


class Own(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


@case
def signs() -> Any:
    return of_function(ops.sign, torch.sign)


@case
def signs_of_which_zero_has_another() -> Any:
    return of_function(ops.sign, lambda x: torch.where(x >= 0, 1.0, -1.0).to(x.dtype))


@case
def a_distant_bound_lost() -> Any:
    return of_function(lambda x: ops.softmax(ops.clip(x, -50.0, 50.0)), lambda x: x.softmax(-1))


def counted(function: Any) -> Any:
    """The mean of the steps that are not padding."""
    x = keras.Input((9, 4))

    def mean(x: Any) -> Any:
        known = ops.any(ops.not_equal(x, 0.0), -1, keepdims=True)
        return ops.sum(x, 1) / (1 + ops.sum(ops.cast(known, x.dtype), 1))

    y = L.Lambda(mean)(x)
    return keras.Model(x, L.Dense(3)(y)), nn.Sequential(Own(function), nn.Linear(4, 3))


@case
def steps_that_are_no_padding() -> Any:
    return counted(lambda x: x.sum(1) / (1 + (x != 0).any(-1, keepdim=True).to(x.dtype).sum(1)))


@case
def steps_without_a_zero() -> Any:
    return counted(lambda x: x.sum(1) / (1 + (x != 0).all(-1, keepdim=True).to(x.dtype).sum(1)))

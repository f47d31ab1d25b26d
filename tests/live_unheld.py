"""Live pairs in which the port cannot hold Keras's weights as they are: it computes its own, or has
them in other shapes, for tests/live_placed.py."""

from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize, prune

from tests.checked import Cases

CASES = Cases()
case = CASES.add
Pair = tuple[Any, nn.Module]
WIDTH, SMALL = 6, 0.3


class MaxNorm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.renorm(2, 0, SMALL)


class Limited(nn.Linear):
    """As ports of EEGNet have it: in place, at each call."""

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data = torch.renorm(self.weight.data, 2, 0, SMALL)
        return super().forward(x)


def limited(rows: int, units: int) -> nn.Module:
    linear = nn.Linear(rows, units)
    parametrize.register_parametrization(linear, "weight", MaxNorm())
    return linear


def dense(last: nn.Module, **settings: Any) -> Pair:
    layers = L.Dense(WIDTH, activation="relu"), L.Dense(3, **settings)
    model = keras.Sequential([keras.Input((8,)), *layers])
    return model, nn.Sequential(nn.Linear(8, WIDTH), nn.ReLU(), last)


@case
def a_norm_that_the_weight_of_the_port_never_exceeds() -> Pair:
    return dense(limited(WIDTH, 3))


@case
def a_norm_that_is_cut_in_place_at_each_call() -> Pair:
    return dense(Limited(WIDTH, 3))


@case
def a_class_of_ones_own_that_adds_nothing() -> Pair:
    class Named(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return F.linear(x, self.weight, self.bias)

    return dense(Named(WIDTH, 3))


@case
def a_pruned_weight() -> Pair:
    linear = nn.Linear(WIDTH, 3)
    prune.l1_unstructured(linear, "weight", 0.5)  # type: ignore[no-untyped-call]
    return dense(linear)


@case
def an_orthogonal_weight() -> Pair:
    model, _ = dense(nn.Linear(WIDTH, 3))
    first = parametrizations.orthogonal(nn.Linear(8, WIDTH))
    return model, nn.Sequential(first, nn.ReLU(), nn.Linear(WIDTH, 3))


@case
def a_norm_that_keras_holds_in_training_alone() -> Pair:
    return dense(limited(WIDTH, 3), kernel_constraint=keras.constraints.MaxNorm(SMALL))


class Flattening(L.Layer):  # type: ignore[misc]
    def __init__(self, units: int) -> None:
        super().__init__()
        self.units, self.flatten = units, L.Flatten()

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[1] * shape[2], self.units), name="w")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def call(self, x: Any) -> Any:
        return self.flatten(x) @ self.w + self.b


class Channels(nn.Module):
    """Flattens them first, as torch has them."""

    def __init__(self, last: nn.Module) -> None:
        super().__init__()
        self.conv, self.last = nn.Conv1d(5, 4, 3), last

    def forward(self, x: Tensor) -> Tensor:
        return self.last(F.relu(self.conv(x.transpose(1, 2))).flatten(1))  # type: ignore[no-any-return]


def flattened(last: nn.Module) -> Pair:
    conv = L.Conv1D(4, 3, activation="relu")
    return keras.Sequential([keras.Input((9, 5)), conv, Flattening(3)]), Channels(last)


@case
def a_layer_of_ones_own_that_flattens_and_a_port_that_has_channels_first() -> Pair:
    return flattened(nn.Linear(28, 3))


@case
def such_a_layer_and_a_norm() -> Pair:
    return flattened(limited(28, 3))


class Normalised(nn.Module):
    """A normalisation of a map, channels first or last."""

    def __init__(self, norm: nn.Module, is_last: bool = False) -> None:
        super().__init__()
        self.conv, self.norm, self.last = nn.Conv2d(3, 5, 3), norm, nn.Linear(120, 3)
        self.is_last = is_last

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.norm(x.movedim(1, -1)) if self.is_last else self.norm(x).movedim(1, -1)
        return self.last(x.flatten(1))  # type: ignore[no-any-return]


def normalised(layer: Any, norm: nn.Module, is_last: bool = False) -> Pair:
    layers = L.Conv2D(5, 3), layer, L.Flatten(), L.Dense(3)
    return keras.Sequential([keras.Input((6, 8, 3)), *layers]), Normalised(norm, is_last)


@case
def moments_of_rows_and_a_port_that_has_those_of_channels() -> Pair:
    return normalised(L.BatchNormalization(axis=1), nn.BatchNorm2d(5, eps=1e-3))


@case
def moments_of_rows_without_a_scale_and_another_epsilon() -> Pair:
    return normalised(L.BatchNormalization(axis=1, scale=False), nn.BatchNorm2d(5))


@case
def moments_of_a_whole_map() -> Pair:
    return normalised(L.LayerNormalization(axis=[1, 2, 3]), nn.LayerNorm([5, 4, 6], eps=1e-3))


@case
def moments_of_a_whole_map_and_a_port_that_has_those_of_channels() -> Pair:
    layer = L.LayerNormalization(axis=[1, 2, 3])
    return normalised(layer, nn.LayerNorm(5, eps=1e-3), is_last=True)


@case
def moments_of_channels_and_a_port_that_has_those_of_a_whole_map() -> Pair:
    return normalised(L.LayerNormalization(), nn.LayerNorm([5, 4, 6], eps=1e-3))


@case
def a_layer_of_another_width_that_keras_has_not() -> Pair:
    layers = L.Dense(5, activation="relu"), L.Dense(3)
    port = nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)
    return keras.Sequential([keras.Input((6,)), *layers]), nn.Sequential(*port)


@case
def a_layer_of_another_width_beside_what_no_cause_is_known_for() -> Pair:
    own = L.Lambda(lambda x: x + ops.sin(ops.cumsum(x, 1) * ops.flip(x, 1)))
    layers = L.Dense(8, activation="relu"), L.Dense(7, activation="relu"), L.Dense(3), own
    port = nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 3), nn.Tanh()
    return keras.Sequential([keras.Input((6,)), *layers]), nn.Sequential(*port)

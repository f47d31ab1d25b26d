"""Live pairs whose features are read into a map in torch's order, which the units of the layer that
makes them can stand in, and those where they cannot, for tests/checking/test_live_field.py."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add
Run = Callable[[Any, Tensor], Any]


def decoder(run: Run, *between: Any, keras_last: Any = None, **parts: nn.Module) -> Pair:
    """A Dense of 128 units, which are read into (4, 4, 8) in front of a convolution."""
    last = keras_last or L.Conv2D(6, 3, padding="same")
    model = sequence((10,), L.Dense(128), *between, L.Reshape((4, 4, 8)), last)
    known = {"d": nn.Linear(10, 128), "c": nn.Conv2d(8, 6, 3, padding=1)}
    return model, Port(run, **(known | parts))


@case
def units_read_channels_first() -> Pair:
    return decoder(lambda m, x: m.c(F.relu(m.d(x)).view(-1, 8, 4, 4)), L.ReLU())


@case
def units_read_as_keras_does() -> Pair:
    def run(m: Any, x: Tensor) -> Any:
        return m.c(F.relu(m.d(x)).view(-1, 4, 4, 8).permute(0, 3, 1, 2))

    return decoder(run, L.ReLU())


@case
def units_read_in_front_of_a_transposed_convolution() -> Pair:
    transposed = L.Conv2DTranspose(6, 3, padding="same")
    part = nn.ConvTranspose2d(8, 6, 3, padding=1)
    run: Run = lambda m, x: m.c(m.d(x).unflatten(1, (8, 4, 4)))  # noqa: E731
    return decoder(run, keras_last=transposed, c=part)


@case
def units_normalised_and_read() -> Pair:
    run: Run = lambda m, x: m.c(F.leaky_relu(m.n(m.d(x)), 0.2).view(-1, 8, 4, 4))  # noqa: E731
    between = L.BatchNormalization(epsilon=1e-5), L.LeakyReLU(negative_slope=0.2)
    return decoder(run, *between, n=nn.BatchNorm1d(128))


@case
def units_that_sum_to_one_and_are_read() -> Pair:
    return decoder(lambda m, x: m.c(m.d(x).softmax(-1).view(-1, 8, 4, 4)), L.Softmax())


@case
def units_read_and_another_slope() -> Pair:
    run: Run = lambda m, x: m.c(F.leaky_relu(m.d(x), 0.2).view(-1, 8, 4, 4))  # noqa: E731
    return decoder(run, L.LeakyReLU(negative_slope=0.3))


@case
def steps_read_channels_first() -> Pair:
    layers = L.Dense(40, activation="relu"), L.Reshape((5, 8)), L.Conv1D(6, 3, padding="same")
    run: Run = lambda m, x: m.c(F.relu(m.d(x)).view(-1, 8, 5)).mT  # noqa: E731
    return sequence((10,), *layers), Port(run, d=nn.Linear(10, 40), c=nn.Conv1d(8, 6, 3, padding=1))


@case
def sizes_that_are_equal_read_channels_first() -> Pair:
    layers = L.Dense(64, activation="tanh"), L.Reshape((4, 4, 4)), L.Conv2D(6, 3, padding="same")
    run: Run = lambda m, x: m.c(torch.tanh(m.d(x)).view(-1, 4, 4, 4))  # noqa: E731
    return sequence((10,), *layers), Port(run, d=nn.Linear(10, 64), c=nn.Conv2d(4, 6, 3, padding=1))


def branched(other: Any, run: Run, **parts: nn.Module) -> Pair:
    x = keras.Input((10,))
    h = L.Dense(128, activation="relu")(x)
    model = keras.Model(x, [L.Conv2D(3, 3, padding="same")(L.Reshape((4, 4, 8))(h)), other(h)])
    known = {"d": nn.Linear(10, 128), "c": nn.Conv2d(8, 3, 3, padding=1)}
    return model, Port(lambda m, x: run(m, F.relu(m.d(x))), **(known | parts))


@case
def units_that_another_layer_takes_too() -> Pair:
    run: Run = lambda m, h: (m.c(h.view(-1, 8, 4, 4)), m.e(h))  # noqa: E731
    return branched(L.Dense(3), run, e=nn.Linear(128, 3))


@case
def units_that_are_returned_too() -> Pair:
    return branched(lambda h: h, lambda m, h: (m.c(h.view(-1, 8, 4, 4)), h))


@case
def an_input_read_channels_first() -> Pair:
    model = sequence((128,), L.Reshape((4, 4, 8)), L.Conv2D(6, 3, padding="same"))
    run: Run = lambda m, x: m.c(x.view(-1, 8, 4, 4))  # noqa: E731
    return model, Port(run, c=nn.Conv2d(8, 6, 3, padding=1))


@case
def units_with_a_factor_each_read_channels_first() -> Pair:
    factors = np.linspace(0.5, 2, 128, dtype="float32")
    x = keras.Input((10,))
    h = L.Reshape((4, 4, 8))(L.Dense(128)(x) * factors)

    def run(m: Any, x: Tensor) -> Any:
        return m.c((m.d(x) * torch.tensor(factors, dtype=x.dtype)).view(-1, 8, 4, 4))

    port = Port(run, d=nn.Linear(10, 128), c=nn.Conv2d(8, 6, 3, padding=1))
    return keras.Model(x, L.Conv2D(6, 3, padding="same")(h)), port


@case
def units_of_a_layer_that_is_called_twice() -> Pair:
    layer, x = L.Dense(32, activation="relu"), keras.Input((32,))
    h = L.Reshape((2, 2, 8))(layer(layer(x)))

    def run(m: Any, x: Tensor) -> Any:
        return m.c(F.relu(m.d(F.relu(m.d(x)))).view(-1, 8, 2, 2))

    port = Port(run, d=nn.Linear(32, 32), c=nn.Conv2d(8, 3, 3, padding=1))
    return keras.Model(x, L.Conv2D(3, 3, padding="same")(h)), port


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

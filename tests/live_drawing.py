"""More ports for tests/live_placed.py: of models that draw at inference, too."""

from collections.abc import Callable
from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add

Draw = Callable[[Tensor, Tensor], Tensor]  # of a mean, and of the logarithm of a variance


class Sampling(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        drawn = keras.random.normal(ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(0.5 * log_variance) * drawn


class Coded(nn.Module):
    def __init__(self, draw: Draw, returns_code: bool) -> None:
        super().__init__()
        self.hidden, self.mean, self.log_variance = (
            nn.Linear(6, 8),
            nn.Linear(8, 2),
            nn.Linear(8, 2),
        )
        self.decoder = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 6), nn.Sigmoid())
        self.draw, self.returns_code = draw, returns_code
        if returns_code:
            del self.decoder

    def forward(self, x: Tensor) -> Any:
        hidden = F.relu(self.hidden(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = self.draw(mean, log_variance)
        return (mean, log_variance, code) if self.returns_code else self.decoder(code)


def coded(draw: Draw, returns_code: bool = False) -> Any:
    x = keras.Input((6,))
    hidden = L.Dense(8, activation="relu")(x)
    mean, log_variance = L.Dense(2)(hidden), L.Dense(2)(hidden)
    code = Sampling()([mean, log_variance])
    image = L.Dense(6, activation="sigmoid")(L.Dense(8, activation="relu")(code))
    result = [mean, log_variance, code] if returns_code else image
    return keras.Model(x, result), Coded(draw, returns_code)


@case
def a_code_that_is_drawn() -> Any:
    return coded(lambda mean, spread: mean + (0.5 * spread).exp() * torch.randn_like(mean))


@case
def a_code_drawn_from_a_distribution_that_refuses_a_scale_of_0() -> Any:
    def draw(mean: Tensor, spread: Tensor) -> Tensor:
        return Normal(mean, (0.5 * spread).exp()).rsample()

    return coded(draw, returns_code=True)


@case
def a_code_drawn_in_place() -> Any:
    return coded(lambda mean, x: mean + (0.5 * x).exp() * torch.empty_like(mean).normal_())


@case
def a_code_that_is_spread_twice_as_far() -> Any:
    return coded(lambda mean, spread: mean + spread.exp() * torch.randn_like(mean))


@case
def a_code_that_is_the_mean() -> Any:
    return coded(lambda mean, spread: mean)


class NeverOff(keras.Model):  # type: ignore[misc]
    """As for estimates by many passes with other units dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.drop, self.head = (
            L.Dense(8, activation="relu"),
            L.Dropout(0.4),
            L.Dense(3),
        )
        self(ops.zeros((1, 6)))

    def call(self, x: Any) -> Any:
        return self.head(self.drop(self.hidden(x), training=True))


class Dropping(nn.Module):
    def __init__(self, is_on: bool) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(6, 8), nn.Linear(8, 3)
        self.is_on = is_on

    def forward(self, x: Tensor) -> Any:
        return self.head(F.dropout(F.relu(self.hidden(x)), 0.4, self.is_on or self.training))


@case
def a_dropout_that_is_never_off() -> Any:
    return NeverOff(), Dropping(is_on=True)


@case
def a_dropout_that_is_to_be_never_off() -> Any:
    return NeverOff(), Dropping(is_on=False)


class Noisy(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.seeds = keras.random.SeedGenerator(4)

    def call(self, x: Any) -> Any:
        return x + 0.1 * keras.random.normal(ops.shape(x), seed=self.seeds)


@case
def noise_on_maps_whose_channels_stand_elsewhere() -> Any:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)

        def forward(self, x: Tensor) -> Any:
            x = self.one(x)
            return self.two(x + 0.1 * torch.randn(*x.shape))

    return keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(4, 3), Noisy(), L.Conv2D(2, 3)]
    ), Port()


class Mixed(L.Layer):  # type: ignore[misc]
    def call(self, inputs: Any) -> Any:
        one, other = inputs
        return one + 0.7 * ops.exp(0.5 * other)


@case
def a_layer_of_two_values_that_computes_something_else() -> Any:
    x = keras.Input((6,))
    model = keras.Model(x, L.Dense(3)(Mixed(name="mixed")([L.Dense(2)(x), L.Dense(2)(x)])))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other, self.head = nn.Linear(6, 2), nn.Linear(6, 2), nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Any:
            return self.head(self.one(x) + 0.7 * torch.exp(self.other(x)))

    return model, Port()


class Bent(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x + ops.tanh(x)


@case
def a_port_that_refuses_far_values() -> Any:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.head = nn.Linear(6, 2), nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Any:
            if x.abs().max() > 100:
                raise ValueError("the inputs are not normalised")
            x = self.one(x)
            return self.head(x + torch.tanh(x))

    return keras.Sequential([keras.Input((6,)), L.Dense(2), Bent(), L.Dense(3)]), Port()

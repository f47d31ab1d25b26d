"""Live pairs with scales and shifts that layers of a person's own learn, which the port has in its
own way, or goes without, for tests/checking/test_live_field.py."""

import json
from collections.abc import Callable
from typing import Any

import torch
import torch._dynamo  # before tensorflow

from keras import layers as L  # isort: skip
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


class Own(L.Layer):  # type: ignore[misc]
    """A layer with one weight, or two, of which a function makes what it gives."""

    def __init__(self, run: Callable[..., Any], shape: Any = None, count: int = 1) -> None:
        super().__init__()
        self.run, self.size, self.many = run, shape, count

    def build(self, shape: Any) -> None:
        size = shape[-1:] if self.size is None else self.size
        self.held = [self.add_weight(shape=size, initializer="ones") for _ in range(self.many)]

    def call(self, x: Any) -> Any:
        return self.run(x, *self.held)


class Unread(L.Layer):  # type: ignore[misc]
    """A layer that goes without its weight."""

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=shape[-1:], initializer="ones")

    def call(self, x: Any) -> Any:
        return x


def scaled(x: Any, w: Any) -> Any:
    return ops.multiply(x, w)


def handed_on(x: Any, w: Any) -> Any:
    return w * x  # by the variable's own operator


# --- Between dense layers ---
def dense(own: Any, where: int = 1) -> Any:
    layers = [L.Dense(6, "tanh"), L.Dense(2)]
    return sequence((5,), *layers[:where], own, *layers[where:])


def plain() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 2))


class Between(nn.Module):
    def __init__(self, run: Callable[..., Tensor], size: int = 6, count: int = 1) -> None:
        super().__init__()
        self.a, self.b, self.run = nn.Linear(5, 6), nn.Linear(6, 2), run
        self.held = nn.ParameterList(torch.ones(size) for _ in range(count))

    def forward(self, x: Tensor) -> Any:
        return self.b(self.run(torch.tanh(self.a(x)), *self.held))


@case
def a_scale() -> Pair:
    return dense(Own(scaled)), Between(lambda x, w: x * w)


@case
def a_scale_by_the_variable_s_operator() -> Pair:
    return dense(Own(handed_on)), Between(lambda x, w: torch.einsum("nc,c->nc", x, w))


@case
def a_scale_and_a_shift_in_one() -> Pair:
    both = Own(lambda x, g, b: ops.add(ops.multiply(x, g), b), count=2)
    return dense(both), Between(lambda x, g, b: torch.addcmul(b, x, g), count=2)


@case
def a_temperature() -> Pair:
    return dense(Own(lambda x, w: x / w, (1,))), Between(lambda x, w: x / w, 1)


@case
def a_scale_that_nothing_reads() -> Pair:
    return dense(Unread()), plain()


@case
def a_scale_lost() -> Pair:
    return dense(Own(scaled)), plain()


@case
def a_scale_by_the_variable_s_operator_lost() -> Pair:
    return dense(Own(handed_on)), plain()


@case
def a_scale_and_a_shift_lost() -> Pair:
    return dense(Own(lambda x, g, b: ops.add(ops.multiply(x, g), b), count=2)), plain()


@case
def a_shift_lost() -> Pair:
    return dense(Own(lambda x, w: x + w)), plain()


@case
def a_scale_ahead_of_all_lost() -> Pair:
    return dense(Own(scaled), 0), plain()


@case
def a_temperature_lost() -> Pair:
    return dense(Own(lambda x, w: x / w, ()), 2), plain()


@case
def a_scale_by_an_exponential_lost() -> Pair:
    return dense(Own(lambda x, w: x * ops.exp(w), ()), 2), plain()


@case
def a_scale_that_keras_has_not() -> Pair:
    model = sequence((5,), L.Dense(6, "tanh"), L.Dense(2))
    return model, Between(lambda x, w: x * w)


@case
def a_scale_ahead_of_an_activation_lost() -> Pair:
    model = sequence((5,), L.Dense(6), Own(scaled), L.ReLU(), L.Dense(2))
    return model, nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))


@case
def a_scale_of_channels_lost() -> Pair:
    conv = L.Conv2D(4, 3, activation="relu")
    model = sequence((8, 8, 3), conv, Own(handed_on), L.Conv2D(2, 3), L.GlobalMaxPooling2D())
    first, second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
    return model, nn.Sequential(first, nn.ReLU(), second, nn.AdaptiveMaxPool2d(1), nn.Flatten())


# --- Blocks of which each scales what it adds ---
class Block(L.Layer):  # type: ignore[misc]
    def __init__(self, scale: Callable[..., Any]) -> None:
        super().__init__()
        self.wide, self.narrow, self.scale = L.Dense(8, "gelu"), L.Dense(4), scale
        self.norm = L.LayerNormalization(epsilon=1e-6)

    def build(self, shape: Any) -> None:
        self.gamma = self.add_weight(shape=shape[-1:], initializer="ones")

    def call(self, x: Any) -> Any:
        return x + self.scale(self.narrow(self.wide(self.norm(x))), self.gamma)


class PortBlock(nn.Module):
    def __init__(self, is_scaled: bool, epsilon: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4, eps=epsilon)
        self.wide, self.narrow = nn.Linear(4, 8), nn.Linear(8, 4)
        self.gamma = nn.Parameter(torch.ones(4)) if is_scaled else None

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.narrow(F.gelu(self.wide(self.norm(x))))
        return x + (y if self.gamma is None else self.gamma * y)


def blocks(scale: Callable[..., Any], is_scaled: bool, epsilon: float = 1e-6) -> Pair:
    model = sequence((6, 4), Block(scale), Block(scale), L.GlobalAveragePooling1D(), L.Dense(2))
    ports = nn.Sequential(*(PortBlock(is_scaled, epsilon) for _ in range(2)))
    return model, Port(lambda m, x: m.o(m.b(x).mean(1)), b=ports, o=nn.Linear(4, 2))


@case
def blocks_that_scale() -> Pair:
    return blocks(handed_on, is_scaled=True)


@case
def scales_of_two_blocks_lost() -> Pair:
    return blocks(handed_on, is_scaled=False)


@case
def scales_of_two_blocks_by_an_operation_lost() -> Pair:
    return blocks(scaled, is_scaled=False)


@case
def scales_lost_beside_another_epsilon() -> Pair:
    return blocks(scaled, is_scaled=False, epsilon=1e-3)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

"""Live pairs in which a layer of a person's own holds weights that no rule places, and something is
wrong inside of it, for tests/live_placed.py."""

from collections.abc import Callable
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
Pair = tuple[Any, nn.Module]
WIDTH, STEPS = 8, 6


class Own(L.Layer):  # type: ignore[misc]
    """Weights by name, and what is done with them."""

    def __init__(self, run: Callable[..., Any], **shapes: tuple[int, ...]) -> None:
        super().__init__()
        self.run, self.shapes = run, shapes

    def build(self, shape: Any) -> None:
        drawn = {name: keras.initializers.RandomNormal(stddev=0.5) for name in self.shapes}
        self.held = {
            name: self.add_weight(shape=shape, name=name, initializer=drawn[name])
            for name, shape in self.shapes.items()
        }

    def call(self, x: Any) -> Any:
        return self.run(x, **self.held)


class Port(nn.Module):
    def __init__(self, run: Callable[[Any, Tensor], Tensor], width: int, **parts: Any) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(5, WIDTH), nn.Linear(width, 3)
        for name, part in parts.items():
            setattr(self, name, part)
        self.run = run

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.run(self, F.relu(self.first(x))))  # type: ignore[no-any-return]


def around(own: Own, steps: tuple[int, ...] = ()) -> Any:
    first, last = L.Dense(WIDTH, activation="relu"), L.Dense(3)
    return keras.Sequential([keras.Input((*steps, 5)), first, own, last])


def pooled(run: Callable[[Any, Tensor], Tensor], has_bias: bool = True) -> Pair:
    """Attention over steps."""

    def keras_run(x: Any, w: Any, b: Any, u: Any) -> Any:
        scores = ops.sum(ops.tanh(x @ w + b) * u, axis=-1, keepdims=True)
        return ops.sum(x * ops.softmax(scores, axis=1), axis=1)

    model = around(Own(keras_run, w=(WIDTH, 4), b=(4,), u=(4,)), (STEPS,))
    project, context = nn.Linear(WIDTH, 4, bias=has_bias), nn.Parameter(torch.randn(4))
    return model, Port(run, WIDTH, project=project, context=context)


def scores(m: Any, x: Tensor) -> Tensor:
    return (torch.tanh(m.project(x)) @ m.context)[..., None]  # type: ignore[no-any-return]


@case
def a_pooling_by_attention() -> Pair:
    return pooled(lambda m, x: (x * torch.softmax(scores(m, x), 1)).sum(1))


@case
def a_pooling_by_attention_without_its_softmax() -> Pair:
    return pooled(lambda m, x: (x * scores(m, x)).sum(1))


@case
def a_pooling_by_attention_without_its_bias() -> Pair:
    return pooled(lambda m, x: (x * torch.softmax(scores(m, x), 1)).sum(1), has_bias=False)


def gated(run: Callable[[Any, Tensor], Tensor], has_bias: bool = True) -> Pair:
    def keras_run(x: Any, a: Any, a_bias: Any, g: Any, g_bias: Any) -> Any:
        return (x @ a + a_bias) * ops.sigmoid(x @ g + g_bias)

    shapes = {"a": (WIDTH, 6), "a_bias": (6,), "g": (WIDTH, 6), "g_bias": (6,)}
    linear, gate = nn.Linear(WIDTH, 6, bias=has_bias), nn.Linear(WIDTH, 6, bias=has_bias)
    return around(Own(keras_run, **shapes)), Port(run, 6, linear=linear, gate=gate)


@case
def a_gate_that_does_not_add_its_bias() -> Pair:
    return gated(lambda m, x: m.linear(x) * torch.sigmoid(F.linear(x, m.gate.weight)))


@case
def a_gated_unit_without_both_biases() -> Pair:
    return gated(lambda m, x: m.linear(x) * torch.sigmoid(m.gate(x)), has_bias=False)


@case
def a_gated_unit_that_does_what_no_cause_is_known_for() -> Pair:
    return gated(lambda m, x: torch.atan2(m.linear(x), m.gate(x)))


def widest(run: Callable[[Any, Tensor], Tensor]) -> Pair:
    """The largest of three linear functions each."""

    def keras_run(x: Any, w: Any, b: Any) -> Any:
        return ops.max(ops.reshape(x @ w + b, (-1, 4, 3)), axis=-1)

    linear = nn.Linear(WIDTH, 12)
    return around(Own(keras_run, w=(WIDTH, 12), b=(12,))), Port(run, 4, linear=linear)


@case
def a_unit_of_the_largest_of_three() -> Pair:
    return widest(lambda m, x: m.linear(x).view(-1, 4, 3).amax(-1))


@case
def a_unit_of_the_largest_of_three_others() -> Pair:
    return widest(lambda m, x: m.linear(x).view(-1, 3, 4).amax(1))


def scaled(wrong: float = 1.0) -> Pair:
    """The port holds what Keras takes the exponential of."""

    def keras_run(x: Any, w: Any, scale: Any) -> Any:
        return ops.tanh(x @ w) * ops.exp(scale)

    def run(m: Any, x: Tensor) -> Tensor:
        return wrong * torch.tanh(m.w(x)) * m.scale  # type: ignore[no-any-return]

    model = around(Own(keras_run, w=(WIDTH, 8), scale=(8,)))
    parts = {"w": nn.Linear(WIDTH, 8, bias=False), "scale": nn.Parameter(torch.rand(8) + 0.5)}
    return model, Port(run, 8, **parts)


@case
def a_scale_that_is_the_exponential_of_keras_s() -> Pair:
    return scaled()

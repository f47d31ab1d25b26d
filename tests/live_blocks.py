"""Live pairs of which one mistake shows in many places, or at a bound, for tests/live_lost.py."""

from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


def norm() -> Any:
    return L.LayerNormalization(epsilon=1e-5)


def encoder(in_keras: bool, in_port: bool) -> Pair:
    """Two blocks, that normalise first or last."""
    x = first = keras.Input((3, 4))
    for _ in range(2):
        attention, dense = (
            L.MultiHeadAttention(2, 2),
            keras.Sequential([L.Dense(6, "relu"), L.Dense(4)]),
        )
        if in_keras:
            h = norm()(x)
            x = L.Add()([x, attention(h, h)])
            x = L.Add()([x, dense(norm()(x))])
        else:
            x = norm()(L.Add()([x, attention(x, x)]))
            x = norm()(L.Add()([x, dense(x)]))
    kinds = {"dropout": 0.0, "batch_first": True, "norm_first": in_port}
    blocks = [nn.TransformerEncoderLayer(4, 2, 6, **kinds) for _ in range(2)]  # type: ignore[arg-type]
    return keras.Model(first, L.Dense(2)(x)), nn.Sequential(*blocks, nn.Linear(4, 2))


@case
def blocks_that_normalise_first() -> Pair:
    return encoder(in_keras=True, in_port=True)


@case
def blocks_that_normalise_last_in_the_port() -> Pair:
    return encoder(in_keras=True, in_port=False)


@case
def blocks_that_normalise_first_in_the_port() -> Pair:
    return encoder(in_keras=False, in_port=True)


@case
def values_above_another_bound() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        x = m.a(x)
        return m.b(torch.where(x > 0.3, x, 0.1 * x))

    bounded = L.Lambda(lambda x: ops.where(x > 0.5, x, 0.1 * x))
    port = Port(forward, a=nn.Linear(6, 5), b=nn.Linear(5, 3))
    return sequence((6,), L.Dense(5), bounded, L.Dense(3)), port

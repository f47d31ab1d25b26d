"""Ports with a token of their own at the other end of the sequence, or its position apart, for
tests/live_placed.py."""

from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Token(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.token = self.add_weight(shape=(1, 1, 6), name="token", initializer="normal")

    def call(self, x: Any) -> Any:
        token = ops.broadcast_to(self.token, (ops.shape(x)[0], 1, 6))
        return ops.concatenate([token, x], 1)


class Positions(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(1, 5, 6), name="table", initializer="normal")

    def call(self, x: Any) -> Any:
        return x + self.table


def model() -> Any:
    x = keras.Input((4, 6))
    y = Positions()(Token()(L.Dense(6)(x)))
    y = L.Attention()([y, y])[:, 0]
    return keras.Model(x, L.Dense(2)(L.Dense(6, activation="gelu")(y)))


class Own(nn.Module):
    """is_apart: has the token a position by itself?"""

    def __init__(self, is_apart: bool, approximate: str = "none") -> None:
        super().__init__()
        self.first, self.hidden, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)
        self.gelu = nn.GELU(approximate)
        self.token = nn.Parameter(torch.zeros(1, 1, 6))
        self.table = nn.Parameter(torch.zeros(1, 4 if is_apart else 5, 6))
        self.own = nn.Parameter(torch.zeros(1, 1, 6)) if is_apart else None

    def forward(self, x: Tensor) -> Any:
        token, x = self.token.expand(len(x), 1, 6), self.first(x)
        if self.own is None:
            x = torch.cat([x, token], 1) + self.table
        else:
            x = torch.cat([x + self.table, token + self.own], 1)
        y = ((x @ x.mT).softmax(-1) @ x)[:, -1]
        return self.out(self.gelu(self.hidden(y)))


@case
def a_token_at_the_end() -> Any:
    return model(), Own(is_apart=False)


@case
def a_token_with_a_position_apart() -> Any:
    return model(), Own(is_apart=True)


@case
def a_token_at_the_end_before_another_activation() -> Any:
    return model(), Own(is_apart=False, approximate="tanh")


class Attended(L.Layer):  # type: ignore[misc]
    """Steps with their positions, seen by one query that is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.table = L.Embedding(8, 8)

    def build(self, shape: Any) -> None:
        self.query = self.add_weight(shape=(1, 1, 8), name="variable")
        self.built = True

    def call(self, x: Any) -> Any:
        x = x + self.table(ops.arange(8))
        return (ops.softmax(self.query @ ops.swapaxes(x, 1, 2)) @ x)[:, 0]


@case
def a_query_of_the_size_of_the_port_s_positions() -> Any:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.last = nn.Embedding(8, 8), nn.Linear(8, 3)
            self.probe = nn.Parameter(torch.randn(1, 1, 8))
            self.register_buffer("position_ids", torch.arange(8).expand((1, -1)))

        def forward(self, x: Tensor) -> Any:
            x = x + self.table(self.position_ids)
            return self.last((torch.softmax(self.probe @ x.mT, -1) @ x)[:, 0])

    x = keras.Input((8, 8))
    return keras.Model(x, L.Dense(3)(Attended()(x))), Port()

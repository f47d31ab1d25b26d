"""Latents that are learned go through layers before they ask anything, for tests/live_placed.py."""

from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Asked(keras.Model):  # type: ignore[misc]
    """Each sample is asked the same three questions, twice, as a Perceiver does."""

    def __init__(self) -> None:
        super().__init__()
        self.latents = self.add_weight(shape=(3, 6), initializer="normal", name="latents")
        query, data = keras.Input((3, 6)), keras.Input((5, 6))
        normal = L.LayerNormalization(epsilon=1e-5)(query)
        # Keras's Attention takes query, value and key in this order.
        given = [L.Dense(6)(normal), L.Dense(6)(data), L.Dense(6)(data)]
        answer = L.LayerNormalization(epsilon=1e-5)(L.Attention(use_scale=True)(given) + normal)
        self.asked = keras.Model([query, data], L.Dense(6, activation="relu")(answer))

    def call(self, x: Any) -> Any:
        first = self.asked([ops.expand_dims(self.latents, 0), x])
        return self.asked([first, x])


class Port(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.zeros(3, 6))
        self.scale = nn.Parameter(torch.ones(()))
        self.ahead, self.behind = nn.LayerNorm(6, eps), nn.LayerNorm(6)
        self.q, self.k, self.v, self.out = (nn.Linear(6, 6) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        y = self.latents.expand(len(x), -1, -1)
        for _ in range(2):
            y = self.ahead(y)
            likeness = self.q(y) @ self.k(x).mT * self.scale
            y = self.out(self.behind(likeness.softmax(-1) @ self.v(x) + y)).relu()
        return y


def asked() -> Any:
    model = Asked()
    model.build((None, 5, 6))
    return model


class Led(keras.Model):  # type: ignore[misc]
    """A token of the model's own, which a layer joins to the others."""

    def __init__(self) -> None:
        super().__init__()
        self.token = self.add_weight(shape=(1, 1, 6), initializer="normal", name="token")
        self.join, self.out = L.Concatenate(axis=1), L.Dense(2)

    def call(self, x: Any) -> Any:
        return self.out(self.join([ops.tile(self.token, (ops.shape(x)[0], 1, 1)), x]))


class LedPort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token, self.out = nn.Parameter(torch.zeros(1, 1, 6)), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(torch.cat([self.token.expand(len(x), -1, -1), x], 1))


@case
def a_token_that_a_layer_joins() -> Any:
    model = Led()
    model.build((None, 5, 6))
    return model, LedPort()


@case
def latents_that_are_normalised_before_they_ask() -> Any:
    return asked(), Port(1e-5)


@case
def latents_that_are_normalised_with_another_epsilon() -> Any:
    return asked(), Port(1e-2)

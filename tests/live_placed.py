"""Ports that hold weights, features and results in their own way, some with a fault beside it, live
in one process: a script, which prints as JSON what `parity.check` says of each
(tests/checking/test_live_placed.py)."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes

Pair = tuple[Any, nn.Module]
CASES = Cases()
case = CASES.add


class Port(nn.Module):
    """Parts by name, and what is done with them."""

    def __init__(self, run: Callable[[Any, Tensor], Any], **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)
        self.run = run

    def forward(self, x: Tensor) -> Any:
        return self.run(self, x)


def sequence(shape: tuple[int, ...], *layers: Any, dtype: str | None = None) -> Any:
    return keras.Sequential([keras.Input(shape, dtype=dtype), *layers])


@case
def channels_first_in_keras_on_a_cube() -> Pair:
    first = "channels_first"
    model = sequence(
        (2, 8, 8),
        L.Conv2D(4, 3, padding="same", data_format=first),
        L.BatchNormalization(axis=1, epsilon=1e-5),
        L.MaxPooling2D(data_format=first),
        L.Flatten(),
        L.Dense(3),
    )
    conv, norm = nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4)
    return model, nn.Sequential(conv, norm, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3))


@case
def a_square_turned_by_an_attribute() -> Pair:
    model = sequence((5, 5), L.Dense(5), L.Permute((2, 1)), L.Flatten(), L.Dense(2))
    port = Port(lambda m, x: m.b(m.a(x).mT.flatten(1)), a=nn.Linear(5, 5), b=nn.Linear(25, 2))
    return model, port


def series() -> Any:
    return sequence(
        (3, 8, 4),
        L.TimeDistributed(L.Conv1D(5, 3, activation="relu")),
        L.TimeDistributed(L.Flatten()),
        L.Dense(6),
        L.GRU(4),
    )


@case
def a_series_with_channels_behind_time_flattened_as_torch_does() -> Pair:
    def run(m: Any, x: Tensor) -> Tensor:
        maps = F.relu(m.c(x.flatten(0, 1)))
        states: Tensor = m.r(m.d(maps.reshape(*x.shape[:2], -1)))[0]
        return states[:, -1]

    parts = {"c": nn.Conv1d(4, 5, 3), "d": nn.Linear(30, 6), "r": nn.GRU(6, 4, batch_first=True)}
    return series(), Port(run, **parts)


class Scale(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.by = self.add_weight(shape=shape[1:], name="by", initializer="normal")

    def call(self, x: Any) -> Any:
        return x * self.by


@case
def a_map_of_weights_in_front_of_flatten() -> Pair:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c, self.o = nn.Conv2d(3, 2, 1), nn.Linear(40, 2)
            self.by = nn.Parameter(torch.ones(1, 2, 4, 5))

        def forward(self, x: Tensor) -> Any:
            return self.o((self.c(x).sin() * self.by).flatten(1))

    x = keras.Input((4, 5, 3))
    return keras.Model(x, L.Dense(2)(L.Flatten()(Scale()(ops.sin(L.Conv2D(2, 1)(x)))))), Own()


@dataclass
class Found:
    logits: Tensor
    box: Tensor


@case
def results_in_a_dataclass() -> Pair:
    x = keras.Input((6,))
    h = L.Dense(5, activation="relu")(x)
    model = keras.Model(x, {"logits": L.Dense(3)(h), "box": L.Dense(3)(h)})

    def run(m: Any, x: Tensor) -> Found:
        h = F.relu(m.h(x))
        return Found(m.p(h), m.q(h))

    return model, Port(run, h=nn.Linear(6, 5), p=nn.Linear(5, 3), q=nn.Linear(5, 3))


@case
def key_and_value_in_one_linear() -> Pair:
    def run(m: Any, x: Tensor) -> Any:
        n, t, _ = x.shape
        k, v = m.kv(x).reshape(n, t, 2, 2, 4).permute(2, 0, 3, 1, 4)
        q = m.q(x).view(n, t, 2, 4).transpose(1, 2)
        return m.o(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    x = keras.Input((5, 8))
    model = keras.Model(x, L.MultiHeadAttention(2, 4)(x, x))
    return model, Port(run, q=nn.Linear(8, 8), kv=nn.Linear(8, 16), o=nn.Linear(8, 8))


def block(activation: nn.Module, is_masked: bool = True) -> Pair:
    """A block of a decoder, whose query, key and value are one Linear, and whose mask a buffer."""
    x = keras.Input((6, 8))
    y = L.LayerNormalization(epsilon=1e-5)(x)
    y = x + L.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)
    z = L.Dense(16, activation="gelu")(L.LayerNormalization(epsilon=1e-5)(y))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.LayerNorm(8), nn.LayerNorm(8)
            self.packed, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
            self.mlp = nn.Sequential(nn.Linear(8, 16), activation, nn.Linear(16, 8))
            self.register_buffer("mask", torch.tril(torch.ones(1, 1, 6, 6)))

        def forward(self, x: Tensor) -> Any:
            parts = self.packed(self.first(x)).split(8, 2)
            q, k, v = (part.unflatten(2, (2, 4)).transpose(1, 2) for part in parts)
            scores = q @ k.transpose(2, 3) / 2
            if is_masked:
                scores = scores.masked_fill(self.mask == 0, -torch.inf)
            x = x + self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
            return x + self.mlp(self.second(x))

    return keras.Model(x, y + L.Dense(8)(z)), Block()


@case
def a_packed_block_with_a_buffer_for_its_mask() -> Pair:
    return block(nn.GELU())


@case
def a_packed_block_with_another_activation() -> Pair:
    return block(nn.ReLU())


@case
def a_packed_block_without_its_mask() -> Pair:
    return block(nn.GELU(), is_masked=False)


def behind_own_weights(epsilon: float) -> Pair:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.by = nn.Parameter(torch.ones(4, 6))
            self.norm, self.out = nn.LayerNorm(6, eps=epsilon), nn.Linear(6, 2)

        def forward(self, x: Tensor) -> Any:
            return self.out(self.norm(x * self.by))

    norm = L.LayerNormalization(epsilon=1e-5)
    return sequence((4, 6), Scale(), norm, L.Dense(2)), Own()


@case
def another_epsilon_behind_weights_of_ones_own() -> Pair:
    return behind_own_weights(1e-2)


@case
def rows_of_a_table_cut_to_a_norm() -> Pair:
    table = L.Embedding(8, 5, embeddings_initializer="normal")
    model = sequence((4,), table, L.Flatten(), dtype="int32")
    return model, nn.Sequential(nn.Embedding(8, 5, max_norm=0.1), nn.Flatten())


@case
def another_alpha_of_celu() -> Pair:
    return sequence((6,), L.Dense(8, "celu")), nn.Sequential(nn.Linear(6, 8), nn.CELU(0.5))


@case
def a_softplus_with_a_setting_that_keras_has_not() -> Pair:
    port = nn.Sequential(nn.Linear(6, 8), nn.Softplus(beta=2.0))
    return sequence((6,), L.Dense(8, "softplus")), port


@case
def a_layer_of_ones_own_in_the_place_of_another() -> Pair:
    def lrn(x: Any) -> Any:
        return x / (1 + ops.sum(ops.square(ops.cast(x, "float32")), -1, keepdims=True))

    port = Port(
        lambda m, x: m.n(F.relu(m.c(x))).mean((2, 3)),
        c=nn.Conv2d(4, 8, 1),
        n=nn.LocalResponseNorm(5, 0.5),
    )
    layers = L.Conv2D(8, 1, activation="relu"), L.Lambda(lrn), L.GlobalAveragePooling2D()
    return sequence((5, 5, 4), *layers), port


@case
def a_layer_of_ones_own_that_calls_gelu() -> Pair:
    """On tensorflow its constant is rounded to float32, whoever calls it."""

    class Gate(L.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.w = self.add_weight(shape=(6, 6), name="w", initializer="normal")

        def call(self, x: Any) -> Any:
            return x * keras.activations.gelu(ops.matmul(x, self.w))

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(6, 6))

        def forward(self, x: Tensor) -> Any:
            return x * F.gelu(x @ self.w)

    return sequence((4, 6), Gate(), L.Dense(2)), nn.Sequential(Own(), nn.Linear(6, 2))


@case
def numbers_below_zero_have_no_logarithm() -> Pair:
    return sequence((6,), L.Lambda(ops.log), L.Dense(3)), Port(
        lambda m, x: m.a(torch.log(x)), a=nn.Linear(6, 3)
    )


@case
def values_of_no_number_throughout() -> Pair:
    model = sequence((6,), L.Dense(5), L.Lambda(ops.log))
    return model, Port(lambda m, x: torch.log(m.a(x)), a=nn.Linear(6, 5))


PARTS = (  # each a table of its own, tests/live_PART.py
    *("drawing", "exchanged", "frames", "further", "inside", "latents", "masks"),
    *("packed", "range", "ranks", "tables", "tokens", "unheld", "weak", "written_cells"),
)


def main() -> None:
    every = Cases(CASES)
    for part in PARTS:
        every |= import_module(f"tests.live_{part}").CASES
    reports = every.checked()
    print(json.dumps({name: [x.verdict, *causes(x)] for name, x in reports.items()}))


if __name__ == "__main__":
    main()

"""Ports that take their inputs in their own way, live in one process: a script, which prints what
`parity.check` says of each as JSON (tests/checking/test_live_inputs.py)."""

import json
import os
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

import parity
from tests.checked import Cases

Pair = tuple[Any, nn.Module]
CASES = Cases()
case = CASES.add


def towers() -> Any:
    query, key = keras.Input((4,), name="query"), keras.Input((4,), name="key")
    return keras.Model([query, key], L.Subtract()([L.Dense(3)(query), L.Dense(3)(key)]))


class Towers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.p, self.q = nn.Linear(4, 3), nn.Linear(4, 3)


@case
def matched_by_names() -> Pair:
    class Port(Towers):
        def forward(self, key: Tensor, query: Tensor) -> Any:
            return self.p(query) - self.q(key)

    return towers(), Port()


@case
def in_another_order_without_names() -> Pair:
    class Port(Towers):
        def forward(self, x: Tensor, y: Tensor) -> Any:
            return self.p(y) - self.q(x)

    return towers(), Port()


@case
def as_one_dictionary() -> Pair:
    class Port(Towers):
        def forward(self, batch: dict[str, Tensor]) -> Any:
            return self.p(batch["query"]) - self.q(batch["key"])

    return towers(), Port()


@case
def as_one_list() -> Pair:
    class Port(Towers):
        def forward(self, pair: list[Tensor]) -> Any:
            return self.p(pair[0]) - self.q(pair[1])

    return towers(), Port()


@case
def by_keyword_alone() -> Pair:
    class Port(Towers):
        def forward(self, *, key: Tensor, query: Tensor, scale: float = 1.0) -> Any:
            return scale * (self.p(query) - self.q(key))

    return towers(), Port()


@case
def tables_of_other_sizes() -> Pair:
    user, hour = keras.Input((1,), name="user"), keras.Input((1,), name="hour")
    parts = [L.Flatten()(L.Embedding(50, 4)(user)), L.Flatten()(L.Embedding(3, 2)(hour))]

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.u, self.h, self.o = nn.Embedding(50, 4), nn.Embedding(3, 2), nn.Linear(6, 1)

        def forward(self, hour: Tensor, user: Tensor) -> Any:
            return self.o(torch.cat([self.u(user).flatten(1), self.h(hour).flatten(1)], 1))

    return keras.Model([user, hour], L.Dense(1)(L.Concatenate()(parts))), Port()


@case
def large_table_cut_to_the_small_one_s_size() -> Pair:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    model = keras.Model([a, b], L.Add()([L.Embedding(40, 4)(a), L.Embedding(3, 4)(b)]))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.u, self.v = nn.Embedding(40, 4), nn.Embedding(3, 4)

        def forward(self, a: Tensor, b: Tensor) -> Any:
            return self.u(a.clamp(max=2)) + self.v(b)

    return model, Port()


@case
def columns_of_one_input_looked_up_behind_a_lambda() -> Pair:
    x = keras.Input((2,))
    first = L.Lambda(lambda z: ops.cast(z[:, 0], "int32"), output_shape=())(x)
    model = keras.Model(x, L.Concatenate()([L.Embedding(9, 3)(first), x[:, 1:]]))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.e = nn.Embedding(9, 3)

        def forward(self, x: Tensor) -> Any:
            return torch.cat([self.e(x[:, 0].long()), x[:, 1:]], 1)

    return model, Port()


def cube() -> Any:
    scaled = L.Rescaling(1 / 255.0)
    return keras.Sequential([keras.Input((4, 4, 4)), scaled, L.Conv2D(3, 3)])


@case
def turned_by_the_port_behind_a_scale() -> Pair:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Conv2d(4, 3, 3)

        def forward(self, x: Tensor) -> Any:
            return self.c((x / 255.0).permute(0, 3, 1, 2))

    return cube(), Port()


@case
def statistics_of_an_axis_that_nobody_turned() -> Pair:
    model = keras.Sequential([keras.Input((3, 6, 3)), L.BatchNormalization(axis=1)])
    return model, nn.Sequential(nn.BatchNorm2d(3, eps=1e-3))


@case
def viewed_behind_a_convolution() -> Pair:
    layers = (L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(3))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c, self.d = nn.Conv2d(1, 4, 3), nn.Linear(144, 3)

        def forward(self, x: Tensor) -> Any:
            return self.d(F.relu(self.c(x)).view(-1, 144))

    return keras.Sequential([keras.Input((8, 8, 1)), *layers]), Port()


@case
def flattened_before_the_activation_and_joined() -> Pair:
    image, more = keras.Input((6, 6, 2), name="image"), keras.Input((3,), name="more")
    flat = L.Flatten()(L.Conv2D(3, 3, activation="tanh")(image))
    model = keras.Model([image, more], L.Dense(2)(L.Concatenate()([flat, more])))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c, self.d = nn.Conv2d(2, 3, 3), nn.Linear(51, 2)

        def forward(self, image: Tensor, more: Tensor) -> Any:
            return self.d(torch.cat([torch.tanh(self.c(image).flatten(1)), more], 1))

    return model, Port()


class Attention(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (L.Dense(4, use_bias=False) for _ in range(3))

    def call(self, x: Any) -> Any:
        scores = ops.matmul(self.query(x), ops.transpose(self.key(x), (0, 2, 1)))
        return ops.matmul(ops.softmax(scores), self.value(x))


@case
def equal_layers_told_apart_by_their_names() -> Pair:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wk, self.wv, self.wq = (nn.Linear(4, 4, bias=False) for _ in range(3))

        def forward(self, x: Tensor) -> Any:
            key, query, value = self.wk(x), self.wq(x), self.wv(x)
            scores = torch.einsum("bkd,bqd->bqk", key, query)
            return torch.softmax(scores, -1) @ value

    return keras.Sequential([keras.Input((5, 4)), Attention()]), Port()


@case
def one_head_called_twice_by_keras() -> Pair:
    x = keras.Input((6,))
    hidden, head = L.Dense(5, activation="relu")(x), L.Dense(3)
    model = keras.Model(x, [head(hidden), L.Softmax()(head(hidden))])

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.h, self.o = nn.Linear(6, 5), nn.Linear(5, 3)

        def forward(self, x: Tensor) -> Any:
            scores = self.o(F.relu(self.h(x)))
            return scores, torch.softmax(scores, -1)

    return model, Port()


@case
def gate_executed_before_its_experts() -> Pair:
    x = keras.Input((6,))
    experts = [L.Dense(4, activation="relu")(x) for _ in range(3)]
    gate = L.Dense(3, activation="softmax")(x)
    mixed = ops.sum(ops.stack(experts, 1) * ops.expand_dims(gate, -1), 1)

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate = nn.Linear(6, 3)
            self.experts = nn.ModuleList(nn.Linear(6, 4) for _ in range(3))

        def forward(self, x: Tensor) -> Any:
            gate = torch.softmax(self.gate(x), -1)
            parts = [gate[:, n, None] * F.relu(e(x)) for n, e in enumerate(self.experts)]
            return parts[0] + parts[1] + parts[2]

    return keras.Model(x, mixed), Port()


@case
def open_sizes_that_can_be_halved_alone() -> Pair:
    x = keras.Input((None, None, 3))
    y = L.Conv2D(4, 3, padding="same")(x)
    model = keras.Model(x, y + L.UpSampling2D()(L.MaxPooling2D()(y)))

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x: Tensor) -> Any:
            y = self.c(x)
            return y + F.interpolate(F.max_pool2d(y, 2), scale_factor=2)

    return model, Port()


@case
def a_curve_that_is_applied_again_and_again() -> Pair:
    x = keras.Input((4, 4, 3))
    rates = L.Conv2D(3, 3, padding="same", activation="tanh")(x)
    y = x
    for _ in range(9):
        y = y + rates * (y * y - y)

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x: Tensor) -> Any:
            rates = torch.tanh(self.c(x))
            for _ in range(9):
                x = x + rates * (x**2 - x)
            return x

    return keras.Model(x, y), Port()


def time_first() -> str:
    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.r = nn.LSTM(4, 5)

        def forward(self, x: Tensor) -> Any:
            return self.r(x)[0][-1]

    model = keras.Sequential([keras.Input((7, 4)), L.LSTM(5)])
    return parity.check(model, Port(), mapping={"inputs": {"0": "time_first"}}).verdict


def main() -> None:
    found = {name: report.verdict for name, report in CASES.checked().items()}
    print(json.dumps({"time_first_by_a_person_s_word": time_first(), **found}))


if __name__ == "__main__":
    main()

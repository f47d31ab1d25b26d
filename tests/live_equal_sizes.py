"""Live pairs whose sizes are equal, so that shapes tell nothing, for
tests/checking/test_live_field.py; a process of its own prints each verdict, the causes, and whether
the port agrees with them mended."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests import live_backend, live_numbers, live_two_masks
from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- A Dense along the rows of a square, in front of a Flatten ---
def rows(forward: Callable[..., Any], *between: Any) -> Pair:
    model = sequence((4, 4), L.Dense(4, activation="relu"), L.Flatten(), *between, L.Dense(3))
    parts = {"a": nn.Linear(4, 4), "b": nn.Linear(16, 5 if between else 3), "c": nn.Linear(5, 3)}
    return model, Port(forward, **{name: parts[name] for name in ("abc" if between else "ab")})


def along_rows(m: Any, x: Tensor) -> Tensor:
    return F.relu(m.a(x.mT).mT).flatten(1)


@case
def flattened_square() -> Pair:
    return rows(lambda m, x: m.b(F.relu(m.a(x)).flatten(1)))


@case
def rows_for_columns() -> Pair:
    return rows(lambda m, x: m.b(along_rows(m, x)))


@case
def rows_that_stay_columns() -> Pair:
    return rows(lambda m, x: m.b(F.relu(m.a(x.mT)).flatten(1)))


@case
def rows_for_columns_and_an_activation_lost() -> Pair:
    return rows(lambda m, x: m.c(m.b(along_rows(m, x))), L.Dense(5, activation="tanh"))


def pointwise(activation: nn.Module) -> Pair:
    """Convolutions of one step, which a port has as Linear: that reads Keras's own layout."""
    layers = L.Conv1D(6, 1, activation="relu"), L.LayerNormalization(epsilon=1e-5), L.Conv1D(6, 1)
    parts = nn.Linear(6, 6), activation, nn.LayerNorm(6), nn.Linear(6, 6)
    return sequence((6, 6), *layers), nn.Sequential(*parts)


@case
def convolutions_of_one_step_as_linears() -> Pair:
    return pointwise(nn.ReLU())


@case
def convolutions_of_one_step_as_linears_with_another_activation() -> Pair:
    return pointwise(nn.GELU())


@case
def a_cube_that_the_port_turns_and_pads_evenly() -> Pair:
    layers = L.Conv2D(6, 3, strides=2, padding="same"), L.ReLU(), L.Flatten(), L.Dense(3)

    def forward(m: Any, x: Tensor) -> Any:
        x = m.conv(x.permute(0, 3, 1, 2)).relu()
        return m.out(x.permute(0, 2, 3, 1).flatten(1))

    port = Port(forward, conv=nn.Conv2d(6, 6, 3, 2, 1), out=nn.Linear(54, 3))
    return sequence((6, 6, 6), *layers), port


@case
def turns_around_a_dense_lost() -> Pair:
    x = keras.Input((4, 4))
    y = L.Permute((2, 1))(L.Dense(4, activation="relu")(L.Permute((2, 1))(x)))
    model = keras.Model(x, L.Dense(3)(L.Flatten()(L.Add()([x, y]))))
    forward = lambda m, x: m.b((x + F.relu(m.a(x))).flatten(1))  # noqa: E731
    return model, Port(forward, a=nn.Linear(4, 4), b=nn.Linear(16, 3))


# --- Branches of one size, and axes of one length ---
def branches(join: Callable[[Any, Any], Tensor], axis: int = -1) -> Pair:
    x = keras.Input((4, 4))
    one, other = (L.Dense(4, activation="relu", name=name)(x) for name in "ab")
    model = keras.Model(x, L.Dense(3)(L.Flatten()(L.Concatenate(axis=axis)([one, other]))))
    forward = lambda m, x: m.c(join(F.relu(m.a(x)), F.relu(m.b(x))).flatten(1))  # noqa: E731
    return model, Port(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4), c=nn.Linear(32, 3))


@case
def branches_joined() -> Pair:
    return branches(lambda one, other: torch.cat([one, other], -1))


@case
def branches_joined_along_another_axis() -> Pair:
    return branches(lambda one, other: torch.cat([one, other], -1), axis=1)


@case
def branches_joined_the_other_way_round() -> Pair:
    x = keras.Input((8,))
    one, other = (L.Dense(5, activation="relu", name=name)(x) for name in "ab")
    model = keras.Model(x, L.Dense(3)(L.Concatenate()([one, other])))
    forward = lambda m, x: m.c(torch.cat([F.relu(m.b(x)), F.relu(m.a(x))], -1))  # noqa: E731
    return model, Port(forward, a=nn.Linear(8, 5), b=nn.Linear(8, 5), c=nn.Linear(10, 3))


@case
def cube_turned_the_other_way() -> Pair:
    turn = L.Permute((3, 1, 2))
    model = sequence((4, 4, 4), turn, L.Dense(5, activation="tanh"), L.Flatten(), L.Dense(2))
    forward = lambda m, x: m.b(torch.tanh(m.a(x.permute(0, 2, 3, 1))).flatten(1))  # noqa: E731
    return model, Port(forward, a=nn.Linear(4, 5), b=nn.Linear(80, 2))


@case
def gate_of_the_mean_of_another_axis() -> Pair:
    x = keras.Input((6, 6))
    gate = L.Dense(6, activation="sigmoid")(L.GlobalAveragePooling1D()(x))
    model = keras.Model(x, L.Dense(2)(L.Multiply()([x, L.Reshape((1, 6))(gate)])))
    forward = lambda m, x: m.b(x * torch.sigmoid(m.a(x.mean(2)))[:, None])  # noqa: E731
    return model, Port(forward, a=nn.Linear(6, 6), b=nn.Linear(6, 2))


# --- What is returned, whose axes are of one length ---
@case
def channels_returned_second() -> Pair:
    model = sequence((6, 6), L.Conv1D(6, 3, padding="same", activation="relu"))
    return model, Port(lambda m, x: F.relu(m.a(x)), a=nn.Conv1d(6, 6, 3, padding=1))


@case
def channels_of_an_attention_returned_second() -> Pair:
    x = keras.Input((6, 6))
    q, k, v = (L.Conv1D(6, 1, name=name)(x) for name in "qkv")
    model = keras.Model(x, L.Dot((2, 1))([L.Softmax()(L.Dot((2, 2))([q, k])), v]))

    def forward(m: Any, x: Tensor) -> Any:
        weights = (m.q(x).mT @ m.k(x)).softmax(-1)
        return m.v(x) @ weights.mT

    return model, Port(forward, **{name: nn.Conv1d(6, 6, 1) for name in "qkv"})


@case
def turn_at_the_end_lost() -> Pair:
    model = sequence((6, 6), L.Dense(6), L.Permute((2, 1)))
    return model, Port(lambda m, x: m.a(x), a=nn.Linear(6, 6))


@case
def turned_at_the_end() -> Pair:
    return sequence((6, 6), L.Dense(6)), Port(lambda m, x: m.a(x).mT, a=nn.Linear(6, 6))


@case
def softmax_of_likeness_over_the_other_axis() -> Pair:
    x = keras.Input((5, 8))
    unit = L.UnitNormalization()(x)
    model = keras.Model(x, L.Softmax()(L.Dot((2, 2))([unit, unit])))

    def forward(m: Any, x: Tensor) -> Any:
        unit = F.normalize(x, dim=-1)
        return (unit @ unit.mT).softmax(1)

    return model, Port(forward)


# --- Every other place of both axes, joined as a Swin's patches are merged ---
def merged(*starts: tuple[int, int]) -> Pair:
    x = keras.Input((6, 6, 3))
    y = L.Conv2D(4, 3, padding="same")(x)
    quarters = [y[:, n::2, m::2] for n, m in ((0, 0), (1, 0), (0, 1), (1, 1))]
    model = keras.Model(x, L.Dense(3)(L.Concatenate()(quarters)))

    def forward(m: Any, x: Tensor) -> Any:
        y = m.c(x).permute(0, 2, 3, 1)
        return m.d(torch.cat([y[:, n::2, m::2] for n, m in starts], -1))

    return model, Port(forward, c=nn.Conv2d(3, 4, 3, padding=1), d=nn.Linear(16, 3))


@case
def quarters_joined() -> Pair:
    return merged((0, 0), (1, 0), (0, 1), (1, 1))


@case
def quarters_joined_in_another_order() -> Pair:
    return merged((0, 0), (0, 1), (1, 0), (1, 1))


# --- Rotary positions, by a layer of one's own, with as many heads as steps and features of one ---
BASE, HEADS = 100.0, 4


def angles(steps: int, size: int) -> Any:
    return np.arange(steps)[:, None] / BASE ** (np.arange(0, size, 2) / size)


class Rotary(L.Layer):  # type: ignore[misc]
    """Features a half apart are turned together."""

    def call(self, x: Any) -> Any:
        by = np.tile(angles(x.shape[1], x.shape[-1]), 2)[:, None]
        one, other = ops.split(x, 2, -1)
        turned = ops.concatenate([-other, one], -1)
        cos, sin = (ops.cast(wave(by).astype("float32"), x.dtype) for wave in (np.cos, np.sin))
        return x * cos + turned * sin


def attending() -> Any:
    x = keras.Input((4, 16))
    names = ("q", "k", "v")
    q, k, v = (L.Reshape((4, HEADS, 4))(L.Dense(16, name=name)(x)) for name in names)
    q, k = Rotary(name="of_q")(q), Rotary(name="of_k")(k)
    q, k, v = (ops.transpose(each, (0, 2, 1, 3)) for each in (q, k, v))
    weights = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / 2.0, -1)
    y = ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3))
    return keras.Model(x, L.Dense(16, name="o")(L.Reshape((4, 16))(y)))


def waves(by: Any, like: Tensor) -> tuple[Tensor, Tensor]:
    angle = torch.tensor(by)[:, None]
    return angle.cos().float().to(like.dtype), angle.sin().float().to(like.dtype)


def by_halves(x: Tensor) -> Tensor:
    cos, sin = waves(np.tile(angles(4, 4), 2), x)
    one, other = x.chunk(2, -1)
    return x * cos + torch.cat([-other, one], -1) * sin


def by_neighbours(x: Tensor) -> Tensor:
    cos, sin = waves(angles(4, 4).repeat(2, -1), x)
    return x * cos + torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2) * sin


def attention(of_q: Callable[[Tensor], Tensor], of_k: Callable[[Tensor], Tensor]) -> nn.Module:
    def forward(m: Any, x: Tensor) -> Any:
        q, k, v = (layer(x).view(len(x), 4, HEADS, 4) for layer in (m.q, m.k, m.v))
        q, k, v = (each.transpose(1, 2) for each in (of_q(q), of_k(k), v))
        y = F.scaled_dot_product_attention(q, k, v)
        return m.o(y.transpose(1, 2).reshape(len(x), 4, 16))

    return Port(forward, **{name: nn.Linear(16, 16) for name in "qkvo"})


@case
def rotary() -> Pair:
    return attending(), attention(by_halves, by_halves)


@case
def rotary_by_neighbours() -> Pair:
    return attending(), attention(by_neighbours, by_neighbours)


@case
def rotary_by_other_waves() -> Pair:
    """No cause is known yet; none that another layout makes look right may be named."""
    return attending(), attention(*[lambda x: torch.sin(x) + torch.cos(x)] * 2)


@case
def rotary_added_to_waves() -> Pair:
    return attending(), attention(*[lambda x: torch.sin(x) + by_halves(x)] * 2)


def main() -> None:
    further = live_two_masks.CASES | live_numbers.CASES | live_backend.CASES
    reports = Cases(CASES | further).checked()
    told = {n: [x.verdict, sorted({*causes(x)}), x.mended] for n, x in reports.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

"""Live pairs whose ports write layers in steps of their own, for tests/checking/test_live_field.py;
a process of its own prints each verdict, the causes, and whether the port agrees with them
mended."""

import json
import math
from collections.abc import Callable
from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- What a layer of one's own does stands among the steps of the next ---
class Gated(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        one, other = ops.split(x, 2, -1)
        return one * ops.sigmoid(other)


def gated(first: int) -> Pair:
    def forward(m: Any, x: Any) -> Any:
        parts = m.a(x).chunk(2, 1)
        return m.b(parts[first] * parts[1 - first].sigmoid())

    model = sequence((6, 4), L.Conv1D(10, 3), Gated(name="gated"), L.Conv1D(3, 1))
    return model, Port(forward, a=nn.Conv1d(4, 10, 3), b=nn.Conv1d(5, 3, 1))


@case
def gated_by_the_second_half() -> Pair:
    return gated(0)


@case
def gated_by_the_first_half() -> Pair:
    return gated(1)


# --- Parts of one value, and values that were changed ---
def modulated(is_turned: bool) -> Pair:
    x, z = keras.Input((6, 4)), keras.Input((3,))
    scale, shift = ops.split(L.Dense(8)(z), 2, axis=-1)
    model = keras.Model([x, z], L.Dense(2)(x * (1 + scale[:, None]) + shift[:, None]))

    def forward(m: Any, x: Any, z: Any) -> Any:
        scale, shift = m.both(z).chunk(2, 1)
        if is_turned:
            scale, shift = shift, scale
        return m.out(x * (1 + scale[:, None]) + shift[:, None])

    return model, Port(forward, both=nn.Linear(3, 8), out=nn.Linear(4, 2))


@case
def scale_and_shift() -> Pair:
    return modulated(False)


@case
def shift_and_scale() -> Pair:
    return modulated(True)


@case
def skip_spoilt_by_an_addition_in_place() -> Pair:
    x = keras.Input((6,))
    h = L.Dense(5, activation="tanh")(x)
    model = keras.Model(x, L.Concatenate()([h, L.Dense(3)(h + L.Dense(5)(h))]))

    def forward(m: Any, x: Any) -> Any:
        h = torch.tanh(m.a(x))
        y = h
        y += m.b(h)
        return torch.cat([h, m.c(y)], 1)

    return model, Port(forward, a=nn.Linear(6, 5), b=nn.Linear(5, 5), c=nn.Linear(5, 3))


# --- Steps in another order than the port can run ---
def encoder(norm_first: bool) -> Pair:
    def norm() -> Any:
        return L.LayerNormalization(epsilon=1e-5)

    x = keras.Input((5, 8))
    h = norm()(x)
    y = L.Add()([x, L.MultiHeadAttention(2, 4)(h, h)])
    y = L.Add()([y, L.Dense(8)(L.Dense(16, activation="relu")(norm()(y)))])
    port = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=norm_first)
    return keras.Model(x, y), port


@case
def encoder_that_normalises_first() -> Pair:
    return encoder(True)


@case
def encoder_that_normalises_last() -> Pair:
    return encoder(False)


# --- Constants in float32, and tables that are no weights ---
class Positions(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        places = ops.cast(ops.arange(6), x.dtype)[:, None]
        rates = ops.exp(ops.cast(ops.arange(0, 8, 2), x.dtype) * (-math.log(100.0) / 8))
        return x + ops.reshape(
            ops.stack([ops.sin(places * rates), ops.cos(places * rates)], -1), (6, 8)
        )


class Placed(nn.Module):
    table: Tensor

    def __init__(self, is_joined: bool) -> None:
        super().__init__()
        angles = torch.arange(6)[:, None] * torch.exp(
            torch.arange(0, 8, 2) * (-math.log(100.0) / 8)
        )
        waves = [angles.sin(), angles.cos()]
        table = torch.cat(waves, 1) if is_joined else torch.stack(waves, -1).flatten(1)
        self.register_buffer("table", table)
        self.out = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(F.relu(x + self.table))


def placed(is_joined: bool) -> Pair:
    return sequence((6, 8), Positions(), L.ReLU(), L.Dense(2)), Placed(is_joined)


@case
def positions_in_a_table_of_float32() -> Pair:
    return placed(False)


@case
def positions_joined_where_they_are_interleaved() -> Pair:
    return placed(True)


class Window(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x * (0.6 - 0.5 * ops.cos(ops.cast(ops.arange(8), x.dtype) * (math.pi / 4)))


def windowed(window: Tensor) -> Pair:
    """A window that is no buffer, in a port that is run in float64, too."""
    port = Port(lambda m, x: m.d(x * window), d=nn.Linear(8, 3))
    return sequence((8,), Window(), L.Dense(3)), port


@case
def window_in_an_attribute_of_float32() -> Pair:
    return windowed(torch.hann_window(8) + 0.1)


@case
def window_of_half_the_places() -> Pair:
    return windowed((torch.hann_window(8) + 0.1).half().float())


# --- A number, and axes of equal length ---
@case
def another_offset_in_a_logarithm() -> Pair:
    x = keras.Input((6,))
    model = keras.Model(x, L.Dense(3)(ops.log(ops.square(x) + 0.01)))
    return model, Port(lambda m, x: m.d((x**2 + 0.001).log()), d=nn.Linear(6, 3))


@case
def causal_on_a_square_padded_at_both_sides() -> Pair:
    model = sequence((6, 6), L.Conv1D(6, 3, padding="causal"), L.ReLU(), L.Conv1D(6, 1))

    def forward(m: Any, x: Any) -> Any:
        return m.b(F.relu(m.a(F.pad(x.transpose(1, 2), (1, 1))))).transpose(1, 2)

    return model, Port(forward, a=nn.Conv1d(6, 6, 3), b=nn.Conv1d(6, 6, 1))


# --- Layers that take several values ---
def of_two(layer: Any, op: Callable[[Any, Any], Any]) -> Pair:
    x = keras.Input((6, 4))
    a, b = L.Conv1D(3, 1, activation="tanh")(x), L.Conv1D(3, 1, activation="relu")(x)
    parts = {"a": nn.Conv1d(4, 3, 1), "b": nn.Conv1d(4, 3, 1)}

    def forward(m: Any, x: Any) -> Any:
        return m.c(op(torch.tanh(m.a(x)), F.relu(m.b(x))))

    model = keras.Model(x, L.Conv1D(2, 1)(layer([a, b])))
    width = model.layers[-1].kernel.shape[1]
    return model, Port(forward, **parts, c=nn.Conv1d(width, 2, 1))


@case
def joined_with_itself() -> Pair:
    return of_two(L.Concatenate(), lambda a, b: torch.cat([b, b], 1))


@case
def multiplied_with_itself() -> Pair:
    return of_two(L.Multiply(), lambda a, b: a * a)


@case
def skip_that_the_second_block_lost() -> Pair:
    class Block(nn.Module):
        def __init__(self, is_residual: bool) -> None:
            super().__init__()
            self.dense, self.is_residual = nn.Linear(4, 4), is_residual

        def forward(self, x: Any) -> Any:
            y = F.relu(self.dense(x))
            return x + y if self.is_residual else y

    x = y = keras.Input((4,))
    for _ in range(2):
        y = y + L.Dense(4, "relu")(y)
    return keras.Model(x, L.Dense(2)(y)), nn.Sequential(Block(True), Block(False), nn.Linear(4, 2))


@case
def skips_of_which_the_last_is_returned() -> Pair:
    x = h = keras.Input((4,))
    skips = []
    for _ in range(3):
        y = L.Dense(4, "tanh")(h)
        skips.append(L.Dense(4)(y))
        h = h + y
    parts = {"dense": [nn.Linear(4, 4) for _ in range(3)], "skip": [nn.Linear(4, 4) for _ in "abc"]}

    def forward(m: Any, x: Any) -> Any:
        for dense, skip in zip(m.dense, m.skip, strict=True):
            y = torch.tanh(dense(x))
            total = skip(y)  # where Keras adds them all
            x = x + y
        return m.out(F.relu(total))

    lists = {name: nn.ModuleList(layers) for name, layers in parts.items()}
    model = keras.Model(x, L.Dense(2)(L.ReLU()(L.Add()(skips))))
    return model, Port(forward, **lists, out=nn.Linear(4, 2))


def spoilt(of: Callable[[Any], Any]) -> Pair:
    """of: another name of the same memory, which is taken behind what works in place."""
    x = keras.Input((6, 4))
    h = L.Dense(4)(x)
    model = keras.Model(x, L.Add()([L.Dense(4)(L.ReLU()(h)), h]))

    def forward(m: Any, x: Any) -> Any:
        h = m.a(x)
        kept = of(h)
        y = m.b(F.relu(h, inplace=True))
        return y + of(kept)

    return model, Port(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4))


@case
def skip_spoilt_through_a_view() -> Pair:
    return spoilt(lambda h: h.transpose(0, 1))


@case
def joined_behind_an_addition_in_place() -> Pair:
    x = keras.Input((6,))
    h = L.Dense(5, activation="tanh")(x)
    model = keras.Model(x, L.Concatenate()([h, h + L.Dense(5)(h)]))

    def forward(m: Any, x: Any) -> Any:
        h = torch.tanh(m.a(x))
        y = h
        y += m.b(h)
        return torch.cat([h, y], 1)

    return model, Port(forward, a=nn.Linear(6, 5), b=nn.Linear(5, 5))


# --- Arithmetic with a number, which the port lost ---
def with_number(op: Callable[[Any], Any]) -> Pair:
    x = keras.Input((5,))
    model = keras.Model(x, L.Dense(2)(op(L.Dense(4)(x))))
    return model, nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 2))


@case
def scale_lost() -> Pair:
    return with_number(lambda x: x * 4**0.5)


@case
def complement_lost() -> Pair:
    return with_number(lambda x: 1.0 - x)


def main() -> None:
    reports = CASES.checked()
    told = {n: [x.verdict, sorted({*causes(x)}), x.mended] for n, x in reports.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

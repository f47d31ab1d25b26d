"""Live pairs whose port lacks a step of Keras's, or its right place, and those of live_blocks.py,
live_loops.py, live_own_layers.py and live_own_faults.py, for tests/checking/test_live_field.py."""

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

from tests import live_blocks, live_loops, live_own_faults, live_own_layers
from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- A skip around two layers ---
def skipping(joined: Callable[[Tensor, Tensor], Tensor]) -> Pair:
    x = keras.Input((6, 4))
    h = L.Dense(5, activation="tanh")(x)
    y = L.ReLU()(L.Add()([L.Dense(5)(h), h]))

    def forward(m: Any, x: Tensor) -> Any:
        h = torch.tanh(m.a(x))
        return m.c(joined(m.b(h), h))

    parts = {"a": nn.Linear(4, 5), "b": nn.Linear(5, 5), "c": nn.Linear(5, 2)}
    return keras.Model(x, L.Dense(2)(y)), Port(forward, **parts)


@case
def skip_added() -> Pair:
    return skipping(lambda y, h: F.relu(y + h))


@case
def skip_lost() -> Pair:
    return skipping(lambda y, h: F.relu(y))


# --- A skip from features that the port has channels first ---
def behind_a_convolution(joined: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Pair:
    x = keras.Input((6, 3))
    h = L.Dense(4)(x)
    normal = L.LayerNormalization(epsilon=1e-5)(h)
    model = keras.Model(x, L.Dense(2)(L.Dense(4, activation="tanh")(normal) + normal))

    def forward(m: Any, x: Tensor) -> Any:
        h = m.a(x.mT).mT
        normal = m.n(h)
        return m.c(joined(torch.tanh(m.b(normal)), normal, h))

    parts = {"a": nn.Conv1d(3, 4, 1), "n": nn.LayerNorm(4)}
    return model, Port(forward, **parts, b=nn.Linear(4, 4), c=nn.Linear(4, 2))


@case
def skip_from_in_front_of_the_normalisation() -> Pair:
    return behind_a_convolution(lambda y, normal, h: y + h)


@case
def skip_behind_a_convolution_lost() -> Pair:
    x = keras.Input((6, 3))
    h = L.Dense(4)(x)
    y = L.Dense(4, activation="tanh")(L.LayerNormalization(epsilon=1e-5)(h))
    model = keras.Model(x, L.Dense(2)(y + h))

    def forward(m: Any, x: Tensor) -> Any:
        return m.c(torch.tanh(m.b(m.n(m.a(x.mT).mT))))

    parts = {"a": nn.Conv1d(3, 4, 1), "n": nn.LayerNorm(4)}
    return model, Port(forward, **parts, b=nn.Linear(4, 4), c=nn.Linear(4, 2))


# --- Likeness that is normalised along both axes, and dropped in training ---
@case
def likeness_not_divided_by_its_sums() -> Pair:
    x = keras.Input((6, 3))
    y = L.Softmax(axis=1)(L.Dense(4)(x))
    y = L.Dropout(0.2)(y / (1e-9 + ops.sum(y, -1, keepdims=True)))
    parts = {"a": nn.Linear(3, 4), "b": nn.Linear(4, 2)}
    port = Port(lambda m, x: m.b(m.a(x).softmax(1)), **parts)
    return keras.Model(x, L.Dense(2)(y)), port


# --- Both directions of one value ---
def both_ways(joined: Callable[[Tensor], Tensor]) -> Pair:
    x = keras.Input((6, 4))
    h = L.Dense(5, activation="tanh")(x)
    y = L.Concatenate()([h, ops.flip(h, 1)])

    def forward(m: Any, x: Tensor) -> Any:
        return m.b(joined(torch.tanh(m.a(x))))

    return keras.Model(x, L.Dense(2)(y)), Port(forward, a=nn.Linear(4, 5), b=nn.Linear(10, 2))


@case
def joined_with_its_reverse() -> Pair:
    return both_ways(lambda h: torch.cat([h, h.flip(1)], -1))


@case
def joined_with_itself() -> Pair:
    return both_ways(lambda h: torch.cat([h, h], -1))


# --- An attention of a person's own, with one key and value for all heads ---
class Attending(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = L.Dense(8), L.Dense(4), L.Dense(4)

    def call(self, x: Any) -> Any:
        q = ops.reshape(self.q(x), (-1, 5, 2, 4))
        scores = ops.einsum("nqhd,nkd->nhqk", q, self.k(x)) / 2.0
        later = ops.cast(ops.triu(ops.ones((5, 5)), 1), scores.dtype)
        scores = ops.softmax(scores - 1e9 * later, -1)
        return ops.reshape(ops.einsum("nhqk,nkd->nqhd", scores, self.v(x)), (-1, 5, 8))


def attending(factor: float, is_causal: bool) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        q = m.q(x).unflatten(-1, (2, 4)).transpose(1, 2)
        scores = q @ m.k(x).transpose(1, 2)[:, None]
        if factor != 1.0:
            scores = scores * factor
        if is_causal:
            blocked = torch.ones(5, 5, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(blocked, float("-inf"))
        return m.out((scores.softmax(-1) @ m.v(x)[:, None]).transpose(1, 2).flatten(2))

    parts = {"q": nn.Linear(6, 8), "k": nn.Linear(6, 4), "v": nn.Linear(6, 4)}
    return sequence((5, 6), Attending(), L.Dense(2)), Port(forward, **parts, out=nn.Linear(8, 2))


@case
def scores_masked_and_scaled() -> Pair:
    return attending(0.5, True)


@case
def scores_not_scaled() -> Pair:
    return attending(1.0, True)


@case
def scores_not_masked() -> Pair:
    return attending(0.5, False)


# --- A sequence, a step late ---
def late(shifted: Callable[[Tensor], Tensor]) -> Pair:
    x = keras.Input((6, 4))
    h = L.Dense(5, activation="tanh")(x)
    y = h - ops.pad(h, ((0, 0), (1, 0), (0, 0)))[:, :-1]

    def forward(m: Any, x: Tensor) -> Any:
        h = torch.tanh(m.a(x))
        return m.b(h - shifted(h))

    return keras.Model(x, L.Dense(2)(y)), Port(forward, a=nn.Linear(4, 5), b=nn.Linear(5, 2))


@case
def a_step_late() -> Pair:
    return late(lambda h: F.pad(h, (0, 0, 1, 0))[:, :-1])


@case
def a_step_early() -> Pair:
    return late(lambda h: F.pad(h, (0, 0, 0, 1))[:, 1:])


# --- A table of positions that is made otherwise ---
class Positions(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x + ops.cast(ops.convert_to_tensor(positions(0, 0.1)), x.dtype)


def positions(start: int, rate: float) -> Any:
    angles = np.arange(start, start + 6)[:, None] * rate ** np.arange(2)
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(6, 4)


class Placed(nn.Module):
    table: Tensor

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)
        self.register_buffer("table", torch.tensor(table, dtype=torch.float32))

    def forward(self, x: Tensor) -> Any:
        return self.b(torch.tanh(self.a(x) + self.table.to(x.dtype)))


def placed(table: Any) -> Pair:
    return sequence((6, 3), L.Dense(4), Positions(), L.Activation("tanh"), L.Dense(2)), Placed(
        table
    )


@case
def positions_of_keras() -> Pair:
    return placed(positions(0, 0.1))


@case
def positions_of_another_rate() -> Pair:
    return placed(positions(0, 0.5))


@case
def positions_from_one_on() -> Pair:
    return placed(positions(1, 0.1))


@case
def cosines_before_sines() -> Pair:
    return placed(positions(0, 0.1)[:, [1, 0, 3, 2]])


# --- Statistics that Keras adapted to
def adapted(normalised: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Pair:
    data = np.random.default_rng(0).normal(3, [1, 2, 4], (50, 3)).astype("float32")
    layer = L.Normalization()
    layer.adapt(data)
    mean, variance = (torch.tensor(np.array(x)).reshape(-1) for x in (layer.mean, layer.variance))

    def forward(m: Any, x: Tensor) -> Any:
        return m.a(normalised(x, mean.to(x), variance.to(x)))

    return sequence((4, 3), layer, L.Dense(2)), Port(forward, a=nn.Linear(3, 2))


@case
def statistics_applied() -> Pair:
    return adapted(lambda x, mean, variance: (x - mean) / variance.sqrt())


@case
def statistics_lost() -> Pair:
    return adapted(lambda x, mean, variance: x)


@case
def divided_by_the_variance() -> Pair:
    return adapted(lambda x, mean, variance: (x - mean) / variance)


@case
def slopes_lost() -> Pair:
    """A PReLU has weights, which a ReLU has no place for."""
    slopes = L.PReLU(shared_axes=[1, 2])
    port = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 2))
    return sequence((5, 5, 3), L.Conv2D(4, 3), slopes, L.Flatten(), L.Dense(2)), port


def main() -> None:
    others = live_loops.CASES | live_own_layers.CASES | live_own_faults.CASES | live_blocks.CASES
    reports = Cases(CASES | others).checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

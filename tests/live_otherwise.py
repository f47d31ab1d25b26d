"""Live pairs whose port takes a value, an element or an axis otherwise than Keras, or goes without
one, for tests/checking/test_live_field.py."""

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

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- Scores, and what they weigh ---
def weighed(attended: Callable[[Tensor, Tensor], Tensor]) -> Pair:
    x = keras.Input((5, 6))
    q, k, v = (L.Dense(6)(x) for _ in range(3))
    scores = ops.softmax(ops.einsum("bid,bjd->bij", q, k))
    y = L.Dense(2)(ops.einsum("bij,bjd->bid", scores, v))

    def forward(m: Any, x: Tensor) -> Any:
        q, k, v = m.qkv(x).chunk(3, -1)
        return m.o(attended(torch.softmax(torch.einsum("bid,bjd->bij", q, k), -1), v))

    return keras.Model(x, y), Port(forward, qkv=nn.Linear(6, 18), o=nn.Linear(6, 2))


@case
def values_of_keys() -> Pair:
    return weighed(lambda scores, v: torch.einsum("bij,bjd->bid", scores, v))


@case
def values_of_queries() -> Pair:
    return weighed(lambda scores, v: torch.einsum("bij,bid->bjd", scores, v))


def distant(slopes: tuple[float, float], sign: float, is_packed: bool) -> Pair:
    """Scores fall with the distance, of each head in its own way."""
    x, steps = keras.Input((7, 8)), np.arange(7)
    distances = -np.abs(steps[:, None] - steps).astype("float32")
    falling = distances * np.array([0.25, 0.0625], "float32")[:, None, None]

    def heads(y: Any) -> Any:
        return ops.transpose(ops.reshape(y, (-1, 7, 2, 4)), (0, 2, 1, 3))

    q, k, v = (heads(L.Dense(8)(x)) for _ in range(3))
    scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / 2.0 + ops.convert_to_tensor(falling)
    y = ops.transpose(ops.matmul(ops.softmax(scores), v), (0, 2, 1, 3))
    model = keras.Model(x, L.Dense(3)(ops.reshape(y, (-1, 7, 8))))

    def forward(m: Any, x: Tensor) -> Any:
        places = torch.arange(x.shape[1])
        apart = sign * (places[:, None] - places).abs().to(x)
        bias = torch.tensor(slopes).to(x)[:, None, None] * apart
        each = m.qkv(x).chunk(3, -1) if is_packed else (m.q(x), m.k(x), m.v(x))
        q, k, v = (y.unflatten(-1, (2, 4)).transpose(1, 2) for y in each)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return m.o(y.transpose(1, 2).flatten(2))

    apart = {name: nn.Linear(8, 8) for name in "qkv"}
    parts = {"qkv": nn.Linear(8, 24)} if is_packed else apart
    return model, Port(forward, **parts, o=nn.Linear(8, 3))


@case
def scores_that_fall_with_the_distance() -> Pair:
    return distant((0.25, 0.0625), -1, is_packed=True)


@case
def scores_that_fall_in_each_other_s_way() -> Pair:
    return distant((0.0625, 0.25), -1, is_packed=False)


@case
def scores_that_rise_with_the_distance() -> Pair:
    return distant((0.25, 0.0625), 1, is_packed=True)


# --- What is repeated ---
def spread(repeated: Callable[[Tensor], Tensor]) -> Pair:
    parts = {"a": nn.Linear(4, 6), "b": nn.Linear(6, 2)}
    port = Port(lambda m, x: m.b(repeated(torch.relu(m.a(x)))), **parts)
    return sequence((5, 4), L.Dense(6, "relu"), L.UpSampling1D(3), L.Dense(2)), port


@case
def each_step_repeated() -> Pair:
    return spread(lambda x: x.repeat_interleave(3, 1))


@case
def all_steps_repeated() -> Pair:
    return spread(lambda x: x.repeat(1, 3, 1))


@case
def each_step_for_all() -> Pair:
    tiled = L.Lambda(lambda x: ops.tile(x, (1, 3, 1)))
    model = sequence((5, 4), L.Dense(6, "relu"), tiled, L.Dense(2))
    return model, spread(lambda x: x.repeat_interleave(3, 1))[1]


def grouped(repeated: Callable[[Tensor], Tensor]) -> Pair:
    """Two heads of keys and values for four of queries."""
    x = keras.Input((6, 8))

    def heads(count: int) -> Any:
        y = L.Dense(2 * count, use_bias=False)(x)
        return ops.repeat(ops.reshape(y, (-1, 6, count, 2)), 4 // count, axis=2)

    q, k, v = heads(4), heads(2), heads(2)
    scores = ops.softmax(ops.einsum("bqhd,bkhd->bhqk", q, k) / 2.0**0.5)
    y = ops.reshape(ops.einsum("bhqk,bkhd->bqhd", scores, v), (-1, 6, 8))

    def forward(m: Any, x: Tensor) -> Any:
        q = m.q(x).unflatten(-1, (4, 2)).transpose(1, 2)
        k, v = (own(x).unflatten(-1, (2, 2)).transpose(1, 2) for own in (m.k, m.v))
        y = F.scaled_dot_product_attention(q, repeated(k), repeated(v))
        return m.o(y.transpose(1, 2).flatten(2))

    widths = {"q": 8, "k": 4, "v": 4}
    parts = {name: nn.Linear(8, width, bias=False) for name, width in widths.items()}
    return keras.Model(x, L.Dense(3)(y)), Port(forward, **parts, o=nn.Linear(8, 3))


@case
def two_heads_for_each_pair() -> Pair:
    return grouped(lambda x: x.repeat_interleave(2, 1))


@case
def two_heads_in_turns() -> Pair:
    return grouped(lambda x: x.repeat(1, 2, 1, 1))


# --- The nearest ---
class Codes(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.codes = self.add_weight(shape=(shape[-1], 7), initializer="uniform", name="codes")

    def call(self, x: Any) -> Any:
        apart = ops.sum(x**2, -1, keepdims=True) - 2 * ops.matmul(x, self.codes)
        nearest = ops.argmin(apart + ops.sum(self.codes**2, 0), -1)
        return ops.take(ops.transpose(self.codes), nearest, axis=0)


def coded(place: Callable[[Tensor], Tensor]) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        apart = (m.a(x).unsqueeze(-2) - m.codes.weight).pow(2).sum(-1)
        return m.b(m.codes(place(apart)))

    parts = {"a": nn.Linear(4, 3), "codes": nn.Embedding(7, 3), "b": nn.Linear(3, 4)}
    return sequence((6, 4), L.Dense(3), Codes(), L.Dense(4)), Port(forward, **parts)


@case
def nearest_codes() -> Pair:
    return coded(lambda x: x.argmin(-1))


@case
def farthest_codes() -> Pair:
    return coded(lambda x: x.argmax(-1))


def far(distance: Callable[[Tensor, Tensor], Tensor]) -> Any:
    one, two = keras.Input((5,), name="one"), keras.Input((5,), name="two")
    layer = L.Dense(4)
    squares = ops.sum(ops.square(layer(one) - layer(two)), axis=1, keepdims=True)
    model = keras.Model([one, two], ops.sqrt(squares))
    values = np.random.default_rng(0).normal(size=(2, 6, 5)).astype("float32")
    port = Port(lambda m, x, y: distance(m.a(x), m.a(y)), a=nn.Linear(5, 4))
    return model, port, {"one": values[0], "two": values[1]}


@case
def distances_by_a_norm() -> Any:
    return far(lambda x, y: (x - y).norm(dim=1, keepdim=True))


@case
def distances_with_an_epsilon() -> Any:
    return far(lambda x, y: F.pairwise_distance(x, y, keepdim=True))


# --- A branch without weights ---
def crossed(joined: Callable[[Tensor, Tensor], Tensor], *, is_bound: bool = False) -> Pair:
    x = keras.Input((6,))
    each = [L.Dense(4)(x) for _ in range(3)]
    rows = ops.stack(each, 1)
    pairs = ops.square(ops.sum(rows, 1)) - ops.sum(ops.square(rows), 1)
    flat = L.Dense(1)(L.Concatenate()(each))
    y = L.Add()([flat, 0.5 * ops.sum(pairs, 1, keepdims=True)])
    model = keras.Model(x, L.Activation("sigmoid")(y) if is_bound else y)

    def forward(m: Any, x: Tensor) -> Any:
        each = [own(x) for own in m.a]
        rows = torch.stack(each, 1)
        pairs = rows.sum(1) ** 2 - (rows**2).sum(1)
        y = joined(m.b(torch.cat(each, 1)), 0.5 * pairs.sum(1, keepdim=True))
        return torch.sigmoid(y) if is_bound else y

    rows_of = nn.ModuleList(nn.Linear(6, 4) for _ in range(3))
    return model, Port(forward, a=rows_of, b=nn.Linear(12, 1))


@case
def products_of_pairs() -> Pair:
    return crossed(lambda x, pairs: x + pairs)


@case
def products_of_pairs_lost() -> Pair:
    return crossed(lambda x, pairs: x)


@case
def products_of_pairs_lost_inside() -> Pair:
    return crossed(lambda x, pairs: x, is_bound=True)


# --- Two cells in one loop ---
def stepped(taken: int) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        states = [(x.new_zeros(len(x), 4), x.new_zeros(len(x), 4)) for _ in m.cells]
        for value in x.unbind(1):
            states[0] = m.cells[0](value, states[0])
            states[1] = m.cells[1](states[0][0], states[1])
        return m.o(states[-1][taken])

    cells = nn.ModuleList([nn.LSTMCell(3, 4), nn.LSTMCell(4, 4)])
    model = sequence((4, 3), L.LSTM(4, return_sequences=True), L.LSTM(4), L.Dense(2))
    return model, Port(forward, cells=cells, o=nn.Linear(4, 2))


@case
def two_cells_in_a_loop() -> Pair:
    return stepped(0)


@case
def the_second_cell_s_own_state() -> Pair:
    return stepped(1)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

"""More ports for tests/live_placed.py: tables that they hold in another way than Keras does."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Waves(L.Layer):  # type: ignore[misc]
    """Keeps its frequencies as a weight that nothing trains."""

    def build(self, shape: Any) -> None:
        self.waves = self.add_weight(shape=shape[-1:], name="waves", trainable=False)
        self.waves.assign(0.5 ** ops.arange(shape[-1], dtype="float32"))

    def call(self, x: Any) -> Any:
        return ops.sin(x * self.waves)


class OneBuffer(nn.Module):
    waves: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.register_buffer("waves", 0.5 ** torch.arange(6))

    def forward(self, x: Tensor) -> Any:
        for layer in (self.first, self.second):
            x = torch.sin(layer(x) * self.waves)
        return x


@case
def frequencies_that_every_layer_of_keras_has_and_the_port_once() -> Any:
    layers = L.Dense(6), Waves(), L.Dense(6), Waves()
    return keras.Sequential([keras.Input((6,)), *layers]), OneBuffer()


WINDOW = 4


class Windowed(L.Layer):  # type: ignore[misc]
    """Attention in a window: query, key and value in one Dense, and a table of biases beside it."""

    def build(self, shape: Any) -> None:
        width = shape[-1]
        self.table = self.add_weight(shape=(2 * WINDOW - 1, 2), name="bias_table")
        self.qkv, self.out = L.Dense(3 * width, name="qkv"), L.Dense(width, name="projection")
        self.qkv.build(shape)
        self.out.build(shape)

    def call(self, x: Any) -> Any:
        heads = ops.reshape(self.qkv(x), (-1, WINDOW, 3, 2, x.shape[-1] // 2))
        q, k, v = (heads[:, :, place] for place in range(3))
        place = ops.arange(WINDOW)
        biases = ops.take(self.table, place[:, None] - place[None] + WINDOW - 1, axis=0)
        scores = ops.einsum("nqhd,nkhd->nhqk", q, k) / 2 + ops.transpose(biases, (2, 0, 1))
        found = ops.einsum("nhqk,nkhd->nqhd", ops.softmax(scores), v)
        return self.out(ops.reshape(found, (-1, WINDOW, x.shape[-1])))


class Apart(nn.Module):
    places: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.bias_table = nn.Parameter(torch.zeros(2 * WINDOW - 1, 2))
        place = torch.arange(WINDOW)
        self.register_buffer("places", place[:, None] - place[None] + WINDOW - 1)

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            one(x).view(-1, WINDOW, 2, 4).transpose(1, 2)
            for one in (self.q_proj, self.k_proj, self.v_proj)
        )
        biases = self.bias_table[self.places].permute(2, 0, 1)
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=biases[None])
        return self.out(found.transpose(1, 2).flatten(2))


class Windows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Apart() for _ in range(2))

    def forward(self, x: Tensor) -> Any:
        for block in self.blocks:
            x = x + block(x)
        return x


@case
def packed_kernels_beside_tables_with_an_index_in_a_buffer() -> Any:
    first = x = keras.Input((WINDOW, 8))
    for number in range(2):
        x = L.Add()([x, Windowed(name=f"blocks_{number}")(x)])
    return keras.Model(first, x), Windows()


class Typed(nn.Module):
    """Positions counted from two on, in a longer table, and types of tokens which are all one."""

    def __init__(self, approximate: str, has_types: bool = True) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(11, 8), nn.Embedding(8, 8)
        if has_types:
            self.types = nn.Embedding(1, 8)
        self.dense, self.last = nn.Linear(8, 8), nn.Linear(8, 2)
        self.approximate = approximate

    def forward(self, ids: Tensor) -> Any:
        x = self.tokens(ids) + self.positions(torch.arange(6) + 2)
        if hasattr(self, "types"):
            x = x + self.types(torch.zeros_like(ids))
        return self.last(F.gelu(self.dense(x), approximate=self.approximate))


class Positions(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(6, 8), name="embeddings")

    def call(self, x: Any) -> Any:
        return ops.broadcast_to(self.table, ops.shape(x))


def typed(port: nn.Module) -> Any:
    ids = keras.Input((6,), dtype="int32")
    tokens = L.Embedding(11, 8)(ids)
    x = L.Add()([tokens, Positions(name="positions")(tokens)])
    x = L.Dense(2)(L.Dense(8, activation="gelu")(x))
    given = np.random.default_rng(0).integers(0, 11, (3, 6)).astype("int32")
    return keras.Model(ids, x), port, given


@case
def a_table_that_keras_has_not_beside_another_activation() -> Any:
    return typed(Typed("tanh"))


@case
def a_table_that_keras_has_not() -> Any:
    return typed(Typed("none"))


class WithoutPadding(Typed):
    """Counts no padding, whose position is a row that Keras has not."""

    def forward(self, ids: Tensor) -> Any:
        is_token = (ids != 0).long()
        x = self.tokens(ids) + self.positions(is_token.cumsum(1) * is_token + 1)
        return self.last(F.gelu(self.dense(x)))


@case
def padding_at_another_position_in_a_longer_table() -> Any:
    model, port, given = typed(WithoutPadding("none", has_types=False))
    given = np.maximum(given, 1)
    given[1, 4:] = 0
    return model, port, given


class Scored(L.Layer):  # type: ignore[misc]
    """Scores of heads, by a weight (units, heads, 1)."""

    def build(self, shape: Any) -> None:
        self.attention = self.add_weight(shape=(4, 2, 1), name="attention", initializer="normal")

    def call(self, x: Any) -> Any:
        return ops.einsum("nthu,uho->nth", x, self.attention)


class ScoredPort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.out = nn.Parameter(torch.randn(1, 1, 2, 4)), nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Any:
        return self.out((x * self.attention).sum(-1).flatten(1))


@case
def a_matrix_the_other_way_round_among_axes_of_one() -> Any:
    model = keras.Sequential([keras.Input((5, 2, 4)), Scored(), L.Flatten(), L.Dense(3)])
    return model, ScoredPort()


def numbered(is_batched: bool = False) -> Any:
    """Rows of a table that Keras looks up while its graph is made; the port's is longer."""
    x = keras.Input((8, 6))
    y = L.Dense(6)(x) + L.Embedding(8, 6)(ops.arange(8))
    table = torch.randn(1, 12, 6) if is_batched else torch.randn(12, 6)

    class Longer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.table = nn.Linear(6, 6), nn.Linear(6, 3), nn.Parameter(table)

        def forward(self, x: Tensor) -> Any:
            return self.b(self.a(x) + self.table[..., :8, :])

    return keras.Model(x, L.Dense(3)(y)), Longer()


@case
def a_longer_table_than_the_rows_of_a_graph() -> Any:
    return numbered()


@case
def a_longer_table_with_an_axis_of_one() -> Any:
    return numbered(is_batched=True)

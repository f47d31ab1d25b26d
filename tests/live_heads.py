"""Live pairs with attention that both sides, or one, write out, for
tests/checking/test_live_field.py."""

import json
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases, causes
from tests.live_field import Pair, sequence

CASES = Cases()
case = CASES.add
STEPS, WIDTH = 5, 8


# --- Another number of heads ---
class InTorch(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        n, t, d = x.shape
        q, k, v = (
            p(x).view(n, t, self.heads, -1).transpose(1, 2) for p in (self.q, self.k, self.v)
        )
        scores = q @ k.transpose(-1, -2) / (d // self.heads) ** 0.5
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(n, t, d))


class PackedInTorch(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Any:
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(n, t, d))


class InKeras(L.Layer):  # type: ignore[misc]
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (L.Dense(WIDTH) for _ in range(4))

    def call(self, x: Any) -> Any:
        width = WIDTH // self.heads
        shape = (-1, STEPS, self.heads, width)
        q, k, v = (
            ops.transpose(ops.reshape(p(x), shape), (0, 2, 1, 3)) for p in (self.q, self.k, self.v)
        )
        found = ops.softmax(q @ ops.transpose(k, (0, 1, 3, 2)) / width**0.5) @ v
        return self.out(ops.reshape(ops.transpose(found, (0, 2, 1, 3)), (-1, STEPS, WIDTH)))


def attention(heads: int) -> Any:
    x = keras.Input((STEPS, WIDTH))
    return keras.Model(x, L.MultiHeadAttention(heads, WIDTH // heads)(x, x))


@case
def as_many_heads() -> Pair:
    return attention(2), InTorch(2)


@case
def more_heads() -> Pair:
    return attention(2), InTorch(4)


@case
def fewer_heads_in_a_layer_of_ones_own() -> Pair:
    return sequence((STEPS, WIDTH), InKeras(4)), InTorch(2)


@case
def more_heads_of_packed_projections() -> Pair:
    return sequence((STEPS, WIDTH), InKeras(2)), PackedInTorch(4)


# --- Padded steps of an attention that drops, which attend to nothing in Keras ---
class Padded(nn.Module):
    def __init__(self, is_cut: bool) -> None:
        super().__init__()
        self.words, self.is_cut = nn.Embedding(9, WIDTH), is_cut
        self.q, self.k, self.v, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        h, counts = self.words(x.long()), x != 0
        each = (self.q, self.k, self.v)
        q, k, v = (p(h).unflatten(-1, (2, -1)).transpose(1, 2) for p in each)
        blocked = ~(counts[:, None, :, None] & counts[:, None, None])
        scores = (q @ k.transpose(-1, -2) / 2).masked_fill(blocked, -1e9).softmax(-1)
        scores = scores.masked_fill(blocked, 0.0) if self.is_cut else scores
        return self.out((scores @ v).transpose(1, 2).flatten(2))


class PaddedByModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(9, WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, 2, dropout=0.1, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        h = self.words(x.long())
        return self.attention(h, h, h, key_padding_mask=x == 0)[0]


def padded(port: nn.Module) -> Pair:
    x = keras.Input((STEPS,), dtype="int32")
    h = L.Embedding(9, WIDTH, mask_zero=True)(x)
    words = np.array([[1, 4, 8, 0, 0], [2, 2, 0, 0, 0], [3, 1, 5, 7, 6]], "int32")
    return keras.Model(x, L.MultiHeadAttention(2, 4, dropout=0.1)(h, h)), port, words


@case
def padded_steps_that_attend_to_nothing() -> Pair:
    return padded(Padded(is_cut=True))


@case
def padded_steps_that_attend_to_all_alike() -> Pair:
    return padded(Padded(is_cut=False))


@case
def padded_steps_that_attend_to_what_is_no_padding() -> Pair:
    return padded(PaddedByModule())


def main() -> None:
    reports = Cases(CASES).checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

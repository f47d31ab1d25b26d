"""More ports for tests/live_equal_sizes.py: masks of two sequences that attend to each other, also
through a layer of a person's own; and what stands behind a packed sequence."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from tests.checked import Cases

CASES = Cases()
case = CASES.add

LONG = np.array([[3, 4, 5, 6, 7], [1, 2, 0, 0, 0], [9, 9, 1, 0, 0], [5, 4, 3, 2, 0]], "int32")
SHORT = np.array([[3, 4, 5, 0], [1, 0, 0, 0], [9, 8, 0, 0], [5, 4, 3, 2]], "int32")


class Attending(nn.Module):
    """Two sequences of numbers, of which the first attends to the second."""

    def __init__(self, lost: str) -> None:
        super().__init__()
        self.first, self.second = nn.Embedding(10, 6), nn.Embedding(10, 6)
        self.q, self.k, self.v, self.o = [nn.Linear(6, 6) for _ in range(4)]
        self.head = nn.Linear(6, 2)
        self.lost = lost

    def forward(self, x: Tensor, y: Tensor) -> Any:
        one, other = self.first(x), self.second(y)
        sizes = len(x), -1, 2, 3
        q, k, v = (
            layer(value).view(sizes).transpose(1, 2)
            for layer, value in zip((self.q, self.k, self.v), (one, other, other), strict=True)
        )
        allowed = (x != 0)[:, :, None] & (y != 0)[:, None, :]
        if self.lost == "queries":
            allowed = (y != 0)[:, None, :].expand_as(allowed)
        mask = torch.zeros_like(allowed, dtype=q.dtype).masked_fill(~allowed, -1e30)[:, None]
        shown = None if self.lost == "all" else mask
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=shown).transpose(1, 2)
        return self.head(torch.tanh(one + self.o(found.flatten(2))))


class Given(L.Layer):  # type: ignore[misc]
    """Hands the masks of both on by name, as a decoder does."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = L.MultiHeadAttention(2, 3)

    def call(self, both: Any, mask: Any = None) -> Any:
        one, other = both
        masks = {"query_mask": mask[0], "key_mask": mask[1]}
        return ops.tanh(one + self.attention(one, other, **masks))


def attending(lost: str, is_own: bool) -> Any:
    given = [keras.Input((size,), dtype="int32") for size in (5, 4)]
    one, other = [L.Embedding(10, 6, mask_zero=True)(x) for x in given]
    if is_own:
        found = Given()([one, other])
    else:
        found = L.Activation("tanh")(L.Add()([one, L.MultiHeadAttention(2, 3)(one, other)]))
    return keras.Model(given, L.Dense(2)(found)), Attending(lost), [LONG, SHORT]


@case
def two_masks() -> Any:
    return attending("", is_own=False)


@case
def two_masks_that_are_lost() -> Any:
    return attending("all", is_own=False)


@case
def a_mask_of_queries_that_is_lost() -> Any:
    return attending("queries", is_own=False)


@case
def two_masks_in_a_layer_of_ones_own() -> Any:
    return attending("", is_own=True)


@case
def two_masks_that_are_lost_in_a_layer_of_ones_own() -> Any:
    return attending("all", is_own=True)


class Packed(nn.Module):
    """What stands behind the last states of both directions, which read what is no padding."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(10, 4), nn.Linear(6, 2)
        self.rnn = nn.LSTM(4, 3, batch_first=True, bidirectional=True)
        self.act = act

    def forward(self, x: Tensor) -> Any:
        sizes = (x != 0).sum(1)
        packed = pack_padded_sequence(self.table(x), sizes, True, enforce_sorted=False)
        return self.act(self.head(torch.cat([*self.rnn(packed)[1][0]], 1)))


def packed(act: Any) -> Any:
    layers = (
        L.Embedding(10, 4, mask_zero=True),
        L.Bidirectional(L.LSTM(3)),
        L.Dense(2, activation="gelu"),
    )
    return keras.Sequential([keras.Input((5,), dtype="int32"), *layers]), Packed(act), LONG


@case
def a_packed_sequence() -> Any:
    return packed(F.gelu)


@case
def another_activation_behind_a_packed_sequence() -> Any:
    return packed(F.silu)

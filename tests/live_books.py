"""Live pairs after models that textbooks print, for tests/checking/test_live_field.py."""

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
from tests.live_field import Pair, Port

CASES = Cases()
case = CASES.add


# --- Boxes are predicted at several scales, and read as rows of one list ---
def detector(read: Callable[[Tensor], Tensor]) -> Pair:
    x = image = keras.Input((8, 8, 2))
    boxes = []
    for width in (3, 5):
        x = L.MaxPooling2D()(L.Conv2D(width, 3, padding="same", activation="relu")(x))
        boxes.append(L.Reshape((-1, 4))(L.Conv2D(8, 3, padding="same")(x)))
    model = keras.Model(image, L.Concatenate(axis=1)(boxes))

    def forward(m: Any, x: Tensor) -> Tensor:
        found = []
        for block, head in zip(m.blocks, m.heads, strict=True):
            x = F.max_pool2d(F.relu(block(x)), 2)
            found.append(read(head(x)))
        return torch.cat(found, 1).view(len(x), -1, 4)

    blocks = nn.ModuleList([nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 5, 3, padding=1)])
    heads = nn.ModuleList([nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(5, 8, 3, padding=1)])
    return model, Port(forward, blocks=blocks, heads=heads)


@case
def boxes_of_several_scales() -> Pair:
    return detector(lambda y: y.permute(0, 2, 3, 1).flatten(1))


@case
def boxes_of_several_scales_that_are_not_turned() -> Pair:
    return detector(lambda y: y.flatten(1))


# --- Scores of the first steps alone, as many as are told ---
class Attention(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.q, self.k = L.Dense(4, use_bias=False), L.Dense(4, use_bias=False)

    def call(self, x: Any, lengths: Any) -> Any:
        scores = ops.matmul(self.q(x), ops.transpose(self.k(x), (0, 2, 1))) / 2.0
        kept = ops.arange(x.shape[1])[None, :] < lengths[:, None]
        scores = ops.where(kept[:, None, :], scores, -1e6)
        return ops.matmul(ops.softmax(scores, axis=-1), x)


class Reader(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.out = Attention(), L.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.out(self.attention(*inputs))


def reader(divisor: float) -> Pair:
    def forward(m: Any, x: Tensor, lengths: Tensor) -> Any:
        scores = m.q(x) @ m.k(x).mT / divisor
        kept = torch.arange(x.shape[1])[None, :] < lengths[:, None]
        return m.out(F.softmax(scores.masked_fill(~kept[:, None], -1e6), -1) @ x)

    given = [
        np.random.default_rng(0).normal(size=(3, 6, 5)).astype("float32"),
        np.array([6, 2, 4], "int32"),
    ]
    model = Reader()
    model([ops.convert_to_tensor(x) for x in given])
    parts = {"q": nn.Linear(5, 4, bias=False), "k": nn.Linear(5, 4, bias=False)}
    return model, Port(forward, **parts, out=nn.Linear(5, 3)), given


@case
def first_steps_by_a_range_of_whole_numbers() -> Pair:
    return reader(2.0)


@case
def first_steps_by_a_range_and_another_divisor() -> Pair:
    return reader(5**0.5)


# --- Gates of two inputs, each with what it lets through in one matrix ---
class Gated(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = L.Dense(5, activation="elu"), L.Dense(5)
        self.value, self.gate = L.Dense(5), L.Dense(5, activation="sigmoid")

    def call(self, x: Any) -> Any:
        x = self.second(self.first(x))
        return self.value(x) * self.gate(x)


class BothGated(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = Gated(), Gated()

    def call(self, inputs: Any) -> Any:
        return self.one(inputs[0]) + self.other(inputs[1])


class GatedInOne(nn.Module):
    def __init__(self, width: int, activation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.activation = activation
        self.fc1, self.fc2, self.fc3 = nn.Linear(width, 5), nn.Linear(5, 5), nn.Linear(5, 10)

    def forward(self, x: Tensor) -> Tensor:
        return F.glu(self.fc3(self.fc2(self.activation(self.fc1(x)))), -1)


def gated(activation: Callable[[Tensor], Tensor]) -> Pair:
    inputs = [keras.Input((2,)), keras.Input((3,))]
    parts = {"left": GatedInOne(2, activation), "right": GatedInOne(3, activation)}
    model = keras.Model(inputs, BothGated()(inputs))
    return model, Port(lambda m, a, b: m.left(a) + m.right(b), **parts)


@case
def gates_of_two_inputs_in_one_matrix_each() -> Pair:
    return gated(F.elu)


@case
def gates_of_two_inputs_and_another_activation() -> Pair:
    return gated(F.relu)


# --- A layer of ones own that hands on the mask of its table ---
class Words(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.table = L.Embedding(9, 8, mask_zero=True)

    def compute_mask(self, *args: Any, **kwargs: Any) -> Any:
        return self.table.compute_mask(*args, **kwargs)

    def call(self, x: Any) -> Any:
        return self.table(x) * 3.0


def words(epsilon: float) -> Pair:
    tokens = keras.Input((6,), dtype="int32")
    x = Words()(tokens)
    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 4)(x, x)]))

    def forward(m: Any, tokens: Tensor) -> Any:
        kept = (tokens != 0)[:, None, :, None] & (tokens != 0)[:, None, None, :]
        x = m.table(tokens.long()) * 3.0
        q, k, v = [p(x).view(len(x), 6, 2, 4).transpose(1, 2) for p in (m.q, m.k, m.v)]
        scores = (q @ k.mT / 2.0).masked_fill(~kept, -1e9)
        y = (F.softmax(scores, -1) @ v).transpose(1, 2).flatten(2)
        return m.norm(x + m.o(y))

    parts: dict[str, nn.Module] = {name: nn.Linear(8, 8) for name in "qkvo"}
    parts |= {"table": nn.Embedding(9, 8), "norm": nn.LayerNorm(8, eps=epsilon)}
    given = np.random.default_rng(0).integers(1, 9, (4, 6)).astype("int32")
    given[0, 4:] = given[2, 3:] = 0
    return keras.Model(tokens, x), Port(forward, **parts), given


@case
def words_with_the_mask_of_their_table() -> Pair:
    return words(1e-3)


@case
def words_with_their_mask_and_another_epsilon() -> Pair:
    return words(1e-2)


if __name__ == "__main__":
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))

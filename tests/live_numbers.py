"""More ports for tests/live_equal_sizes.py: inputs and values that are a number, with no axis."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases
from tests.live_field import Port

CASES = Cases()
case = CASES.add
TABLES = (9, 6), (9, 1), (11, 6), (11, 1)
NUMBERS = np.array([[3, 8], [1, 0], [8, 5], [7, 2], [0, 4]], "int32")


class Shared(L.Layer):  # type: ignore[misc]
    """A row of each of two small tables stands for a number that is none of either."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = [L.Embedding(4, 3), L.Embedding(4, 3)]

    def call(self, x: Any) -> Any:
        x = x + 1
        return self.tables[0](ops.floor_divide(x, 4)) * self.tables[1](ops.mod(x, 4))


@case
def numbers_of_which_two_tables_know_a_part() -> Any:
    given = [keras.Input((), dtype="int32") for _ in range(2)]

    def forward(m: Any, x: Tensor, y: Tensor) -> Any:
        x = x.long() + 1
        return (m.a(x // 4) * m.b(x % 4) * m.c(y.long())).sum(1, keepdim=True)

    parts = {"a": nn.Embedding(4, 3), "b": nn.Embedding(4, 3), "c": nn.Embedding(9, 3)}
    found = L.Dot(1)([Shared()(given[0]), L.Embedding(9, 3)(given[1])])
    return keras.Model(given, found), Port(forward, **parts)


class Similar(keras.Model):  # type: ignore[misc]
    """All samples are compared with all others, as by mistake: one number for the whole batch."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = [L.Embedding(size, width) for size, width in TABLES]

    def call(self, x: Any) -> Any:
        a, b, c, d = self.tables
        own, other = x[:, 0], x[:, 1]
        return ops.sigmoid(ops.tensordot(a(own), c(other), 2) + b(own) + d(other))


def similar(joined: Callable[[Tensor, Tensor], Tensor]) -> Any:
    def forward(m: Any, x: Tensor) -> Any:
        own, other = x.long().unbind(1)
        found = joined((m.a(own) * m.c(other)).sum(), m.b(own))
        return (found + m.d(other)).sigmoid()

    parts = {name: nn.Embedding(*each) for name, each in zip("abcd", TABLES, strict=True)}
    model = Similar()
    model(NUMBERS)
    return model, Port(forward, **parts), NUMBERS


@case
def one_number_for_a_batch() -> Any:
    return similar(lambda number, bias: number + bias)


@case
def one_number_for_a_batch_taken_otherwise() -> Any:
    return similar(lambda number, bias: number - bias)

"""Live pairs with positions of which each side has its own numbers, for
tests/checking/test_live_field.py."""

import json
from collections.abc import Callable
from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add
STEPS, WIDTH = 5, 8


def waves(like: Tensor | None = None, first: int = 0) -> Tensor:
    """(STEPS, WIDTH): sines and cosines in turn."""
    kind = torch.float32 if like is None else like.dtype
    places = torch.arange(first, first + STEPS, dtype=kind)
    angles = places[:, None] / 10000.0 ** (torch.arange(0, WIDTH, 2, dtype=kind) / WIDTH)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


class Positions(L.Layer):  # type: ignore[misc]
    """A table in an attribute, which NumPy has in float32."""

    def __init__(self) -> None:
        super().__init__()
        self.table = waves().numpy()

    def call(self, x: Any) -> Any:
        return x + self.table


def behind_words(table: Callable[[Tensor], Tensor]) -> Pair:
    """table: the port's, made on the way."""
    parts = {"words": nn.Embedding(9, WIDTH), "out": nn.Linear(WIDTH, 3)}

    def forward(m: Any, x: Tensor) -> Any:
        h = m.words(x.long())
        return m.out(h + table(h))

    words = L.Embedding(9, WIDTH)
    return sequence((STEPS,), words, Positions(), L.Dense(3)), Port(forward, **parts)


def ahead(order: Callable[[Tensor], Tensor]) -> Pair:
    """On what the model takes, in front of weights."""
    out = nn.Linear(WIDTH, 3)
    out.register_buffer("table", order(waves())[None])
    port = Port(lambda m, x: m.out(x + m.out.table), out=out)
    return sequence((STEPS, WIDTH), Positions(), L.Dense(3)), port


@case
def made_on_the_way() -> Pair:
    return behind_words(waves)


@case
def made_on_the_way_cosines_first() -> Pair:
    return behind_words(lambda x: waves(x).unflatten(1, (-1, 2)).flip(2).flatten(1))  # type: ignore[no-untyped-call]


@case
def made_on_the_way_from_one_on() -> Pair:
    return behind_words(lambda x: waves(x, 1))


@case
def in_an_attribute_and_joined() -> Pair:
    joined = waves().unflatten(1, (-1, 2)).mT.flatten(1)[None]  # type: ignore[no-untyped-call]
    return behind_words(joined.to)


@case
def ahead_as_they_are() -> Pair:
    return ahead(lambda x: x)


@case
def ahead_cosines_first() -> Pair:
    return ahead(lambda x: x[:, [1, 0, 3, 2, 5, 4, 7, 6]])


@case
def ahead_from_the_last_to_the_first() -> Pair:
    return ahead(lambda x: x.flip(0))


@case
def ahead_and_rolled() -> Pair:
    return ahead(lambda x: x.roll(1, 0))


# --- Rows of a table that each side looks up by numbers of its own ---
class LookedUp(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = L.Embedding(9, WIDTH), L.Embedding(STEPS, WIDTH)

    def call(self, x: Any) -> Any:
        return self.words(x) + self.places(ops.arange(STEPS))


def looked_up(order: Callable[[Tensor], Tensor]) -> Pair:
    tables = {"words": nn.Embedding(9, WIDTH), "places": nn.Embedding(STEPS, WIDTH)}

    def forward(m: Any, x: Tensor) -> Any:
        return m.out(m.words(x.long()) + m.places(order(torch.arange(STEPS))))

    port = Port(forward, **tables, out=nn.Linear(WIDTH, 3))
    return sequence((STEPS,), LookedUp(), L.Dense(3)), port


@case
def rows_in_their_order() -> Pair:
    return looked_up(lambda rows: rows)


@case
def rows_from_the_last_to_the_first() -> Pair:
    return looked_up(lambda rows: rows.flip(0))


@case
def one_row_for_all() -> Pair:
    return looked_up(torch.zeros_like)


# --- A table that gives logits, too, which the port holds twice ---
class Logits(L.Layer):  # type: ignore[misc]
    def __init__(self, words: Any) -> None:
        super().__init__()
        self.words = words

    def call(self, x: Any) -> Any:
        return ops.matmul(x, ops.transpose(self.words.embeddings))


@case
def a_tied_table_held_twice() -> Pair:
    words = L.Embedding(9, WIDTH)
    parts = {"a": nn.Embedding(9, WIDTH), "b": nn.Linear(WIDTH, 9, bias=False)}
    port = Port(lambda m, x: m.b(torch.tanh(m.a(x.long()))), **parts)
    return sequence((STEPS,), words, L.Activation("tanh"), Logits(words)), port


# --- Rows that a Keras graph has as numbers, and the port in tables of its own ---
def rows(count: int = STEPS) -> Any:
    return L.Embedding(count, WIDTH)(ops.arange(count))


class Held(nn.Module):
    """Words at positions; the second table is made first."""

    def __init__(self, act: Callable[[Tensor], Tensor] = torch.tanh) -> None:
        super().__init__()
        self.second = nn.Parameter(torch.zeros(1, STEPS, WIDTH))
        self.words, self.places = nn.Embedding(9, WIDTH), nn.Embedding(STEPS, WIDTH)
        self.out, self.act = nn.Linear(WIDTH, 3), act

    def forward(self, x: Tensor) -> Tensor:
        h = self.words(x.long()) + self.places(torch.arange(x.shape[1]))
        found: Tensor = self.out(self.act(h) + self.second)
        return found


def of_the_graph() -> Any:
    x = keras.Input((STEPS,), dtype="int32")
    h = ops.tanh(L.Embedding(9, WIDTH)(x) + rows())
    return keras.Model(x, L.Dense(3)(h + rows()))


@case
def rows_of_the_graph() -> Pair:
    return of_the_graph(), Held()


@case
def rows_of_the_graph_before_another_activation() -> Pair:
    return of_the_graph(), Held(torch.sigmoid)


@case
def rows_of_the_graph_that_the_port_lacks() -> Pair:
    words, out = nn.Embedding(9, WIDTH), nn.Linear(WIDTH, 3)
    port = Port(lambda m, x: m.out(torch.tanh(m.words(x.long()))), words=words, out=out)
    return of_the_graph(), port


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

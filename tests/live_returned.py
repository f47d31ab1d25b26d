"""Live pairs that return something else than what is computed, for
tests/checking/test_live_field.py; a process of its own prints each verdict, the causes, and whether
the port agrees with them mended."""

import json
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


def two_heads(give: Callable[[Any, Any], Any]) -> Pair:
    x = keras.Input((6,))
    model = keras.Model(x, [L.Dense(3, name="a")(x), L.Dense(3, name="b")(x)])
    return model, Port(lambda m, x: give(m.a(x), m.b(x)), a=nn.Linear(6, 3), b=nn.Linear(6, 3))


@case
def first_head_twice() -> Pair:
    return two_heads(lambda a, b: (a, a))


@case
def one_head_alone() -> Pair:
    return two_heads(lambda a, b: a)


def at_two_depths(give: Callable[[Any, Any], Any]) -> Pair:
    """Heads that nothing names: what they are laid over tells which is which."""
    x = keras.Input((9, 2))
    a = L.Conv1D(3, 3, padding="same", activation="relu")(x)
    b = L.Conv1D(3, 3, padding="same", activation="relu")(a)
    model = keras.Model(x, [L.Conv1D(1, 1)(a), L.Conv1D(1, 1)(b)])

    def forward(m: Any, x: Tensor) -> Any:
        a = F.relu(m.a(x))
        return give(m.p(a), m.q(F.relu(m.b(a))))

    parts = {"a": nn.Conv1d(2, 3, 3, padding=1), "b": nn.Conv1d(3, 3, 3, padding=1)}
    return model, Port(forward, **parts, p=nn.Conv1d(3, 1, 1), q=nn.Conv1d(3, 1, 1))


@case
def heads_at_two_depths() -> Pair:
    return at_two_depths(lambda p, q: (p, q))


@case
def deeper_head_twice() -> Pair:
    return at_two_depths(lambda p, q: (q, q))


@case
def heads_at_two_depths_exchanged() -> Pair:
    return at_two_depths(lambda p, q: (q, p))


def of_one_layer(give: Callable[[Any, Any], Any]) -> Pair:
    return sequence((5,), L.Dense(5)), Port(lambda m, x: give(x, m.a(x)), a=nn.Linear(5, 5))


@case
def zeros_returned() -> Pair:
    return of_one_layer(lambda x, y: torch.zeros_like(y))


@case
def input_returned() -> Pair:
    return of_one_layer(lambda x, y: x)


@case
def tripled_outside_torch() -> Pair:
    return of_one_layer(lambda x, y: torch.from_numpy(3 * y.detach().numpy()))


@case
def one_of_two_sides_twice() -> Pair:
    x, y, dense = keras.Input((4,)), keras.Input((4,)), L.Dense(3, "tanh")

    def forward(m: Any, x: Any, y: Any) -> Any:
        return (torch.tanh(m.a(x)) - torch.tanh(m.a(x))).abs()

    apart = L.Lambda(lambda z: ops.abs(z[0] - z[1]))([dense(x), dense(y)])
    return keras.Model([x, y], apart), Port(forward, a=nn.Linear(4, 3))


@case
def cast_by_autocast() -> Pair:
    def forward(m: Any, x: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return m.b(torch.tanh(m.a(x))).to(x.dtype)

    return sequence((6,), L.Dense(6, "tanh"), L.Dense(3)), Port(
        forward, a=nn.Linear(6, 6), b=nn.Linear(6, 3)
    )


def truths(least: float) -> Pair:
    x = keras.Input((6,))
    y = L.Dense(12)(x)

    def forward(m: Any, x: Any) -> Any:
        y = m.a(x)
        return (y > least) & (y < 0.5), y

    model = keras.Model(x, [ops.logical_and(ops.greater(y, -0.5), ops.less(y, 0.5)), y])
    return model, Port(forward, a=nn.Linear(6, 12))


@case
def truths_that_are_returned() -> Pair:
    return truths(-0.5)


@case
def truths_by_another_number() -> Pair:
    return truths(-0.4)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

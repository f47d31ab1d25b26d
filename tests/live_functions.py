"""Live pairs in which the port does another function of torch's, which no setting tells from
Keras's, for tests/checking/test_live_field.py."""

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
from tests.live_field import Pair, Port

CASES = Cases()
case = CASES.add
Function = Callable[[Any], Any]


def between(keras_function: Function, torch_function: Function) -> Pair:
    """A function between two layers."""
    x = keras.Input((6,))
    y = keras_function(L.Dense(8)(x) * 3.0)
    model = keras.Model(x, L.Dense(2)(y))

    def forward(m: Any, x: Tensor) -> Any:
        return m.b(torch_function(m.a(x) * 3.0))

    return model, Port(forward, a=nn.Linear(6, 8), b=nn.Linear(y.shape[-1], 2))


@case
def the_rest_of_a_division() -> Pair:
    return between(lambda x: ops.mod(x, 1.0), lambda x: torch.remainder(x, 1.0))


@case
def the_rest_with_the_sign_of_what_is_divided() -> Pair:
    return between(lambda x: ops.mod(x, 1.0), lambda x: torch.fmod(x, 1.0))


@case
def cut_off_for_rounded_down() -> Pair:
    return between(ops.floor, torch.trunc)


@case
def divided_towards_zero() -> Pair:
    return between(
        lambda x: ops.floor_divide(x, 2.0), lambda x: torch.div(x, 2.0, rounding_mode="trunc")
    )


@case
def a_mean_for_a_median() -> Pair:
    return between(lambda x: ops.median(x, -1, True), lambda x: x.mean(-1, keepdim=True))


@case
def a_maximum_for_a_smooth_one() -> Pair:
    return between(
        lambda x: ops.logsumexp(x, -1, keepdims=True), lambda x: x.amax(-1, keepdim=True)
    )


@case
def a_product_for_a_sum() -> Pair:
    return between(lambda x: ops.sum(x, -1, keepdims=True), lambda x: x.prod(-1, keepdim=True))


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()

"""Normalisations in steps of the port's own: the first hypothesis that mends a mistake names it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

X = image(3, 5, 6)
RMS: Layer = ("RMSNormalization", {"epsilon": 1e-3})
LAYER: Layer = ("LayerNormalization", {"epsilon": 1e-3, "axis": -1})


def rms(x: Tensor, epsilon: float) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)


def centred(x: Tensor, epsilon: float) -> Tensor:
    x = x - x.mean(-1, keepdim=True)
    return x / torch.sqrt(x.square().mean(-1, keepdim=True) + epsilon)


def by_variance(x: Tensor, n: int) -> Tensor:
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, correction=n) + 1e-3).sqrt()


def by_deviation(x: Tensor) -> Tensor:
    deviation = x.std(-1, keepdim=True, correction=0)
    return (x - x.mean(-1, keepdim=True)) / (deviation + 1e-3)


def written(cause: str, keras: Layer, port: Any, faithful: Any, note: str) -> Planted:
    return planted(
        cause, keras, lambda m, x: port(x), lambda m, x: faithful(x), X, is_sequence=True, note=note
    )


WRITTEN = [
    written("layernorm-epsilon", RMS, lambda x: rms(x, 1e-6), lambda x: rms(x, 1e-3), "of a root"),
    written(
        "layernorm-epsilon",
        LAYER,
        lambda x: centred(x, 1e-5),
        lambda x: centred(x, 1e-3),
        "centred",
    ),
    written(
        "variance-unbiased", LAYER, lambda x: by_variance(x, 1), lambda x: by_variance(x, 0), ""
    ),
    written("layernorm-epsilon", LAYER, by_deviation, lambda x: by_variance(x, 0), "behind a root"),
    planted(
        "layernorm-epsilon",
        [("Dense", {}, (3, 5, 6)), RMS],
        lambda m, x: rms(m.fc(x), 1e-6),
        lambda m, x: rms(m.fc(x), 1e-3),
        X,
        is_sequence=True,
        note="behind a Dense",
        fc=nn.Linear(6, 6),
    ),
]


@pytest.mark.parametrize("one", WRITTEN, ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

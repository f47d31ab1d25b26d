"""One of a port's own steps done otherwise: the first hypothesis that mends it names it."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

X = image(3, 8)
TOKENS = image(3, 5, 8)
SQUARE = image(2, 8, 4, 4)
OWN: Layer = ("Own", {})  # a layer of a person's own, of which nothing is known


def own(cause: str, port: Any, faithful: Any, x: Tensor = X, note: str = "") -> Planted:
    return planted(
        cause, OWN, lambda m, x: port(x), lambda m, x: faithful(x), x, is_sequence=True, note=note
    )


def gated(x: Tensor, first: int) -> Tensor:
    parts = x.chunk(2, -1)
    return parts[first] * parts[1 - first].sigmoid()


def sliced(x: Tensor, first: int) -> Tensor:
    parts = x[..., :4], x[..., 4:]
    return parts[first] * parts[1 - first].tanh()


def standardised(x: Tensor, spread: Tensor) -> Tensor:
    return (x - x.mean(1, keepdim=True)) / (spread + 1.0)


def shuffled(x: Tensor, groups: int) -> Tensor:
    parts = x.reshape(len(x), groups, 8 // groups, 4, 4)
    return parts.transpose(1, 2).reshape(len(x), 8, 4, 4)


def grouped(x: Tensor, groups: int) -> Tensor:
    parts = x.reshape(len(x), groups, 8 // groups, 4, 4)
    parts = parts - parts.mean((2, 3, 4), keepdim=True)
    spread = parts.square().mean((2, 3, 4), keepdim=True) + 1e-3
    return (parts / spread.sqrt()).reshape(len(x), 8, 4, 4)


def waves(x: Tensor) -> list[Tensor]:
    return [x, *(wave(2.0**power * x) for power in (1, 2) for wave in (torch.sin, torch.cos))]


def of_blocks(x: Tensor) -> Tensor:
    """Depth to space as Keras and TensorFlow have it."""
    return F.pixel_shuffle(x.reshape(2, 4, 2, 4, 4).transpose(1, 2).reshape(2, 8, 4, 4), 2)


def both_ways(m: Any, x: Tensor, is_turned: bool) -> Tensor:
    behind = m.behind(x.flip(1))[0]
    return torch.cat([m.ahead(x)[0], behind.flip(1) if is_turned else behind], -1)


OWN_STEPS = [
    own("parts-exchanged", lambda x: gated(x, 1), lambda x: gated(x, 0)),
    own("parts-exchanged", lambda x: sliced(x, 1), lambda x: sliced(x, 0), note="of slices"),
    own("parts-exchanged", lambda x: F.glu(x.roll(4, -1)), F.glu, note="of a GLU"),
    own("power", lambda x: x.relu(), lambda x: x.relu() ** 2, note="of a ReLU"),
    own(
        "power",
        lambda x: standardised(x, x.var(1, keepdim=True, correction=0)),
        lambda x: standardised(x, x.std(1, keepdim=True, correction=0)),
        note="of a variance",
    ),
    own("power", lambda x: x.sin() ** 2, lambda x: x.sin() ** 3, note="another"),
    own("power", lambda x: 1 - x.square(), lambda x: 1 - x.abs(), note="of what has a sign"),
    own("layer-missing", lambda x: x.sin() - x, lambda x: (x.sin() - x).abs(), note="a size"),
    own("logarithm", lambda x: x.exp().log10(), lambda x: x.exp().log(), note="of another base"),
    own("logarithm", lambda x: x.abs().log1p(), lambda x: x.abs().log2(), note="of one more"),
    own("axis-summary", lambda x: x.mean(1), lambda x: x[:, 0], TOKENS, "for an element"),
    own("axis-summary", lambda x: x[:, 0], lambda x: x[:, -1], TOKENS, "another element"),
    own("axis-summary", lambda x: x.amax((1, 2)), lambda x: x.sum((1, 2)), TOKENS, "of two"),
    own("merge-kind", lambda x: x.sin() + x.cos(), lambda x: x.sin() - x.cos()),
    own("merge-order", lambda x: x.sin() / x.exp(), lambda x: x.exp() / x.sin()),
    own("other-places", lambda x: x[:, 1:5], lambda x: x[:, :4]),
    own("other-places", lambda x: x[:, 1::2], lambda x: x[:, ::2], note="every other"),
    own("other-places", lambda x: x[:, 2], lambda x: x[:, 3], TOKENS, "of one step"),
    own("other-places", lambda x: x.select(1, 2), lambda x: x[:, 1], TOKENS, "selected"),
    own("other-places", lambda x: x.narrow(1, 0, 3), lambda x: x[:, 2:], TOKENS, "narrowed"),
    own("other-places", lambda x: x[:, [0, 2, 5]], lambda x: x[:, [1, 3, 6]], note="of numbers"),
    own(
        "other-places", lambda x: x[:, :, 1::2, 1::2], lambda x: x[:, :, ::2, ::2], SQUARE, "twice"
    ),
    own("other-places", lambda x: x[..., :2], lambda x: x[..., -2:], SQUARE, "the last"),
    own("rolled", lambda x: x.roll(-1, 1), lambda x: x.roll(1, 1)),
    own("rolled", lambda x: x.roll(1, -1), lambda x: x.roll(1, 1), TOKENS, "along another axis"),
    own("rolled", lambda x: x.roll((1, 1), (2, 3)), lambda x: x.roll((2, 2), (2, 3)), SQUARE),
    planted(
        "pool-kind",
        ("MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}),
        lambda m, x: x[:, :, ::2, ::2],
        lambda m, x: F.max_pool2d(x, 2),
        SQUARE,
        note="of every other value",
    ),
    planted(
        "pool-kind",
        ("GetItem", {}),
        lambda m, x: F.avg_pool2d(x, 2),
        lambda m, x: x[:, :, ::2, ::2],
        SQUARE,
        note="for every other value",
    ),
    planted(
        "zeropadding-order",
        ("Pad", {"pad_width": ((0, 0), (1, 0), (0, 0)), "mode": "constant"}),
        lambda m, x: F.pad(x, (0, 0, 0, 1)),
        lambda m, x: F.pad(x, (0, 0, 1, 0)),
        TOKENS,
        is_sequence=True,
    ),
    own("switch", lambda x: x.sort(-1, True)[0], lambda x: x.sort(-1)[0]),
    own("switch", lambda x: x.topk(3, largest=False)[0], lambda x: x.topk(3)[0], note="of topk"),
    own("activation-replaced", lambda x: x.sin() * x.tanh(), lambda x: x.sin() * x.sigmoid()),
    own(
        "feature-order",
        lambda x: torch.stack([x.sin(), x.cos()], -1).flatten(1),
        lambda x: torch.cat([x.sin(), x.cos()], -1),
    ),
    own("feature-order", lambda x: F.pixel_shuffle(x, 2), of_blocks, SQUARE, "of blocks"),
    own(
        "feature-order", lambda x: x.repeat(1, 3), lambda x: x.repeat_interleave(3, 1), note="often"
    ),
    own(
        "merge-order",
        lambda x: torch.cat([waves(x)[i] for i in (0, 1, 3, 2, 4)], -1),
        lambda x: torch.cat(waves(x), -1),
        note="in turn",
    ),
    own("groups", lambda x: shuffled(x, 2), lambda x: shuffled(x, 4), SQUARE),
    planted(
        "groupnorm-groups",
        ("GroupNormalization", {"groups": 4, "epsilon": 1e-3}),
        lambda m, x: grouped(x, 2),
        lambda m, x: grouped(x, 4),
        SQUARE,
        note="in steps",
    ),
    planted(
        "bidirectional-flip",
        ("Bidirectional", {"layer": {"config": {"return_sequences": True}}}),
        lambda m, x: both_ways(m, x, False),
        lambda m, x: both_ways(m, x, True),
        TOKENS,
        is_sequence=True,
        ahead=nn.GRU(8, 4, batch_first=True),
        behind=nn.GRU(8, 4, batch_first=True),
    ),
    planted(
        "layernorm-epsilon",
        ("LayerNormalization", {"epsilon": 1e-3, "axis": -1}),
        lambda m, x: standardised(x, x.var(1, keepdim=True, correction=0).sqrt() - 1.0),
        lambda m, x: standardised(x, (x.var(1, keepdim=True, correction=0) + 1e-3).sqrt() - 1.0),
        X,
        is_sequence=True,
        note="that is missing",
    ),
]


@pytest.mark.parametrize("one", OWN_STEPS, ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

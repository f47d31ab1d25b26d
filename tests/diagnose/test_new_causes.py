"""Masks, axes, widths of heads and resizing: the first hypothesis that mends a mistake names it."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

torch.manual_seed(0)
X = image(2, 3, 4, 4)
SQUARE = image(3, 4, 4, 4)
TOKENS = image(4, 6, 8)
LENGTHS = torch.tensor([6, 3, 1, 5])
MASK = torch.arange(6)[None] < LENGTHS[:, None]
HOLES = MASK.roll(1, 1)


def statistics(module: Any) -> Any:
    module.running_mean.copy_(torch.linspace(-1, 1, len(module.running_mean)))
    module.running_var.copy_(torch.linspace(0.5, 2, len(module.running_var)))
    return module


def turned(module: nn.Module, x: Tensor, axis: int) -> Tensor:
    return module(x.transpose(1, axis)).transpose(1, axis)  # type: ignore[no-any-return]


AXES = [
    planted(
        "bn-axis", ("BatchNormalization", {"epsilon": 1e-5, "axis": 1}),
        lambda m, x: m.bn(x), lambda m, x: turned(m.bn, x, 2), SQUARE,
        bn=statistics(nn.BatchNorm2d(4)),
    ),
    planted(
        "bn-axis", ("BatchNormalization", {"epsilon": 1e-5, "axis": 2}),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var),
        lambda m, x: turned(m.bn, x, 3), SQUARE, bn=statistics(nn.BatchNorm2d(4)),
        note="of a function",
    ),
    planted(
        "bn-axis", ("BatchNormalization", {"epsilon": 1e-5, "axis": -1}),
        lambda m, x: m.bn(x), lambda m, x: turned(m.bn, x, 2), image(3, 5, 5), is_sequence=True,
        bn=statistics(nn.BatchNorm1d(5)), note="of a sequence",
    ),
    planted(
        "layernorm-axes", ("LayerNormalization", {"epsilon": 1e-5, "axis": -1}),
        lambda m, x: F.layer_norm(x, (6, 8)), lambda m, x: F.layer_norm(x, (8,)), TOKENS,
        is_sequence=True, note="over time, too",
    ),
    planted(
        "layernorm-axes", ("LayerNormalization", {"epsilon": 1e-5, "axis": [1, 2]}),
        lambda m, x: F.layer_norm(x, (8,)), lambda m, x: F.layer_norm(x, (6, 8)), TOKENS,
        is_sequence=True, note="not over time",
    ),
    planted(
        "layernorm-axes", ("UnitNormalization", {"axis": 1}),
        lambda m, x: F.normalize(x, dim=-1), lambda m, x: F.normalize(x, dim=1), TOKENS,
        is_sequence=True, note="of vectors",
    ),
]  # fmt: skip


def both(module: Any, x: Tensor, mask: Tensor) -> Tensor:
    """Bidirectional(LSTM(return_sequences=True)): each half skips, and zeros stand in between."""
    halves = []
    for end, times in (("", range(6)), ("_reverse", range(5, -1, -1))):
        own = {n: getattr(module.rnn, n + end) for n in ("weight_ih_l0", "weight_hh_l0")}
        bias = getattr(module.rnn, "bias_ih_l0" + end) + getattr(module.rnn, "bias_hh_l0" + end)
        h = c = x.new_zeros(len(x), 4)
        steps: list[Tensor] = [h] * 6
        for time in times:
            z = x[:, time] @ own["weight_ih_l0"].T + h @ own["weight_hh_l0"].T + bias
            i, f, g, o = z.chunk(4, 1)
            cell = f.sigmoid() * c + i.sigmoid() * g.tanh()
            new, reads = o.sigmoid() * cell.tanh(), mask[:, time, None]
            h, c = torch.where(reads, new, h), torch.where(reads, cell, c)
            steps[time] = h * reads
        halves.append(torch.stack(steps, 1))
    return torch.cat(halves, -1)


def of_both(mask: Tensor, note: str) -> Planted:
    inner = {"return_sequences": True, "activation": "tanh", "recurrent_activation": "sigmoid"}
    return planted(
        "mask-zero", ("Bidirectional", {"layer": {"config": inner}, "merge_mode": "concat"}),
        lambda m, x: m.rnn(x)[0], lambda m, x: both(m, x, mask), TOKENS, is_sequence=True,
        rnn=nn.LSTM(8, 4, batch_first=True, bidirectional=True), note=note,
        values={"mask": mask.numpy()},
    )  # fmt: skip


def split(x: Tensor) -> Tensor:
    """(N, T, 8) to two heads, (N, 2, T, 4)."""
    return x.view(*x.shape[:2], 2, 4).transpose(1, 2)


def attended(module: Any, x: Tensor, mask: Tensor | None = None, is_module: bool = False) -> Tensor:
    """Attention with two heads; a padded query attends to all alike."""
    added = None
    if mask is not None:
        allowed = mask[:, :, None] & mask[:, None, :]
        added = torch.zeros(allowed.shape, dtype=x.dtype).masked_fill(~allowed, -1e30)
    if is_module:
        added = None if added is None else added.repeat_interleave(2, 0)
        return module.mha(x, x, x, attn_mask=added)[0]  # type: ignore[no-any-return]
    q, k, v = map(split, (x, 2 * x, x + 1))
    added = None if added is None else added[:, None]
    return F.scaled_dot_product_attention(q, k, v, added).transpose(1, 2).flatten(2)


def by_scores(module: Any, x: Tensor, mask: Tensor | None = None) -> Tensor:
    q, k, v = map(split, (x, 2 * x, x + 1))
    scores = q @ k.transpose(2, 3) / 2.0
    if mask is not None:
        allowed = (mask[:, :, None] & mask[:, None, :])[:, None]
        scores = scores.masked_fill(~allowed, -1e30)
    return torch.matmul(scores.softmax(-1), v).transpose(1, 2).flatten(2)


ATTENTION: Layer = ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4})


MASKS = [
    of_both(MASK, "in both directions"),
    of_both(HOLES, "in both directions, with holes"),
    planted(
        "mask-zero", ATTENTION, attended,
        lambda m, x: attended(m, x, MASK), TOKENS, is_sequence=True, note="attention",
        values={"mask": MASK.numpy()},
    ),
    planted(
        "mask-zero", ATTENTION, lambda m, x: attended(m, x, None, True),
        lambda m, x: attended(m, x, MASK, True), TOKENS, is_sequence=True, note="attention module",
        values={"mask": MASK.numpy()}, mha=nn.MultiheadAttention(8, 2, batch_first=True),
    ),
    planted(
        "mask-zero", ATTENTION, by_scores, lambda m, x: by_scores(m, x, MASK),
        TOKENS, is_sequence=True, note="scores", values={"mask": MASK.numpy()},
    ),
]  # fmt: skip

RANDOM = np.random.default_rng(0)
WIDE = {
    **{f"{part}/kernel": RANDOM.normal(size=(8, 2, 8)) for part in ("query", "key", "value")},
    **{f"{part}/bias": RANDOM.normal(size=(2, 8)) for part in ("query", "key", "value")},
    "attention_output/kernel": RANDOM.normal(size=(2, 8, 8)),
    "attention_output/bias": RANDOM.normal(size=8),
}


def of_keras(module: Any, x: Tensor) -> Tensor:
    held = {name: torch.as_tensor(array) for name, array in WIDE.items()}
    q, k, v = (
        torch.einsum("ntd,dhk->nhtk", x, held[f"{part}/kernel"]) + held[f"{part}/bias"][:, None]
        for part in ("query", "key", "value")
    )
    y = torch.einsum("nhtk,hkd->ntd", by(q, k, v), held["attention_output/kernel"])
    return y + held["attention_output/bias"]


def by(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.matmul((q @ k.transpose(-1, -2) / float(q.shape[-1]) ** 0.5).softmax(-1), v)


HEADS = [
    planted(
        "mha-key-dim", ("MultiHeadAttention", {"num_heads": 2, "key_dim": 8}),
        lambda m, x: m.mha(x, x, x)[0], of_keras, TOKENS, is_sequence=True, values=WIDE,
        mha=nn.MultiheadAttention(8, 2, batch_first=True),
    ),
]  # fmt: skip


def resized(cause: str, port: dict[str, Any], keras: dict[str, Any], note: str) -> Planted:
    size = (7, 9)
    return planted(
        cause, ("Lambda", {}), lambda m, x: F.interpolate(x, size, **port),
        lambda m, x: F.interpolate(x, size, **keras), X, note=note,
    )  # fmt: skip


RESIZES = [
    resized(
        "align-corners", {"mode": "bilinear", "align_corners": True}, {"mode": "bilinear"}, "lambda"
    ),
    resized(
        "align-corners", {"mode": "bilinear"}, {"mode": "bilinear", "align_corners": True},
        "of Keras's own",
    ),
    resized("resize-kernels", {"mode": "nearest"}, {"mode": "nearest-exact"}, "half a pixel"),
    resized("upsampling-mode", {"mode": "bilinear"}, {"mode": "nearest-exact"}, "lambda"),
    resized("resize-kernels", {"mode": "bicubic"}, {"mode": "bicubic", "antialias": True}, "cubic"),
]  # fmt: skip


def dense(activation: str) -> Layer:
    return ("Dense", {"units": 6, "activation": activation})


def hard(cause: str, keras: str, port: Any, faithful: Any, note: str) -> Planted:
    return planted(
        cause, dense(keras), lambda m, x: port(m.fc(x)), lambda m, x: faithful(m.fc(x)),
        3 * image(4, 6), fc=nn.Linear(6, 5), note=note,
    )  # fmt: skip


def by_thresholds(x: Tensor) -> Tensor:
    return F.threshold(-F.threshold(-(0.2 * x + 0.5), -1, -1), 0, 0)


def by_extremes(x: Tensor) -> Tensor:
    return torch.max(torch.zeros_like(x), torch.min(torch.ones_like(x), 0.2 * x + 0.5))


HARD = [
    hard("hard-sigmoid", "sigmoid", by_thresholds, torch.sigmoid, "thresholds"),
    hard("hard-sigmoid", "hard_sigmoid", by_thresholds, F.hardsigmoid, "thresholds, hard"),
    hard("hard-sigmoid", "hard_sigmoid", by_extremes, F.hardsigmoid, "extremes"),
    hard("hard-sigmoid", "sigmoid", lambda x: F.relu6(x + 3) / 6, torch.sigmoid, "relu6"),
    hard(
        "activation-replaced", "silu", lambda x: x * F.relu6(x + 3) / 6, F.silu, "hard swish"
    ),
    hard(
        "activation-replaced", "gelu", lambda x: x * torch.sigmoid(1.702 * x), F.gelu, "quick GELU"
    ),
]  # fmt: skip

ALPHA = np.linspace(0.1, 0.9, 48).reshape(4, 4, 3)
SLOPES = np.linspace(0.1, 0.9, 3)[None, None]

OTHERS = [
    planted(
        "bias-extra", dense("linear"), lambda m, x: m.fc(x) + m.own.weight,
        lambda m, x: m.fc(x), image(4, 6), fc=nn.Linear(6, 5), own=nn.LayerNorm(5),
    ),
    planted(
        "prelu-shape", ("PReLU", {"shared_axes": [1, 2]}), lambda m, x: m.act(x),
        lambda m, x: F.prelu(x, torch.linspace(0.1, 0.9, 3, dtype=x.dtype)), X, act=nn.PReLU(),
        values={"alpha": SLOPES},
    ),
    planted(
        "prelu-shape", ("PReLU", {}), lambda m, x: m.act(x),
        lambda m, x: torch.where(x >= 0, x, torch.as_tensor(ALPHA).permute(2, 0, 1) * x), X,
        act=nn.PReLU(3), values={"alpha": ALPHA},
        note="of each element",
    ),
    planted(
        "merge-order", ("Concatenate", {"axis": -1}),
        lambda m, a, b, c, d: torch.cat([b, c, d, a], 1),
        lambda m, a, b, c, d: torch.cat([a, b, c, d], 1),
        *(X + place for place in range(4)), note="of four, passed on",
    ),
]  # fmt: skip


@pytest.mark.parametrize("one", [*AXES, *MASKS, *HEADS, *RESIZES, *HARD, *OTHERS], ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

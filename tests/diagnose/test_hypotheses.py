"""Layers of images: of the hypotheses about a planted mistake, the first that mends it names it."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

torch.manual_seed(0)
X = image(2, 3, 8, 8)
ODD = image(2, 3, 7, 7)
FLAT = image(4, 6)


def conv(**settings: Any) -> Layer:
    defaults = {
        "kernel_size": (3, 3),
        "strides": (1, 1),
        "padding": "valid",
        "activation": "linear",
    }
    return ("Conv2D", defaults | settings)


def pooling(kind: str = "Max", **settings: Any) -> Layer:
    defaults = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}
    return (f"{kind}Pooling2D", defaults | settings)


def moved(module: nn.modules.batchnorm._BatchNorm) -> nn.Module:
    """Statistics small enough for epsilon to count."""
    assert module.running_var is not None
    assert module.running_mean is not None
    module.running_var.fill_(0.02)
    module.running_mean.fill_(0.3)
    return module


def same(x: Tensor, value: float = 0.0) -> Tensor:
    """Keras's padding of 8 for a window of 3 at every second place."""
    return F.pad(x, (0, 1, 0, 1), value=value)


def reflected(x: Tensor) -> Tensor:
    return F.pad(x, (1, 1, 1, 1), mode="reflect")


REFLECTED: Layer = ("Pad", {"mode": "reflect"}, (2, X.shape[2] + 2, X.shape[3] + 2, 3))
CONVOLUTIONS = [
    planted(
        "conv-same-stride", conv(padding="same", strides=(2, 2)),
        lambda m, x: m.conv(x), lambda m, x: F.conv2d(same(x), m.conv.weight, m.conv.bias, 2),
        X, conv=nn.Conv2d(3, 4, 3, stride=2, padding=1),
    ),
    planted(
        "conv-same-stride", conv(padding="same", strides=(2, 2)),
        lambda m, x: F.conv2d(F.pad(x, (1, 1, 1, 1)), m.conv.weight, m.conv.bias, stride=2),
        lambda m, x: F.conv2d(same(x), m.conv.weight, m.conv.bias, 2),
        X, conv=nn.Conv2d(3, 4, 3), note="padded by a function",
    ),
    planted(
        "padding-amount", conv(padding="same"),
        lambda m, x: m.conv(x), lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, padding=1),
        X, conv=nn.Conv2d(3, 4, 3),
    ),
    planted(
        "padding-mode", conv(padding="same"),
        lambda m, x: m.conv(x), lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, padding=1),
        X, conv=nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"),
    ),
    planted(
        "padding-mode", [REFLECTED, conv(padding="valid")],
        lambda m, x: m.conv(x),
        lambda m, x: F.conv2d(reflected(x), m.conv.weight, m.conv.bias),
        X, conv=nn.Conv2d(3, 4, 3, padding=1), note="zeros for what Keras reflects",
    ),
    planted(
        "padding-mode", REFLECTED, lambda m, x: F.pad(x, (1, 1, 1, 1), mode="replicate"),
        lambda m, x: reflected(x), X, note="of a step",
    ),
    planted(
        "causal-padding", ("Conv1D", {"kernel_size": (3,), "padding": "causal"}),
        lambda m, x: m.conv(x),
        lambda m, x: F.conv1d(F.pad(x, (2, 0)), m.conv.weight, m.conv.bias),
        image(2, 3, 9), conv=nn.Conv1d(3, 4, 3, padding="same"),
    ),
    planted(
        "stride", conv(strides=(2, 2)),
        lambda m, x: m.conv(x), lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, 2),
        X, conv=nn.Conv2d(3, 4, 3),
    ),
    planted(
        "dilation", conv(dilation_rate=(2, 2)),
        lambda m, x: m.conv(x), lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, dilation=2),
        X, conv=nn.Conv2d(3, 4, 3),
    ),
    planted(
        "convtranspose-same",
        ("Conv2DTranspose", {"kernel_size": (3, 3), "strides": (2, 2), "padding": "same"}),
        lambda m, x: m.up(x),
        lambda m, x: F.conv_transpose2d(x, m.up.weight, m.up.bias, 2)[:, :, :16, :16],
        X, up=nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1),
    ),
    planted(
        "zeropadding-order", ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}),
        lambda m, x: F.pad(x, (1, 2, 0, 3)), lambda m, x: F.pad(x, (0, 3, 1, 2)), X,
    ),
    planted(
        "zeropadding-order",
        [("ZeroPadding2D", {"padding": ((0, 1), (0, 1))}, (2, 9, 9, 3)), conv(strides=(2, 2))],
        lambda m, x: m.conv(m.pad(x)),
        lambda m, x: F.conv2d(same(x), m.conv.weight, m.conv.bias, 2),
        X, pad=nn.ZeroPad2d((1, 0, 1, 0)), conv=nn.Conv2d(3, 4, 3, stride=2),
        note="before a convolution",
    ),
    planted(
        "cropping-order", ("Cropping2D", {"cropping": ((1, 2), (0, 3))}),
        lambda m, x: x[:, :, :5, 1:-2], lambda m, x: x[:, :, 1:-2, :-3], X,
    ),
]  # fmt: skip

POOLS = [
    planted(
        "maxpool-same-odd", pooling(padding="same"),
        lambda m, x: F.max_pool2d(x, 2), lambda m, x: F.max_pool2d(x, 2, ceil_mode=True), ODD,
    ),
    planted(
        "maxpool-same-general", pooling(padding="same", pool_size=(3, 3)),
        lambda m, x: m.pool(x), lambda m, x: F.max_pool2d(same(x, -torch.inf), 3, 2),
        X, pool=nn.MaxPool2d(3, 2, padding=1),
    ),
    planted(
        "maxpool-same-general", pooling(padding="same", strides=(1, 1)),
        lambda m, x: m.pool(x), lambda m, x: F.max_pool2d(same(x, -torch.inf), 2, 1),
        X, pool=nn.MaxPool2d(2, 1), note="where rounding up adds nothing",
    ),
    planted(
        "maxpool-zero-padding", pooling(padding="same", pool_size=(3, 3)),
        lambda m, x: m.pool(same(x)), lambda m, x: F.max_pool2d(same(x, -torch.inf), 3, 2),
        X - 3, pool=nn.MaxPool2d(3, 2),
    ),
    planted(
        "padding-amount", pooling(),
        lambda m, x: m.pool(x), lambda m, x: F.max_pool2d(x, 2),
        ODD, pool=nn.MaxPool2d(2, ceil_mode=True), note="of a pool",
    ),
    planted(
        "avgpool-same", pooling("Average", padding="same", pool_size=(3, 3), strides=(1, 1)),
        lambda m, x: F.avg_pool2d(x, 3, 1, 1),
        lambda m, x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), X,
    ),
    planted(
        "avgpool-same", pooling("Average", padding="same", pool_size=(3, 3)),
        lambda m, x: F.avg_pool2d(same(x), 3, 2),
        lambda m, x: F.avg_pool2d(same(x), 3, 2) / F.avg_pool2d(same(torch.ones_like(x)), 3, 2),
        X, note="padded by a function",
    ),
    planted(
        "pool-kind", pooling("Average"),
        lambda m, x: F.max_pool2d(x, 2), lambda m, x: F.avg_pool2d(x, 2), X,
    ),
    planted(
        "pool-size", pooling(pool_size=(3, 3)),
        lambda m, x: F.max_pool2d(x, 2, 2), lambda m, x: F.max_pool2d(x, 3, 2), X,
    ),
    planted(
        "stride", pooling(strides=(1, 1)),
        lambda m, x: F.max_pool2d(x, 2), lambda m, x: F.max_pool2d(x, 2, 1), X, note="of a pool",
    ),
    planted(
        "pool-kind", ("GlobalMaxPooling2D", {}),
        lambda m, x: m.pool(x).flatten(1), lambda m, x: x.amax((2, 3)),
        X, pool=nn.AdaptiveAvgPool2d(1), note="global",
    ),
    planted(
        "axis-order", ("GlobalAveragePooling2D", {}),
        lambda m, x: x.mean((1, 3)), lambda m, x: x.mean((2, 3)), image(2, 8, 8, 8),
    ),
]  # fmt: skip

UPSAMPLINGS = [
    planted(
        "upsampling-mode", ("UpSampling2D", {"size": (2, 2), "interpolation": "bilinear"}),
        lambda m, x: m.up(x), lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear"),
        X, up=nn.Upsample(scale_factor=2),
    ),
    planted(
        "align-corners", ("UpSampling2D", {"size": (2, 2), "interpolation": "bilinear"}),
        lambda m, x: m.up(x), lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear"),
        X, up=nn.UpsamplingBilinear2d(scale_factor=2),
    ),
    planted(
        "resize-kernels", ("UpSampling2D", {"size": (2, 2), "interpolation": "bicubic"}),
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bicubic"),
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bicubic", antialias=True), X,
    ),
    planted(
        "resize-kernels", ("Resizing", {"height": 5, "width": 5, "interpolation": "nearest"}),
        lambda m, x: F.interpolate(x, size=5),
        lambda m, x: F.interpolate(x, size=5, mode="nearest-exact"), X, note="nearest",
    ),
]  # fmt: skip

NORMALISATIONS = [
    planted(
        "bn-epsilon", ("BatchNormalization", {"epsilon": 1e-3, "momentum": 0.99}),
        lambda m, x: m.bn(x),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var, eps=1e-3),
        X, bn=moved(nn.BatchNorm2d(3)),
    ),
    planted(
        "bn-epsilon", ("BatchNormalization", {"epsilon": 1e-3}),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var, eps=1e-3),
        X, bn=moved(nn.BatchNorm2d(3)), note="of a function",
    ),
    planted(
        "bn-training", ("BatchNormalization", {"epsilon": 1e-5}),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var, None, None, True, 0.0),
        lambda m, x: F.batch_norm(x, m.bn.running_mean, m.bn.running_var),
        X, bn=moved(nn.BatchNorm2d(3)),
    ),
    planted(
        "layernorm-epsilon", ("LayerNormalization", {"epsilon": 1e-3, "axis": -1}),
        lambda m, x: m.ln(x), lambda m, x: F.layer_norm(x, (6,), eps=1e-3),
        FLAT, ln=nn.LayerNorm(6),
    ),
    planted(
        "layernorm-axes", ("LayerNormalization", {"epsilon": 1e-3, "axis": -1}),
        lambda m, x: m.ln(x),
        lambda m, x: F.layer_norm(x.movedim(1, -1), (3,), eps=1e-3).movedim(-1, 1),
        X, ln=nn.GroupNorm(1, 3, eps=1e-3),
    ),
    planted(
        "groupnorm-groups", ("GroupNormalization", {"epsilon": 1e-3, "groups": 4}),
        lambda m, x: m.gn(x), lambda m, x: F.group_norm(x, 4, eps=1e-3),
        image(2, 8, 4, 4), gn=nn.GroupNorm(2, 8),
    ),
]  # fmt: skip


@pytest.mark.parametrize("one", [*CONVOLUTIONS, *POOLS, *UPSAMPLINGS, *NORMALISATIONS], ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

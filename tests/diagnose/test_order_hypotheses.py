"""Order of axes, features, inputs and weights: the first hypothesis that mends names it."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

torch.manual_seed(0)
X = image(2, 3, 4, 4)
Y = image(2, 3, 4, 4) * 0.5 + 1
FLAT = image(4, 6)
FLATTEN: Layer = ("Flatten", {}, (2, 48))
DENSE: Layer = ("Dense", {"activation": "linear"})
CONV: Layer = ("Conv2D", {"kernel_size": (3, 3), "activation": "linear"})


def keras_flat(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(1)


def with_weight(layer: nn.Linear, x: Tensor, weight: Tensor) -> Tensor:
    return F.linear(x, weight, layer.bias)


SHAPES = [
    planted(
        "reshape-order", ("Reshape", {"target_shape": (4, 4, 3)}),
        lambda m, x: x.view(-1, 3, 4, 4), lambda m, x: x.view(-1, 4, 4, 3).permute(0, 3, 1, 2),
        image(2, 48),
    ),
    planted(
        "reshape-order", ("Reshape", {"target_shape": (16, 3)}),
        lambda m, x: x.reshape(2, 16, 3), lambda m, x: x.permute(0, 2, 3, 1).reshape(2, 16, 3),
        X, keras_shape=(2, 16, 3), note="of an image",
    ),
    planted(
        "axis-order", ("Permute", {"dims": (2, 1, 3)}),
        lambda m, x: x.permute(0, 2, 1, 3), lambda m, x: x.transpose(2, 3), X,
    ),
    planted(
        "flatten-order", [FLATTEN, DENSE],
        lambda m, x: m.fc(x.flatten(1)), lambda m, x: m.fc(keras_flat(x)),
        X, fc=nn.Linear(48, 5),
    ),
    planted(
        "flatten-order", [FLATTEN, DENSE],
        lambda m, x: m.fc(keras_flat(x)), lambda m, x: m.fc(x.flatten(1)),
        X, fc=nn.Linear(48, 5), note="permuted for nothing",
    ),
    planted(
        "axis-order",
        [("Permute", {"dims": (2, 1, 3)}, (2, 5, 4, 3)), ("Reshape", {"target_shape": (5, 12)})],
        lambda m, x: x.view(2, 5, 12), lambda m, x: x.permute(0, 3, 2, 1).reshape(2, 5, 12),
        image(2, 3, 4, 5), keras_shape=(2, 5, 12), note="folded without a turn",
    ),
    planted(
        "axis-order", [("Permute", {"dims": (2, 1)}, (2, 4, 6)), ("Dense", {"activation": "tanh"})],
        lambda m, x: m.fc(x.reshape(2, 4, 6)).tanh().reshape(2, 6, 4),
        lambda m, x: m.fc(x.mT).tanh().mT,
        image(2, 6, 4), fc=nn.Linear(6, 6), is_sequence=True, note="of two views, there and back",
    ),
    planted(
        "axis-order", ("Dense", {"activation": "linear"}),
        lambda m, x: m.fc(x.view(2, 4, 3, 5).tanh().reshape(2, 3, 20)),
        lambda m, x: m.fc(x.view(2, 4, 3, 5).tanh().transpose(1, 2).reshape(2, 3, 20)),
        image(2, 4, 15), fc=nn.Linear(20, 5), is_sequence=True, note="heads not turned back",
    ),
    planted(
        "axis-order", ("Matmul", {}),
        lambda m, x: F.scaled_dot_product_attention(*(x.view(2, 3, 5, 4),) * 3),
        lambda m, x: F.scaled_dot_product_attention(*(x.view(2, 5, 3, 4).transpose(1, 2),) * 3),
        image(2, 5, 12), keras_shape=(2, 3, 5, 4), is_sequence=True, note="heads of no step",
    ),
]  # fmt: skip

ALONG = [
    planted(
        "other-axis", ("Dense", {"activation": "linear"}),
        lambda m, x: F.normalize(m.fc(x)), lambda m, x: F.normalize(m.fc(x), dim=-1),
        image(2, 4, 6), fc=nn.Linear(6, 5), is_sequence=True, note="of F.normalize, by default",
    ),
    planted(
        "other-axis", ("Mean", {"axis": (1, 2)}),
        lambda m, x: x.mean((1, 2)), lambda m, x: x.mean((2, 3)), image(2, 4, 4, 4),
        keras_shape=(2, 4), note="of two, in a mean",
    ),
    planted(
        "softmax-axis", ("AdditiveAttention", {}),
        lambda m, x: x.tanh().softmax(1) @ x, lambda m, x: x.tanh().softmax(2) @ x,
        image(2, 4, 4), is_sequence=True, note="between other steps",
    ),
]  # fmt: skip

# Axes of equal sizes, or the order of the samples' axes in front of a convolution of pixels.
CONV_1D: Layer = ("Conv1D", {"kernel_size": (3,), "activation": "linear"})
TURNED = [
    planted(
        "axis-order", CONV_1D, lambda m, x: m.conv(x), lambda m, x: m.conv(x.mT).mT,
        image(2, 5, 5), conv=nn.Conv1d(5, 5, 3, padding=1), is_sequence=True, note="as it comes",
    ),
    planted(
        "axis-order", CONV, lambda m, x: m.conv(x.transpose(1, 3)).relu(),
        lambda m, x: m.conv(x.permute(0, 3, 1, 2)).relu(),
        image(2, 5, 5, 3), conv=nn.Conv2d(3, 4, 3), is_sequence=True, note="height for width",
    ),
    planted(
        "axis-order", ("MaxPooling1D", {"pool_size": (2,), "strides": (2,), "padding": "valid"}),
        lambda m, x: F.max_pool1d(x, 2), lambda m, x: F.max_pool1d(x.mT, 2).mT,
        image(2, 6, 4), is_sequence=True, note="pooled features",
    ),
    planted(
        "axis-order", ("LSTM", {"units": 3}),
        lambda m, x: m.rnn(x)[0], lambda m, x: m.rnn(x.mT)[0],
        image(2, 4, 4), rnn=nn.LSTM(4, 3, batch_first=True), is_sequence=True, note="of steps",
    ),
]  # fmt: skip

MERGES = [
    planted(
        "concat-axis", ("Concatenate", {"axis": -1}),
        lambda m, x, y: torch.cat([x, y], -1), lambda m, x, y: torch.cat([x, y], 1), X, Y,
    ),
    planted(
        "merge-order", ("Concatenate", {"axis": -1}),
        lambda m, x, y: torch.cat([y, x], 1), lambda m, x, y: torch.cat([x, y], 1), X, Y,
    ),
    planted(
        "merge-order", ("Concatenate", {"axis": -1}),
        lambda m, x, y: torch.cat([y, torch.cat([x, y], 1)], 1),
        lambda m, x, y: torch.cat([torch.cat([x, y], 1), y], 1), X, Y, note="in two steps",
    ),
    planted(
        "merge-order", ("Subtract", {}), lambda m, x, y: y - x, lambda m, x, y: x - y, X, Y,
        note="of a difference",
    ),
    planted(
        "merge-kind", ("Multiply", {}), lambda m, x, y: x + y, lambda m, x, y: x * y, X, Y,
    ),
    planted(
        "merge-kind", ("Average", {}), lambda m, x, y: x + y, lambda m, x, y: (x + y) / 2, X, Y,
        note="average",
    ),
]  # fmt: skip


def of_rows(weight: Tensor) -> Tensor:
    """Filters that stand multiplier first, in torch's order."""
    return weight.view(2, 3, 1, 3, 3).transpose(0, 1).reshape(6, 1, 3, 3)


WEIGHTS = [
    planted(
        "dense-kernel-transpose", DENSE, lambda m, x: m.fc(x),
        lambda m, x: with_weight(m.fc, x, m.fc.weight.T), FLAT, fc=nn.Linear(6, 6),
    ),
    planted(
        "conv-kernel-layout", CONV, lambda m, x: m.conv(x),
        lambda m, x: F.conv2d(x, m.conv.weight.transpose(2, 3), m.conv.bias),
        X, conv=nn.Conv2d(3, 4, 3),
    ),
    planted(
        "conv-kernel-flip", CONV, lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias),
        lambda m, x: F.conv2d(x, m.conv.weight.flip(2, 3), m.conv.bias),
        X, conv=nn.Conv2d(3, 4, 3),
    ),
    planted(
        "conv-channels", CONV, lambda m, x: m.conv(x),
        lambda m, x: F.conv2d(x, m.conv.weight.transpose(0, 1), m.conv.bias),
        X, conv=nn.Conv2d(3, 3, 3),
    ),
    planted(
        "depthwise-layout", ("DepthwiseConv2D", {"kernel_size": (3, 3)}), lambda m, x: m.conv(x),
        lambda m, x: F.conv2d(x, of_rows(m.conv.weight), m.conv.bias, groups=3),
        X, conv=nn.Conv2d(3, 6, 3, groups=3),
    ),
]  # fmt: skip


@pytest.mark.parametrize("one", [*SHAPES, *ALONG, *TURNED, *MERGES, *WEIGHTS], ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

"""A Keras layer that is missing is written as a line of PyTorch that does the same."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from parity.diagnose import rewriting
from parity.diagnose.hypothesis import Case
from parity.records.comparison import Step
from tests.diagnose.cases import image

IMAGE, SIGNAL, FLAT = (2, 7, 6, 4), (2, 6, 4), (2, 5)  # in Keras's layout
AXES = {4: (0, 2, 3, 1), 3: (0, 1, 2), 2: (0, 1)}  # images channels first, sequences as Keras
LINES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}, (2, 3, 3, 4)),
    ("MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2), "padding": "same"}, (2, 4, 3, 4)),
    ("AveragePooling2D", {"pool_size": (3, 3), "strides": (2, 2), "padding": "same"}, (2, 4, 3, 4)),
    ("GlobalAveragePooling2D", {}, (2, 4)),
    ("GlobalMaxPooling2D", {"keepdims": True}, (2, 1, 1, 4)),
    ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, (2, 10, 9, 4)),
    ("Cropping2D", {"cropping": ((1, 2), (0, 3))}, (2, 4, 3, 4)),
    ("UpSampling2D", {"size": (2, 2), "interpolation": "bilinear"}, (2, 14, 12, 4)),
    ("Resizing", {"height": 5, "width": 4, "interpolation": "nearest"}, (2, 5, 4, 4)),
    ("Flatten", {}, (2, 168)),
    ("Permute", {"dims": (2, 1, 3)}, (2, 6, 7, 4)),
    ("Reshape", {"target_shape": (42, 4)}, (2, 42, 4)),
    ("Rescaling", {"scale": 0.5, "offset": 1.0}, IMAGE),
    ("Dropout", {"rate": 0.5}, IMAGE),
    ("Dense", {"units": 3}, (2, 3)),
    ("Conv2D", {"kernel_size": (3, 3), "filters": 5, "padding": "same", "strides": (2, 2)},
     (2, 4, 3, 5)),
    ("DepthwiseConv2D", {"kernel_size": (3, 3), "depth_multiplier": 2}, (2, 5, 4, 8)),
    ("Conv1D", {"kernel_size": (3,), "filters": 5, "padding": "causal"}, (2, 6, 5)),
    ("BatchNormalization", {"epsilon": 1e-3}, IMAGE),
    ("LayerNormalization", {"epsilon": 1e-3, "axis": -1}, IMAGE),
    ("LayerNormalization", {"epsilon": 1e-3, "axis": -1}, SIGNAL),
    ("Activation", {"activation": "tanh"}, IMAGE),
    ("Softmax", {"axis": -1}, IMAGE),
    ("LeakyReLU", {"negative_slope": 0.2}, FLAT),
    ("Transpose", {"axes": (0, 2, 1, 3)}, (2, 6, 7, 4)),
    ("Moveaxis", {"source": 1, "destination": (2,)}, (2, 6, 7, 4)),
    ("Softmax", {"axis": (-1,)}, IMAGE),
    ("Tanh", {}, IMAGE),
    ("LogSoftmax", {"axis": -1}, IMAGE),
]  # fmt: skip


def done(kind: str, settings: dict[str, Any], shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """What the line is given and what it gives, in Keras's layout."""
    before = {"Dense": FLAT, "LeakyReLU": FLAT, "Conv1D": SIGNAL}.get(kind, IMAGE)
    before = SIGNAL if shape == SIGNAL else before
    x = image(*before)
    axes = AXES[len(before)] if kind != "Conv1D" else (0, 2, 1)
    layer = Step("added", kind, shape, inputs=("",), settings=settings)
    torch_shape = tuple(before[axes.index(axis)] for axis in range(len(before)))
    case = Case((layer,), (Step("own", "own", torch_shape),), before, shape, axes)
    names = {"torch": torch, "nn": torch.nn, "F": F, "self": torch.nn.Module().eval()}
    names["y"] = x.permute([axes.index(axis) for axis in range(len(before))]).float()
    exec(rewriting.line(case, "y"), names)
    y: Any = names["y"]
    turned = y.ndim == 4 or kind in ("Conv1D", "Reshape")  # the channels come first
    return x, (y.movedim(1, -1) if turned else y).detach()


@pytest.mark.parametrize(("kind", "settings", "shape"), LINES)
def test_the_line_gives_keras_s_shape(
    kind: str, settings: dict[str, Any], shape: tuple[int, ...]
) -> None:
    assert tuple(done(kind, settings, shape)[1].shape) == shape


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (0, lambda x: F.max_pool2d(x.movedim(-1, 1), 2).movedim(1, -1)),
        (3, lambda x: x.mean((1, 2))),
        (5, lambda x: F.pad(x, (0, 0, 0, 3, 1, 2))),
        (6, lambda x: x[:, 1:-2, :-3]),
        (9, lambda x: x.flatten(1)),
        (10, lambda x: x.transpose(1, 2)),
        (11, lambda x: x.reshape(2, 42, 4)),
        (12, lambda x: x * 0.5 + 1),
        (13, lambda x: x),
        (19, lambda x: F.layer_norm(x, (4,), eps=1e-3)),
        (21, torch.tanh),
        (22, lambda x: x.softmax(-1)),
        (23, lambda x: F.leaky_relu(x, 0.2)),
        (24, lambda x: x.transpose(1, 2)),
        (25, lambda x: x.transpose(1, 2)),
        (26, lambda x: x.softmax(-1)),
        (27, torch.tanh),
        (28, lambda x: x.log_softmax(-1)),
    ],
)
def test_the_line_does_what_keras_does(line: int, wanted: Any) -> None:
    x, y = done(*LINES[line])
    torch.testing.assert_close(y, wanted(x.float()))


def test_a_layer_that_nothing_is_known_of_is_called() -> None:
    layer = Step("my/own", "Own", (2, 5), inputs=("",))
    case = Case((layer,), (), (2, 5), (2, 5))
    assert rewriting.line(case, "y") == "y = my_own(y)  # as Keras's Own does"


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        (("conv", "skip:0"), "y = y + skip"),
        (("one", "a/b"), "y = one + a_b"),
        (("conv", ""), "y = y + x"),
    ],
)
def test_a_merge_names_what_it_takes(inputs: tuple[str, ...], wanted: str) -> None:
    conv, add = Step("conv", "Conv2D", FLAT), Step("add", "Add", FLAT, inputs=inputs)
    case = Case((conv, add), (), FLAT, FLAT)
    assert rewriting.line(case, "y").partition("  #")[0] == wanted

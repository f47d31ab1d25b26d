"""Activations, inputs and steps that are too many: the first hypothesis that mends names it."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.sides.functions import hard_sigmoid_of_keras_2
from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

torch.manual_seed(0)
X = image(2, 3, 8, 8)
FLAT = image(4, 6)


def dense(activation: Any = "linear") -> Layer:
    return ("Dense", {"units": 6, "activation": activation})


def fc() -> nn.Module:
    return nn.Linear(6, 5)


def activation_of_dense(
    cause: str, keras: Any, port: Any, faithful: Any, note: str = ""
) -> Planted:
    """A Dense layer whose activation alone is in question."""
    return planted(
        cause, dense(keras), lambda m, x: port(m.fc(x)), lambda m, x: faithful(m.fc(x)),
        FLAT, fc=fc(), note=note or keras,
    )  # fmt: skip


def shifting() -> nn.Module:
    layer = nn.BatchNorm2d(3)
    assert layer.running_mean is not None
    layer.running_mean.fill_(0.4)
    return layer


def same(x: Tensor) -> Tensor:
    return x


def gelu_by_tanh(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


ACTIVATIONS = [
    activation_of_dense("activation-missing", "relu", same, F.relu),
    activation_of_dense("activation-extra", "linear", F.relu, same),
    activation_of_dense("activation-replaced", "tanh", torch.sigmoid, torch.tanh),
    activation_of_dense("activation-replaced", "silu", F.hardswish, F.silu),
    activation_of_dense("activation-extra", "sigmoid", lambda x: F.relu(x).sigmoid(), F.sigmoid),
    activation_of_dense("gelu-approximate", "gelu", gelu_by_tanh, F.gelu),
    activation_of_dense(
        "leaky-relu-slope", "leaky_relu", F.leaky_relu, lambda x: F.leaky_relu(x, 0.2)
    ),
    activation_of_dense(
        "leaky-relu-slope", {"class_name": "LeakyReLU", "config": {"negative_slope": 0.3}},
        F.leaky_relu, lambda x: F.leaky_relu(x, 0.3), "a layer within",
    ),
    activation_of_dense("elu-alpha", "elu", lambda x: F.elu(x, 0.5), F.elu),
    activation_of_dense(
        "hard-sigmoid", "sigmoid",
        lambda x: torch.max(torch.min(0.2 * x + 0.5, x.new_ones(())), x.new_tensor(0.0)),
        torch.sigmoid, "of new tensors",
    ),
    activation_of_dense(
        "hard-sigmoid", "hard_sigmoid", lambda x: (0.2 * x + 0.5).clamp(0, 1), F.hardsigmoid
    ),
    activation_of_dense(
        "hard-sigmoid", "my>hard", F.hardsigmoid, hard_sigmoid_of_keras_2, "a person's own"
    ),
    activation_of_dense(
        "gelu-approximate", "my>gelu", F.gelu, gelu_by_tanh, "a person's own"
    ),
    planted(  # keras.ops.gelu
        "gelu-approximate", ("Gelu", {"approximate": True}), lambda m, x: F.gelu(x),
        lambda m, x: gelu_by_tanh(x), FLAT, note="an operation",
    ),
    planted(
        "activation-replaced", ("Silu", {}), lambda m, x: F.gelu(x), lambda m, x: F.silu(x), FLAT,
        note="an operation",
    ),
    activation_of_dense("softmax-missing", "softmax", same, lambda x: x.softmax(-1)),
    activation_of_dense(
        "double-softmax", "softmax", lambda x: x.softmax(-1).softmax(-1), lambda x: x.softmax(-1)
    ),
    activation_of_dense(
        "log-softmax", "softmax", lambda x: F.log_softmax(x, -1), lambda x: x.softmax(-1)
    ),
    activation_of_dense(
        "softmax-axis", "softmax", lambda x: x.softmax(0), lambda x: x.softmax(-1)
    ),
    planted(
        "softmax-axis", ("Softmax", {"axis": -1}),
        lambda m, x: m.act(x), lambda m, x: x.softmax(1), X, act=nn.Softmax(dim=-1),
        note="of an image",
    ),
    planted(
        "leaky-relu-slope", ("LeakyReLU", {"negative_slope": 0.3}),
        lambda m, x: m.act(x), lambda m, x: F.leaky_relu(x, 0.3), FLAT, act=nn.LeakyReLU(),
        note="of a layer",
    ),
    planted(
        "activation-replaced", ("ReLU", {"max_value": 6.0, "negative_slope": 0.0}),
        lambda m, x: F.relu(9 * x), lambda m, x: F.relu6(9 * x), FLAT, note="ReLU(6)",
    ),
    planted(
        "activation-place",
        [("BatchNormalization", {"epsilon": 1e-5}, (2, 8, 8, 3)), ("ReLU", {})],
        lambda m, x: m.bn(F.relu(x)),
        lambda m, x: F.relu(m.bn(x)), X, bn=shifting(),
    ),
]  # fmt: skip


def noisy(module: Any, x: Tensor) -> Tensor:
    return module.fc(x + 0.1 * torch.randn_like(x))  # type: ignore[no-any-return]


def plain(module: Any, x: Tensor) -> Tensor:
    return module.fc(x)  # type: ignore[no-any-return]


RANDOM = [
    planted(
        "dropout-left-on", dense(), lambda m, x: F.dropout(m.fc(x), 0.5), plain, FLAT, fc=fc(),
    ),
    planted("noise-left-on", dense(), noisy, plain, FLAT, fc=fc()),
]  # fmt: skip

MEANS = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(3, 1, 1)
SDS = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(3, 1, 1)


def image_layer(cause: str, port: Any, faithful: Any, note: str = "") -> Planted:
    """A convolution whose input alone is in question."""
    keras = ("Conv2D", {"kernel_size": (3, 3), "activation": "linear"})
    return planted(
        cause, keras, lambda m, x: m.conv(port(x)), lambda m, x: m.conv(faithful(x)),
        X, conv=nn.Conv2d(3, 4, 3), note=note,
    )  # fmt: skip


INPUTS = [
    image_layer("input-scaling", lambda x: x / 255, same, "divided"),
    image_layer("input-scaling", same, lambda x: x / 255, "not divided"),
    image_layer("input-scaling", same, lambda x: x * 2 - 1, "not centred"),
    image_layer("input-normalisation", lambda x: (x - 0.1307) / 0.3081, same, "twice"),
    image_layer("input-normalisation", same, lambda x: (x - MEANS) / SDS, "ImageNet"),
    image_layer("channel-order", same, lambda x: x.flip(1)),
    planted(
        "input-scaling",
        [("Rescaling", {"scale": 1 / 99, "offset": 0.5}, (4, 6)), dense()],
        plain, lambda m, x: m.fc(x / 99 + 0.5), FLAT, fc=fc(), note="a layer",
    ),
    planted("output-scaling", dense(), lambda m, x: m.fc(x) * 3, plain, FLAT, fc=fc()),
]  # fmt: skip

STEPS = [
    planted(
        "dtype", dense(), lambda m, x: m.fc(x.half().to(torch.float64)), plain, FLAT, fc=fc(),
    ),
    planted("layer-extra", dense(), lambda m, x: m.fc(F.normalize(x)), plain, FLAT, fc=fc()),
    planted(
        "bias-doubled", dense(), lambda m, x: m.fc(x) + m.fc.bias, plain, FLAT, fc=fc(),
    ),
]  # fmt: skip


# The line that mends it is not about the last step alone.
IN_PARTS = activation_of_dense(
    "hard-sigmoid", "sigmoid",
    lambda x: torch.where(x > 2.5, 1.0, torch.where(x < -2.5, 0.0, 0.2 * x + 0.5)),
    torch.sigmoid, "in parts",
)  # fmt: skip


@pytest.mark.parametrize("one", [*ACTIVATIONS, IN_PARTS, *RANDOM, *INPUTS, *STEPS], ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause

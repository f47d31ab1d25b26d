"""Live ports that are filled with Keras's weights, and those that cannot be: a script.

It runs by itself (tests/test_transfer.py), because a process that trains with torch must not hold
TensorFlow, and prints what it found as JSON.
"""

import json
from typing import Any

import keras
import numpy as np
import torch
from torch import Tensor, nn

import parity
from tests.live_objects import Net, error_of, model, state

AXES = {"torch": "out.weight", "axes": [2, 0, 1]}


class Recurrent(nn.Module):
    """torch has a second bias, which Keras lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.lstm(x)[0])


class Wider(Net):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4 * 36, 6)


class Longer(Net):
    """With a layer that the Keras model has not."""

    def __init__(self) -> None:
        super().__init__()
        self.extra = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.extra(super().forward(x))
        return out


class Broken(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x[:, :2])


class Shared(nn.Module):
    """One layer in the place of two."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.layer(self.layer(x)))


def two_layers() -> Any:
    layers = [keras.layers.Dense(4, name=name) for name in ("first", "second")]
    return keras.Sequential([keras.Input((4,)), *layers], name="two")


def apart(keras_model: Any, net: nn.Module, images: Any, channels_first: bool) -> float:
    """The largest difference of what both give, in float32."""
    expected = keras.ops.convert_to_numpy(keras_model(images, training=False))
    moved = np.moveaxis(images, -1, 1) if channels_first else images
    with torch.no_grad():
        found = net(torch.from_numpy(np.ascontiguousarray(moved))).numpy()
    return float(np.abs(found - expected).max())


def filled() -> dict[str, Any]:
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")
    keras_model, net = model(), Net().eval()
    for variable in keras_model.variables:
        if "seed" not in variable.path:
            drawn = np.random.default_rng(1).uniform(0.5, 1.5, variable.shape)
            # Logits near 1: of large ones float32's rounding shows in their softmax.
            variable.assign((drawn - 1) / 4 if "kernel" in variable.path else drawn)
    net.conv.weight.requires_grad_(False)
    tensors = [id(x) for x in (*net.parameters(), *net.buffers())]
    before, apart_before = state(keras_model, net), apart(keras_model, net, images, True)
    ledger = parity.transfer(keras_model, net)
    after = state(keras_model, net)
    sequence = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4, return_sequences=True)])
    recurrent = Recurrent()
    parity.transfer(sequence, recurrent)
    return {
        "before": apart_before,
        "after": apart(keras_model, net, images, True),
        "lstm": apart(sequence, recurrent, images[:, 0, :5], False),
        "lines": {line.keras.name: line.torch.name for line in ledger.lines},
        "changed": [name for name in before if before[name] != after[name]],
        "same objects": tensors == [id(x) for x in (*net.parameters(), *net.buffers())],
    }


class Places(nn.Module):
    """With a parameter for numbers that a Keras graph holds."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.out = nn.Parameter(torch.zeros(1, 5, 3)), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.out(x + self.table))


def graph_filled() -> dict[str, Any]:
    """Rows that were looked up while the model was built are filled in; the model has no variable
    that could be filled with others."""
    x = keras.Input((5, 3))
    rows = keras.layers.Embedding(5, 3)(keras.ops.arange(5))
    keras_model = keras.Model(x, keras.layers.Dense(2)(x + rows))
    net, steps = Places(), np.random.default_rng(3).normal(size=(4, 5, 3)).astype("float32")
    parity.transfer(keras_model, net)
    found = apart(keras_model, net, steps, False)
    refused = error_of(parity.transfer, keras_model, Places(), to="keras")
    parity.transfer(keras_model, net, to="keras")
    return {"after": found, "refused": refused}


def filled_back() -> dict[str, Any]:
    """The other way: a Keras model gets the port's weights."""
    images = np.random.default_rng(2).normal(size=(3, 8, 8, 3)).astype("float32")
    keras_model, net = model(), Net().eval()
    before = state(keras_model, net)
    variables = [id(x) for x in keras_model.variables]
    parity.transfer(keras_model, net, to="keras")
    after = state(keras_model, net)
    return {
        "after": apart(keras_model, net, images, True),
        "changed": [name for name in before if before[name] != after[name]],
        "same objects": variables == [id(x) for x in keras_model.variables],
    }


class Sharper(Net):
    """With all the weights of the Keras model, and another function."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) ** 2


def refused(keras_model: Any, net: nn.Module, **settings: Any) -> dict[str, Any]:
    before = state(keras_model, net)
    error = error_of(parity.transfer, keras_model, net, **settings)
    return {"error": error, "kept": state(keras_model, net) == before}


def main() -> dict[str, Any]:
    return {
        "filled": filled(),
        "filled back": filled_back(),
        "of a graph": graph_filled(),
        "refused": {
            "wider": refused(model(), Wider()),
            "longer": refused(model(), Longer()),
            "broken": refused(model(), Broken()),
            "mapped": refused(model(), Net(), mapping={"weights": {"out/kernel": AXES}}),
            "sharper": refused(model(), Sharper()),
            "sharper, to keras": refused(model(), Sharper(), to="keras"),
            "shared": refused(two_layers(), Shared()),
        },
        "name": error_of(parity.transfer, model(), "tests.live_objects:Net"),
    }


if __name__ == "__main__":
    print(json.dumps(main()))

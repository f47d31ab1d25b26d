"""Live objects of both frameworks in one process, and what `parity.check` says of them: a script.

It runs by itself (tests/test_api.py), because a process that trains with torch must not hold
TensorFlow, and prints what it found as JSON.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch
from torch import Tensor, nn

import parity
from parity.errors import ParityError


class Net(nn.Module):
    """The port of `model`; with `slope` it has another activation."""

    def __init__(self, slope: float = 0.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4, eps=1e-3)
        self.act = nn.LeakyReLU(slope)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(4 * 36, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv(x)))
        return torch.softmax(self.out(self.drop(x.flatten(1))), -1)


class Upcast(Net):
    """Cannot be run in float64 as it is: its weights are that, and what it casts is float32."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float())


def model() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="act"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(5, activation="softmax", name="out"),
        ],
        name="small",
    )


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.rnn(x)[0]
        return outputs


def summed(added: float) -> str:
    """The verdict of a port that holds two biases, of which Keras holds the sum, in float32."""
    net, given = Recurrent(), keras.Input((5, 4))
    layer = keras.layers.LSTM(3, return_sequences=True)
    keras_model = keras.Model(given, layer(given))
    own = {name: value.detach().numpy() for name, value in net.rnn.named_parameters()}
    bias = own["bias_ih_l0"] + own["bias_hh_l0"]
    layer.set_weights([own["weight_ih_l0"].T, own["weight_hh_l0"].T, bias])
    with torch.no_grad():
        dict(net.rnn.named_parameters())["bias_hh_l0"][0] += added
    return parity.check(keras_model, net, loaded=True).verdict


def folded(added: float) -> str:
    """The verdict of a port that holds a normalisation in the weights of the layer before it."""
    given = keras.Input((5,))
    dense, norm = keras.layers.Dense(4, use_bias=False), keras.layers.BatchNormalization()
    keras_model = keras.Model(given, norm(dense(given)))
    norm.set_weights([np.linspace(1, 2, 4), np.arange(4.0), np.ones(4), np.linspace(1, 3, 4)])
    gamma, beta, mean, variance = norm.get_weights()
    scale, net = gamma / np.sqrt(variance + norm.epsilon), nn.Linear(5, 4)
    with torch.no_grad():
        net.weight.copy_(torch.tensor((dense.get_weights()[0] * scale).T))
        net.bias.copy_(torch.tensor(beta - mean * scale + added))
    return parity.check(keras_model, net, loaded=True).verdict


def state(keras_model: Any, net: nn.Module) -> dict[str, Any]:
    """All that a check could leave behind, as text."""
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules()]
    return {
        "keras weights": [
            keras.ops.convert_to_numpy(v).tobytes().hex() for v in keras_model.variables
        ],
        "torch weights": [x.numpy().tobytes().hex() for x in net.state_dict().values()],
        "training": [m.training for m in net.modules()],
        "hooks": hooks,
        "dtypes": [str(x.dtype) for x in net.state_dict().values()],
        "gradients": [x.requires_grad for x in net.parameters()],
        "policies": [layer.dtype_policy.name for layer in keras_model.layers],
        "floatx": [keras.config.floatx(), keras.config.dtype_policy().name],
        "generator": torch.get_rng_state().numpy().tobytes().hex(),
        "threads": torch.get_num_threads(),
        "default": str(torch.get_default_dtype()),
        "nodes": [len(layer._inbound_nodes) for layer in keras_model.layers],
        "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
    }


def error_of(function: Callable[..., object], *args: Any, **settings: Any) -> str:
    """What ParityError a call raises, or ""."""
    try:
        function(*args, **settings)
    except ParityError as found:
        return str(found)
    return ""


def main(folder: Path) -> dict[str, Any]:
    keras_model, net = model(), Net().train()
    net.conv.weight.requires_grad_(False)
    net.out.register_forward_hook(lambda module, args, output: None)
    torch.manual_seed(5)
    before = state(keras_model, net)
    good = parity.check(keras_model, net)
    parity.check(keras_model, net, train=True)
    low = parity.check(keras_model, net, dtype="bfloat16")
    after = state(keras_model, net)
    bad = parity.check(keras_model, Net(slope=0.2), dtype="float64")
    bad.to_json(folder / "bad.json")
    bad.to_html(folder / "bad.html")
    bad.to_model_explorer(folder / "graphs.json")
    images = np.ones((2, 8, 8, 3), "float32")
    loaded = parity.check(keras_model, net, images, loaded=True)
    return {
        "changed": [name for name in before if before[name] != after[name]],
        "good": {"true": bool(good), "verdict": good.verdict, "name": good.pair},
        "bad": {
            "true": bool(bad),
            "verdict": bad.verdict,
            "first": bad.first_divergence and bad.first_divergence.keras,
            "causes": [cause.cause for finding in bad.diagnosis for cause in finding.causes],
            "text": str(bad),
            "html": bad._repr_html_(),
        },
        "passes": {
            "rows": [
                [[node.name for node in row.keras], [node.name for node in row.torch]]
                for row in good.passes.rows
            ],
            "from": [[*row.keras_from, *row.torch_from] for row in good.passes.rows],
            "placed": [[placed.keras, placed.torch] for placed in good.passes.placed],
        },
        "layers": {
            "columns": list(good.layers.columns),
            "rows": good.layers[["dtype", "keras", "verdict"]].to_numpy().tolist(),
        },
        "low": low.verdict,
        "upcast": parity.check(keras_model, Upcast()).verdict,
        "summed": [summed(0.0), summed(1e-3)],
        "folded": [folded(0.0), folded(0.1)],
        "loaded": {"verdict": loaded.verdict, "gate": loaded.gates[1].verdict},
        "errors": {
            "shape": error_of(parity.check, keras_model, net, np.zeros((2, 5), "float32")),
            "dtype": error_of(parity.check, keras_model, net, dtype="float8"),
            "kind": error_of(parity.check, keras_model, "tests.live_objects:model"),
            "none": error_of(parity.check, nn.Linear(2, 2), net),
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))

"""Live pairs with training steps of the port's own, and what is said: a script, as live_trained.

It prints as JSON what it found of the cases that are named.
"""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import torch._dynamo  # in front of TensorFlow, as torch's optimizers need it

from torch import Tensor, nn  # isort: skip
from torch.nn import functional as F  # isort: skip
from torch.optim.lr_scheduler import ExponentialLR  # isort: skip

import keras
import numpy as np

import parity
from parity import semantics
from tests.live_training import told

layers, optimizers = keras.layers, keras.optimizers
draw = np.random.default_rng(0)
X, CLASSES = draw.standard_normal((70, 6)).astype("float32"), draw.integers(0, 3, 70)
LIMIT = 0.01  # of gradients

Clip = Callable[[list[Tensor]], Any]


def step(
    module: Any, batch: Any, optimizer: Any, clip: Clip = len, scale: float = 1.0, late: str = ""
) -> Tensor:
    """As people write it. scale: of the loss that gradients are of; late: what stands behind the
    pass, and does not belong there."""
    optimizer.zero_grad()
    with torch.autocast("cpu", enabled=late == "autocast"):
        loss = F.cross_entropy(module(batch[0]), batch[1])
    (loss * scale).backward()  # type: ignore[no-untyped-call]
    if late == "zero_grad":
        optimizer.zero_grad()
    clip(list(module.parameters()))
    optimizer.step()
    return loss


def hooked(net: nn.Module) -> nn.Module:
    for parameter in net.parameters():
        parameter.register_hook(  # type: ignore[no-untyped-call]
            lambda gradient: gradient.clamp(-LIMIT, LIMIT)
        )
    return net


def by_value(parameters: list[Tensor]) -> None:
    nn.utils.clip_grad_value_(parameters, LIMIT)


def by_norm(parameters: list[Tensor]) -> None:
    nn.utils.clip_grad_norm_(parameters, LIMIT)


SGD: Any = partial(torch.optim.SGD, lr=0.1)
OF_KERAS = partial(optimizers.SGD, 0.1)
LOSS = {"loss": nn.CrossEntropyLoss()}
AVERAGED = {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3}
MOVING = partial(torch.optim.Adagrad, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.1, eps=1e-7)
FALLS = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5**epoch)
FALLING = {**LOSS, "keras_callbacks": [FALLS], "scheduler": partial(ExponentialLR, gamma=0.5)}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {  # Keras's optimizer, and the port's training
    "clipped by value": (OF_KERAS(clipvalue=LIMIT), {"step": partial(step, clip=by_value)}),
    "not by value": (OF_KERAS(clipvalue=LIMIT), {"step": step}),
    "norm and 1e-6": (OF_KERAS(global_clipnorm=LIMIT), {"step": partial(step, clip=by_norm)}),
    "cleared late": (OF_KERAS(), {"step": partial(step, late="zero_grad")}),
    "in autocast": (OF_KERAS(), {"step": partial(step, late="autocast")}),
    "scaled": (optimizers.Adam(0.1), {"step": partial(step, scale=2.0)}),
    "hooked": (OF_KERAS(), LOSS),
    "dampened": (OF_KERAS(momentum=0.9), {**LOSS, "optimizer": partial(SGD, momentum=0.9,
                 dampening=0.1)}),
    "uphill": (OF_KERAS(), {**LOSS, "optimizer": partial(SGD, maximize=True)}),
    "averaged": (OF_KERAS(**AVERAGED), LOSS),
    "slower": (optimizers.Adagrad(0.1), {**LOSS, "optimizer": MOVING}),
    "falling": (OF_KERAS(), {**FALLING, "scheduler_interval": "epoch"}),
    "falling by steps": (OF_KERAS(), FALLING),
    "not falling": (OF_KERAS(), {**FALLING, "scheduler": None}),
}  # fmt: skip


def pair(optimizer: Any) -> tuple[Any, nn.Module]:
    hidden = layers.Dense(8, activation="relu")
    model = keras.Sequential([keras.Input((6,)), hidden, layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model, nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def main(names: list[str]) -> dict[str, Any]:
    semantics.use(keras.backend.backend())
    found = {}
    for name in names:
        optimizer, given = CASES[name]
        model, net = pair(optimizer)
        net = hooked(net) if name == "hooked" else net
        training = parity.Training(**{"x": X, "y": CLASSES, "optimizer": SGD, **given})
        found[name] = told(parity.check(model, net, training=training))
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))

"""A Keras model whose own training step draws, and calls its parts: a script, as live_training.py.

It prints as JSON what is found of the ports that are named.
"""

import json
import os
import sys
from typing import Any

if os.environ.get("KERAS_BACKEND") != "tensorflow":
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Keras would import it

import torch._dynamo  # in front of TensorFlow, as torch's optimizers need it

from torch import Tensor, nn  # isort: skip
from torch.nn import functional as F  # isort: skip

import keras
import numpy as np

import parity
from parity import semantics
from tests.live_training import told

layers, ops = keras.layers, keras.ops
SIZE, CODE = 6, 2
X = np.random.default_rng(0).random((20, SIZE)).astype("float32")
L2 = 1e-3  # no number of float32's


class Coder(keras.Model):  # type: ignore[misc]
    """As Keras's guide has it: what is returned depends neither on log_var, nor on a draw."""

    is_drawn_apart = False

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, use_bias=True)
        self.norm = layers.BatchNormalization()
        self.mean, self.log_var = layers.Dense(CODE), layers.Dense(CODE)
        self.made = layers.Dense(SIZE, kernel_regularizer=keras.regularizers.L2(L2))

    def call(self, x: Any) -> Any:
        return self.made(self.encoded(x)[0])

    def encoded(self, x: Any, training: bool = False) -> Any:
        h = self.norm(self.hidden(x), training=training)  # the bias ahead of it moves nothing
        return self.mean(h), self.log_var(h)

    def train_step(self, data: Any) -> Any:
        if keras.backend.backend() == "torch":
            self.zero_grad()
            loss = self.loss_of(data)
            loss.backward()
            with torch.no_grad():
                found = [weight.value.grad for weight in self.trainable_weights]
                self.optimizer.apply(found, self.trainable_weights)
            return {"loss": loss}
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.loss_of(data)
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}

    def loss_of(self, data: Any) -> Any:
        x = data[0] if isinstance(data, tuple) else data
        mean, log_var = self.encoded(x, training=True)
        draw = keras.random.normal(ops.shape(mean))
        if self.is_drawn_apart:
            draw = keras.random.truncated_normal(ops.shape(mean))
        code = mean + ops.exp(0.5 * log_var) * draw
        divergence = ops.sum(ops.square(mean) + ops.exp(log_var) - log_var - 1, axis=1)
        distance = ops.sum(ops.square(x - self.made(code)), axis=1)
        return ops.mean(distance) + ops.mean(divergence) + sum(self.losses)


class DrawnApart(Coder):
    is_drawn_apart = True


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norm = nn.Linear(SIZE, 4), semantics.BatchNorm1d(4)
        self.mean, self.log_var = nn.Linear(4, CODE), nn.Linear(4, CODE)
        self.made = nn.Linear(CODE, SIZE)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.made(self.encoded(x)[0])
        return found

    def encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.norm(self.hidden(x))
        return self.mean(h), self.log_var(h)


def step(how: str) -> Any:
    def made(net: Any, batch: Any, optimizer: Any) -> Tensor:
        x = batch[0] if isinstance(batch, tuple) else batch
        net.train(how != "eval left on")
        mean, log_var = net.encoded(x)
        code = mean + (0.5 * log_var).exp() * torch.randn_like(mean)
        divergence = (mean.square() + log_var.exp() - log_var - 1).sum(1).mean()
        each = F.mse_loss(net.made(code), x, reduction="none")
        distance = each.mean() if how == "mean over values" else each.sum(1).mean()
        loss: Tensor = distance + divergence + L2 * net.made.weight.square().sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss

    return made


def found(name: str) -> dict[str, Any]:
    semantics.use(keras.backend.backend())
    keras.utils.set_random_seed(1)
    model = DrawnApart() if name == "drawn apart" else Coder()
    model(X)
    model.compile(keras.optimizers.Adamax(0.01))
    training = parity.Training(
        optimizer=lambda net: semantics.Adamax(net.parameters(), lr=0.01),
        step=step(name),
        x=X,
        batch_size=8,
        steps=4,
    )
    return told(parity.check(model, Net(), training=training))


if __name__ == "__main__":
    print(json.dumps({name: found(name) for name in sys.argv[1:]}))

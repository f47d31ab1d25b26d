"""More ports for tests/live_equal_sizes.py: Keras's side calls TensorFlow's own functions in layers
of its own, and layers on what depends on no input."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch
from keras import layers as L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add
Act = Callable[[Tensor], Tensor]


class Gate(L.Layer):  # type: ignore[misc]
    """A gated layer, in which all matrices are of one size."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = L.Dense(4, activation="elu")
        self.linear, self.gate = L.Dense(4), L.Dense(4, activation="sigmoid")
        self.norm = L.LayerNormalization()

    def call(self, x: Any) -> Any:
        h = self.hidden(x)
        return self.norm(x + tf.multiply(self.linear(h), self.gate(h)))


class Selected(L.Layer):  # type: ignore[misc]
    """What a gate makes of each of three features, weighed by what one makes of all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.features = [L.Dense(4) for _ in range(3)]
        self.gates = [Gate() for _ in range(3)]
        self.weights_of = L.Dense(3, activation="softmax")

    def call(self, x: Any) -> Any:
        every = [layer(x[:, n : n + 1]) for n, layer in enumerate(self.features)]
        shares = tf.expand_dims(self.weights_of(tf.concat(every, axis=1)), -1)
        found = tf.stack([gate(one) for gate, one in zip(self.gates, every, strict=True)], axis=1)
        return tf.squeeze(tf.matmul(shares, found, transpose_a=True), axis=1)


class Gating(nn.Module):
    def __init__(self, act: Act) -> None:
        super().__init__()
        self.fc, self.act = nn.Linear(4, 4), act
        self.value, self.sigma = nn.Linear(4, 4), nn.Linear(4, 4)
        self.ln = nn.LayerNorm(4, eps=1e-3)

    def forward(self, x: Tensor) -> Any:
        h = self.act(self.fc(x))
        return self.ln(x + self.value(h) * torch.sigmoid(self.sigma(h)))


class Selecting(nn.Module):
    def __init__(self, act: Act) -> None:
        super().__init__()
        self.inputs = nn.ModuleList(nn.Linear(1, 4) for _ in range(3))
        self.blocks = nn.ModuleList([Gating(act), Gating(F.elu), Gating(F.elu)])
        self.select, self.head = nn.Linear(12, 3), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        every = [layer(one) for layer, one in zip(self.inputs, x[..., None].unbind(1), strict=True)]
        shares = self.select(torch.cat(every, 1)).softmax(-1)
        found = [block(one) for block, one in zip(self.blocks, every, strict=True)]
        return self.head((shares[..., None] * torch.stack(found, 1)).sum(1))


def selected(act: Act) -> Any:
    x = keras.Input((3,))
    return keras.Model(x, L.Dense(2)(Selected()(x))), Selecting(act)


@case
def gates_by_functions_of_the_backend() -> Any:
    return selected(F.elu)


@case
def another_activation_in_a_gate_by_functions_of_the_backend() -> Any:
    return selected(F.relu)


NODES = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
NEIGHBOURS = np.array([1, 2, 3, 4, 5, 0])
ASKED = np.array([0, 3, 5, 5], "int32")


class Graph(keras.Model):  # type: ignore[misc]
    """What is asked for are nodes by their numbers; what they hold, the model has itself."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes = tf.constant(NODES)
        self.first, self.message, self.last = L.Dense(4, "gelu"), L.Dense(4, "tanh"), L.Dense(2)

    def call(self, numbers: Any) -> Any:
        x = self.first(self.nodes)
        x = x + tf.gather(self.message(x), NEIGHBOURS)
        return self.last(tf.gather(x, numbers))


class Nodes(nn.Module):
    def __init__(self, act: Act) -> None:
        super().__init__()
        self.register_buffer("nodes", torch.tensor(NODES))
        self.embed, self.send, self.out = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)
        self.act = act

    def forward(self, numbers: Tensor) -> Any:
        x = F.gelu(self.embed(self.nodes.to(self.embed.weight)))
        x = x + self.act(self.send(x))[torch.tensor(NEIGHBOURS)]
        return self.out(x[numbers.long()])


def graph(act: Act) -> Any:
    model = Graph()
    model(ASKED)
    return model, Nodes(act), ASKED


@case
def nodes_that_the_model_holds_itself() -> Any:
    return graph(torch.tanh)


@case
def another_activation_of_nodes_that_the_model_holds_itself() -> Any:
    return graph(torch.sigmoid)

"""Live pairs with layers of a person's own, for tests/live_lost.py."""

from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
import tensorflow as tf
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


@case
def a_number_of_python_that_is_cast() -> Pair:
    """On tensorflow it becomes float32 first; the port's does not."""

    def scaled(x: Any) -> Any:
        return x * ops.cast(0.1, x.dtype)

    return sequence((6,), L.Dense(5), L.Lambda(scaled), L.Dense(3)), Port(
        lambda m, x: m.b(m.a(x) * torch.tensor(0.1, dtype=x.dtype)),
        a=nn.Linear(6, 5),
        b=nn.Linear(5, 3),
    )


class Weighing(L.Layer):  # type: ignore[misc]
    """Layers of its own, and what a backend's own functions alone can run."""

    def build(self, shape: Any) -> None:
        self.inner = keras.Sequential([L.Conv2D(6, 1), L.BatchNormalization(), L.Conv2D(9, 1)])

    def call(self, x: Any) -> Any:
        around = tf.image.extract_patches(x, (1, 3, 3, 1), (1, 1, 1, 1), (1, 1, 1, 1), "SAME")
        return tf.reduce_sum(around * self.inner(x), -1, keepdims=True)


def weighing(epsilon: float) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        around = F.unfold(x, 3, padding=1).reshape(len(x), 9, 5, 5)
        return m.d((around * m.c(m.n(m.a(x)))).sum(1).flatten(1))

    parts = {"a": nn.Conv2d(1, 6, 1), "n": nn.BatchNorm2d(6, epsilon), "c": nn.Conv2d(6, 9, 1)}
    model = sequence((5, 5, 1), Weighing(), L.Flatten(), L.Dense(3))
    return model, Port(forward, **parts, d=nn.Linear(25, 3))


@case
def a_layer_that_no_symbol_enters() -> Pair:
    return weighing(1e-3)


@case
def another_epsilon_in_a_layer_that_no_symbol_enters() -> Pair:
    return weighing(1e-5)


class Reflecting(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")


def reflecting(port: nn.Module) -> Pair:
    model = sequence((5, 5, 2), Reflecting(), L.Conv2D(4, 3), L.ReLU())
    return model, port


@case
def a_reflection_of_ones_own() -> Pair:
    return reflecting(nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(2, 4, 3), nn.ReLU()))


@case
def zeros_for_a_reflection_of_ones_own() -> Pair:
    return reflecting(nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(2, 4, 3), nn.ReLU()))


@case
def a_convolution_s_zeros_for_a_reflection_of_ones_own() -> Pair:
    return reflecting(nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU()))


def of_a_policy(name: str, slope: float = 0.0) -> Pair:
    layers = [L.Conv2D(4, 3, dtype=name), L.ReLU(dtype=name), L.Flatten(dtype=name)]
    port = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.LeakyReLU(slope), nn.Flatten(), nn.Linear(36 * 4, 3)
    )
    return sequence((8, 8, 3), *layers, L.Dense(3, dtype=name)), port


@case
def a_policy_of_bfloat16_is_no_part_of_the_function() -> Pair:
    return of_a_policy("mixed_bfloat16")


@case
def a_policy_of_float16_beside_a_fault() -> Pair:
    return of_a_policy("mixed_float16", slope=0.2)


@case
def a_policy_of_float64() -> Pair:
    return of_a_policy("float64")


class Tied(keras.Model):  # type: ignore[misc]
    """It makes a weight of its own when it is built, which is when it is called first."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = L.Dense(4, activation="relu")

    def build(self, shape: Any) -> None:
        self.encoder.build(shape)
        self.offset = self.add_weight(shape=(10,), name="offset", initializer="normal")

    def call(self, x: Any) -> Any:
        kernel = ops.transpose(self.encoder.kernel)
        return ops.matmul(self.encoder(x), kernel) + self.offset


class TiedPort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(10, 4)
        self.offset = nn.Parameter(torch.zeros(10))

    def forward(self, x: Tensor) -> Tensor:
        code = F.relu(self.encoder(x))
        return F.linear(code, self.encoder.weight.T, self.offset)


@case
def a_model_that_was_never_called() -> Pair:
    return Tied(), TiedPort(), np.random.default_rng(0).normal(size=(6, 10)).astype("float32")


class Standardised(L.Conv2D):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        mean = ops.mean(self.kernel, (0, 1, 2), keepdims=True)
        deviation = ops.std(self.kernel, (0, 1, 2), keepdims=True)
        return ops.conv(x, (self.kernel - mean) / deviation, self.strides, "valid") + self.bias


class StandardisedPort(nn.Conv2d):
    correction = 0

    def forward(self, x: Tensor) -> Tensor:
        axes = (1, 2, 3)
        mean = self.weight.mean(axes, keepdim=True)
        deviation = self.weight.std(axes, keepdim=True, correction=self.correction)
        return F.conv2d(x, (self.weight - mean) / deviation, self.bias)


class Corrected(StandardisedPort):
    correction = 1


def standardised(kind: type[nn.Conv2d]) -> Pair:
    layers = Standardised(4, 3), L.ReLU(), Standardised(2, 3)
    return sequence((7, 7, 3), *layers), nn.Sequential(kind(3, 4, 3), nn.ReLU(), kind(4, 2, 3))


@case
def kernels_that_are_standardised() -> Pair:
    return standardised(StandardisedPort)


@case
def kernels_that_are_standardised_otherwise() -> Pair:
    return standardised(Corrected)


@case
def kernels_that_are_not_standardised() -> Pair:
    return standardised(nn.Conv2d)


class Binary(L.Dense):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return ops.matmul(x, ops.sign(self.kernel) * ops.mean(ops.abs(self.kernel)))


class BinaryPort(nn.Linear):
    """Its weight stands as Keras's kernel does, and as torch's Linear does not."""

    def forward(self, x: Tensor) -> Tensor:
        return x @ (self.weight.sign() * self.weight.abs().mean())


@case
def a_square_weight_held_as_keras_holds_it() -> Pair:
    port = nn.Sequential(*(BinaryPort(6, 6, bias=False) for _ in range(2)))
    return sequence((6,), *(Binary(6, use_bias=False) for _ in range(2))), port


@case
def a_normalisation_of_each_place_for_that_of_all() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        return F.relu(m.n(m.c(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2))

    layers = L.Conv2D(4, 3), L.GroupNormalization(groups=1, epsilon=1e-5), L.ReLU()
    port = Port(forward, c=nn.Conv2d(3, 4, 3), n=nn.LayerNorm(4))
    return sequence((5, 5, 3), *layers), port


@case
def many_square_weights_held_as_keras_holds_them() -> Pair:
    kernels = [Binary(6, use_bias=False) for _ in range(6)]
    return sequence((6,), *kernels), nn.Sequential(*(BinaryPort(6, 6, False) for _ in kernels))

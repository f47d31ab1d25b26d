"""Live pairs with layers of a person's own, beside another fault or with one inside, for
tests/live_lost.py."""

from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


class Crossed(L.Layer):  # type: ignore[misc]
    def build(self, shapes: Any) -> None:
        width = shapes[0][-1]
        self.w = self.add_weight(shape=(width, 1), name="w")
        self.b = self.add_weight(shape=(width,), name="b")

    def call(self, taken: Any) -> Any:
        first, x = taken
        return first * ops.matmul(x, self.w) + self.b + x


class CrossedPort(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(width, 1))
        self.b = nn.Parameter(torch.zeros(width))

    def forward(self, first: Tensor, x: Tensor) -> Tensor:
        return first * (x @ self.w) + self.b + x


def crossed(with_input: bool = True) -> Pair:
    i = keras.Input((5,))
    x = Crossed()([i, Crossed()([i, i])])
    deep = L.ReLU()(L.BatchNormalization()(L.Dense(4)(i)))
    k = keras.Model(i, L.Dense(2)(L.Concatenate()([x, deep])))

    def forward(m: Any, i: Tensor) -> Tensor:
        x = m.one(i, i)
        x = m.two(i if with_input else x, x)
        return m.o(torch.cat([x, F.relu(m.n(m.d(i)))], 1))  # type: ignore[no-any-return]

    parts = {"one": CrossedPort(5), "two": CrossedPort(5), "n": nn.BatchNorm1d(4, 1e-3)}
    return k, Port(forward, **parts, d=nn.Linear(5, 4), o=nn.Linear(9, 2))


@case
def layers_that_cross_values() -> Pair:
    return crossed()


@case
def layers_that_cross_another_value() -> Pair:
    return crossed(with_input=False)


class Spread(L.Layer):  # type: ignore[misc]
    """Sums over neighbours, and an activation under a name that Keras does not know."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.ends_with = ops.relu

    def build(self, shapes: Any) -> None:
        self.kernel = self.add_weight(shape=(shapes[0][-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), name="bias")

    def call(self, taken: Any) -> Any:
        x, near = taken
        return self.ends_with(ops.matmul(near, ops.matmul(x, self.kernel)) + self.bias)


class SpreadPort(nn.Module):
    def __init__(self, given: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(given, units))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor, near: Tensor) -> Tensor:
        return near @ (x @ self.weight) + self.bias


@case
def a_layer_that_lost_the_activation_it_ends_with() -> Pair:
    x, near = keras.Input((4, 3)), keras.Input((4, 4))
    h = Spread(6)([Spread(6)([x, near]), near])
    k = keras.Model([x, near], L.Dense(2)(L.GlobalAveragePooling1D()(h)))

    def forward(m: Any, x: Tensor, near: Tensor) -> Any:
        return m.o(F.relu(m.two(m.one(x, near), near)).mean(1))

    return k, Port(forward, one=SpreadPort(3, 6), two=SpreadPort(6, 6), o=nn.Linear(6, 2))


class Attending(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        width = shape[-1]
        names = ("wq", "wk", "wv")
        self.kernels = [self.add_weight(shape=(width, width), name=name) for name in names]

    def call(self, x: Any) -> Any:
        q, k, v = (ops.matmul(x, kernel) for kernel in self.kernels)
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / x.shape[-1] ** 0.5
        return ops.matmul(ops.softmax(scores), v)


@case
def scores_of_a_layer_that_are_not_scaled() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        scores = m.q(x) @ m.k(x).transpose(1, 2)
        return m.o(scores.softmax(-1) @ m.v(x))

    parts = {name: nn.Linear(6, 6, bias=False) for name in "qkv"}
    return sequence((4, 6), Attending(), L.Dense(2)), Port(forward, **parts, o=nn.Linear(6, 2))


class Gated(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        width = shape[-1]
        self.wt = self.add_weight(shape=(width, width), name="wt")
        self.bt = self.add_weight(shape=(width,), name="bt")
        self.wh = self.add_weight(shape=(width, width), name="wh")
        self.bh = self.add_weight(shape=(width,), name="bh")

    def call(self, x: Any) -> Any:
        gate = ops.sigmoid(ops.matmul(x, self.wt) + self.bt)
        return gate * ops.relu(ops.matmul(x, self.wh) + self.bh) + (1 - gate) * x


class GatedPort(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.t, self.h = (nn.Linear(width, width) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.t(x))
        return gate * F.relu(self.h(x)) + (1 - gate) * x


@case
def gates_behind_a_dense_with_the_activation_they_have() -> Pair:
    """The port's first ReLU is that of the first Dense, not the one in the gate behind it."""
    layers = L.Dense(7, "relu"), Gated(), L.Dense(5, "relu"), L.Dense(2)
    port = nn.Linear(6, 7), nn.ReLU(), GatedPort(7), nn.Linear(7, 5), nn.Identity()
    return sequence((6,), *layers), nn.Sequential(*port, nn.Linear(5, 2))


class Mixed(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        width = shape[-1]
        names = ("query", "key", "value", "beside")
        self.kernels = [self.add_weight(shape=(width, width), name=name) for name in names]

    def call(self, x: Any) -> Any:
        taken = [ops.matmul(x, kernel) for kernel in self.kernels]
        q, k, v = (ops.stack(ops.split(one, 2, -1)) for one in taken[:3])
        heads = ops.matmul(ops.softmax(ops.einsum("hbij,hbkj->hbik", q, k)), v)
        return ops.relu(ops.concatenate([heads[0], heads[1]], -1) + taken[3])


class MixedPort(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        names = ("query", "key", "value", "beside")
        self.kernels = nn.ParameterDict({n: torch.randn(width, width) for n in names})

    def forward(self, x: Tensor) -> Tensor:
        *taken, beside = (x @ self.kernels[n] for n in ("query", "key", "value", "beside"))
        q, k, v = (torch.stack(torch.split(one, one.shape[-1] // 2, -1)) for one in taken)
        heads = torch.softmax(torch.einsum("hbij,hbkj->hbik", q, k), -1) @ v
        joined = torch.cat(torch.split(heads, 1, 0), -1).squeeze(0)
        return F.relu(joined + beside)


@case
def layers_that_part_values_and_join_them_beside_a_fault() -> Pair:
    i = keras.Input((3,), dtype="int32")
    x = L.Embedding(9, 4)(i)
    wide = L.Flatten()(Mixed()(Mixed()(x)))
    deep = L.ReLU()(L.BatchNormalization()(L.Dense(4)(L.Flatten()(x))))
    k = keras.Model(i, L.Dense(2)(L.Concatenate()([wide, deep])))

    def forward(m: Any, x: Tensor) -> Any:
        x = m.e(x)
        wide = m.two(m.one(x)).flatten(1)
        return m.o(torch.cat([wide, m.n(m.d(x.flatten(1)))], 1))

    parts = {"one": MixedPort(4), "two": MixedPort(4), "n": nn.BatchNorm1d(4, 1e-3)}
    parts |= {"e": nn.Embedding(9, 4), "d": nn.Linear(12, 4), "o": nn.Linear(16, 2)}
    return k, Port(forward, **parts)


class Pooled(L.Layer):  # type: ignore[misc]
    """A mean of the steps, by scores of what is learned."""

    def build(self, shape: Any) -> None:
        self.m = self.add_weight(shape=(6, 4), name="m")
        self.u = self.add_weight(shape=(4, 1), name="u", initializer="random_normal")

    def call(self, x: Any) -> Any:
        scores = ops.softmax(ops.matmul(ops.tanh(ops.matmul(x, self.m)), self.u), 1)
        return ops.sum(x * scores, 1)


class PooledPort(nn.Module):
    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.w1, self.w2 = nn.Parameter(torch.randn(6, 4)), nn.Parameter(torch.randn(4, 1))
        self.inner, self.out = inner, nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        scores = torch.softmax(self.inner(x @ self.w1) @ self.w2, 1)
        return self.out((scores * x).sum(1))


@case
def a_layer_with_an_activation_inside() -> Pair:
    return sequence((5, 6), Pooled(), L.Dense(2)), PooledPort(torch.tanh)


@case
def a_layer_without_its_activation_inside() -> Pair:
    return sequence((5, 6), Pooled(), L.Dense(2)), PooledPort(nn.Identity())


def quick(x: Any) -> Any:
    return x * ops.sigmoid(1.702 * x)


def quickly(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


def quick_twice(last: Any) -> Pair:
    k = sequence((6,), L.Dense(8, activation=quick), L.Dense(7, activation=quick), L.Dense(2))
    parts = {"a": nn.Linear(6, 8), "b": nn.Linear(8, 7), "c": nn.Linear(7, 2)}
    return k, Port(lambda m, x: m.c(last(m.b(quickly(m.a(x))))), **parts)


@case
def a_quick_gelu_of_ones_own() -> Pair:
    return quick_twice(quickly)


@case
def a_silu_for_a_quick_gelu_of_ones_own() -> Pair:
    return quick_twice(F.silu)

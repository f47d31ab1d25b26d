"""Live pairs of models that generate, and of gates, for tests/checking/test_live_field.py: codes
with noise, styles, times of a diffusion, attention on a graph, highways."""

import json
import math
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- A code with a given noise ---
def code(half: float) -> Pair:
    x, noise = keras.Input((12,)), keras.Input((3,))
    h = L.Dense(8, activation="relu")(x)
    mean, spread = L.Dense(3, name="z_mean")(h), L.Dense(3, name="z_log_var")(h)
    y = L.Dense(8, activation="relu")(mean + ops.exp(0.5 * spread) * noise)

    def forward(m: Any, x: Tensor, noise: Tensor) -> Any:
        h = F.relu(m.enc(x))
        mean, spread = m.mu(h), m.lv(h)
        z = torch.addcmul(mean, torch.exp(spread if half == 1 else half * spread), noise)
        return m.out(F.relu(m.dec(z))), mean, spread

    parts = {"enc": nn.Linear(12, 8), "mu": nn.Linear(8, 3), "lv": nn.Linear(8, 3)}
    parts |= {"dec": nn.Linear(3, 8), "out": nn.Linear(8, 12)}
    return keras.Model([x, noise], [L.Dense(12)(y), mean, spread]), Port(forward, **parts)


@case
def a_code_of_half_the_logarithm() -> Pair:
    return code(0.5)


@case
def a_code_of_all_the_logarithm() -> Pair:
    return code(1)


# --- An image normalised by itself, and modulated by another input ---
class UnitPower(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x / ops.sqrt(ops.mean(x**2, axis=-1, keepdims=True) + 1e-8)


class Scaled(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], 8), initializer="random_normal", name="w")
        self.b = self.add_weight(shape=(8,), name="b")
        self.by = math.sqrt(2 / shape[-1])

    def call(self, x: Any) -> Any:
        return ops.matmul(x, self.w * self.by) + self.b


class ScaledLinear(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * math.sqrt(2 / self.in_features), self.bias)


def styled(eps: float) -> Pair:
    z, image = keras.Input((6,)), keras.Input((4, 4, 5))
    w = L.LeakyReLU(negative_slope=0.2)(Scaled()(UnitPower()(z)))
    scale, shift = L.Dense(5)(w), L.Dense(5)(w)
    mean, variance = (of(image, (1, 2), keepdims=True) for of in (ops.mean, ops.var))
    y = (image - mean) / ops.sqrt(variance + 1e-5)
    y = y * (1 + scale[:, None, None]) + shift[:, None, None]

    def forward(m: Any, z: Tensor, image: Tensor) -> Any:
        z = z * torch.rsqrt(z.pow(2).mean(1, keepdim=True) + 1e-8)
        w = F.leaky_relu(m.mapping(z), 0.2)
        scale, shift = m.style(w)[..., None, None].chunk(2, 1)
        return torch.tanh(m.out(F.instance_norm(image, eps=eps) * (1 + scale) + shift))

    parts = {"mapping": ScaledLinear(6, 8), "style": nn.Linear(8, 10), "out": nn.Conv2d(5, 3, 1)}
    return keras.Model([z, image], L.Conv2D(3, 1, activation="tanh")(y)), Port(forward, **parts)


@case
def an_image_in_a_style() -> Pair:
    return styled(1e-5)


@case
def an_image_in_a_style_with_another_epsilon() -> Pair:
    return styled(1e-3)


# --- Times of a diffusion, in float32 whatever the model computes in ---
class Times(L.Layer):  # type: ignore[misc]
    def call(self, t: Any) -> Any:
        rates = ops.exp(-math.log(10000.0) * ops.arange(4, dtype="float32") / 3)
        angles = ops.cast(t, "float32")[:, None] * rates[None]
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], -1)


def timed(is_turned: bool) -> Pair:
    t = keras.Input((), dtype="int32")

    def forward(m: Any, t: Tensor) -> Any:
        like = m.first.weight
        rates = torch.exp(-math.log(10000.0) * torch.arange(4, dtype=like.dtype) / 3)
        angles = t.to(like.dtype)[:, None] * rates[None]
        both = [angles.cos(), angles.sin()] if is_turned else [angles.sin(), angles.cos()]
        return m.last(F.silu(m.first(torch.cat(both, -1))))

    parts = {"first": nn.Linear(8, 8), "last": nn.Linear(8, 3)}
    model = keras.Model(t, L.Dense(3)(L.Dense(8, activation="silu")(Times()(t))))
    return model, Port(forward, **parts), np.array([1, 50, 700], "int32")


@case
def times_in_float32() -> Pair:
    return timed(is_turned=False)


@case
def times_in_float32_cosines_first() -> Pair:
    return timed(is_turned=True)


# --- Matrices of a layer of one's own that the port holds in one ---
class Neighbours(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[0][-1], 6), name="kernel")
        self.own, self.their = (self.add_weight(shape=(6, 1), name=n) for n in ("own", "their"))

    def call(self, given: Any) -> Any:
        x, edges = given
        h = ops.matmul(x, self.kernel)
        scores = ops.matmul(h, self.own) + ops.transpose(ops.matmul(h, self.their), (0, 2, 1))
        scores = ops.where(edges > 0, ops.leaky_relu(scores, 0.2), -1e9)
        return ops.elu(ops.matmul(ops.softmax(scores, -1), h))


class GraphAttention(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.w, self.out = nn.Linear(4, 6, bias=False), nn.Linear(6, 2)
        self.a, self.dim = nn.Parameter(torch.randn(12, 1)), dim

    def forward(self, x: Tensor, edges: Tensor) -> Any:
        h = self.w(x)
        scores = F.leaky_relu(h @ self.a[:6] + (h @ self.a[6:]).mT, 0.2)
        scores = scores.masked_fill(edges <= 0, float("-inf"))
        return self.out(F.elu(scores.softmax(self.dim) @ h))


def graph(dim: int = -1) -> Pair:
    x, edges = keras.Input((5, 4)), keras.Input((5, 5))
    model = keras.Model([x, edges], L.Dense(2)(Neighbours()([x, edges])))
    generator = np.random.default_rng(0)
    joined = (generator.random((3, 5, 5)) > 0.4) | np.eye(5, dtype=bool)
    given = generator.normal(size=(3, 5, 4)).astype("float32"), joined.astype("float32")
    return model, GraphAttention(dim), given


@case
def a_vector_of_two_parts() -> Pair:
    return graph()


@case
def a_vector_of_two_parts_and_a_softmax_of_the_other_axis() -> Pair:
    return graph(1)


class Attending(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.w = [self.add_weight(shape=(shape[-1], 8), name=f"w{n}") for n in "qkv"]

    def call(self, x: Any) -> Any:
        q, k, v = (ops.matmul(x, w) for w in self.w)
        return ops.matmul(ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1))) / 8**0.5), v)


def attending(by: float) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        q, k, v = m.qkv(x).chunk(3, -1)
        return m.out((((q @ k.mT) / by).softmax(-1) @ v).mean(1))

    model = sequence((5, 6), Attending(), L.GlobalAveragePooling1D(), L.Dense(2))
    return model, Port(forward, qkv=nn.Linear(6, 24, bias=False), out=nn.Linear(8, 2))


@case
def three_matrices_in_a_linear() -> Pair:
    return attending(8**0.5)


@case
def three_matrices_in_a_linear_and_another_scale() -> Pair:
    return attending(8.0)


# --- A gate and what it leaves ---
def highway(is_turned: bool) -> Pair:
    x = keras.Input((6,))
    gate, new = L.Dense(6, activation="sigmoid")(x), L.Dense(6, activation="relu")(x)

    def forward(m: Any, x: Tensor) -> Any:
        gate, new = m.gate(x).sigmoid(), F.relu(m.new(x))
        return m.out((1 - gate) * new + gate * x if is_turned else gate * new + (1 - gate) * x)

    parts = {"gate": nn.Linear(6, 6), "new": nn.Linear(6, 6), "out": nn.Linear(6, 2)}
    return keras.Model(x, L.Dense(2)(gate * new + (1 - gate) * x)), Port(forward, **parts)


@case
def a_gate_of_what_is_new() -> Pair:
    return highway(is_turned=False)


@case
def a_gate_of_what_was_there() -> Pair:
    return highway(is_turned=True)


# --- A gated unit, of which the port holds both parts in one ---
def gated(x: Any) -> Any:
    h = L.Dense(6)(L.Dense(6, activation="elu")(x))
    both = L.Multiply()([L.Dense(6)(h), L.Dense(6, activation="sigmoid")(h)])
    return L.LayerNormalization()(L.Add()([L.Dense(6)(x), both]))


class Gated(nn.Module):
    def __init__(self, is_of_branch: bool) -> None:
        super().__init__()
        self.fc1, self.fc2, self.both = nn.Linear(8, 6), nn.Linear(6, 6), nn.Linear(6, 12)
        self.kept = nn.Linear(8, 6)
        self.norm, self.is_of_branch = nn.LayerNorm(6, eps=1e-3), is_of_branch

    def forward(self, x: Tensor) -> Any:
        y = F.glu(self.both(self.fc2(F.elu(self.fc1(x)))))
        kept = self.kept(x)
        return kept + self.norm(y) if self.is_of_branch else self.norm(kept + y)


def of_gated(is_of_branch: bool) -> Pair:
    x = keras.Input((8,))
    port = nn.Sequential(Gated(is_of_branch), nn.Linear(6, 2))
    return keras.Model(x, L.Dense(2)(gated(x))), port


@case
def a_gated_unit_and_a_normalised_sum() -> Pair:
    return of_gated(is_of_branch=False)


@case
def a_gated_unit_that_is_normalised_by_itself() -> Pair:
    return of_gated(is_of_branch=True)


# --- Scales and shifts by one layer, as of a conditioned normalisation ---
def conditioned(scaled: Any) -> Pair:
    x, given = keras.Input((7, 6)), keras.Input((4,))
    scale, shift = L.Reshape((1, 6))(L.Dense(6)(given)), L.Reshape((1, 6))(L.Dense(6)(given))
    y = L.Dense(6, activation="relu")(x) * (1 + scale) + shift

    def forward(m: Any, x: Tensor, given: Tensor) -> Any:
        scale, shift = m.c(given).chunk(2, -1)
        return m.out(scaled(F.relu(m.h(x)), scale.unsqueeze(1)) + shift.unsqueeze(1))

    parts = {"c": nn.Linear(4, 12), "h": nn.Linear(6, 6), "out": nn.Linear(6, 2)}
    return keras.Model([x, given], L.Dense(2)(y)), Port(forward, **parts)


@case
def scales_around_one() -> Pair:
    return conditioned(lambda x, scale: x * (1 + scale))


@case
def scales_around_zero() -> Pair:
    return conditioned(lambda x, scale: x * scale)


if __name__ == "__main__":
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))

"""Live pairs of which no layer tells the cause, as what a port does stands in a loop, is one number
or happens to a weight: the output tells it. For tests/checking/test_live_field.py."""

import json
from collections.abc import Callable
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


# --- Frames in a loop ---
def frames(pooled: Callable[[Tensor], Tensor]) -> Pair:
    each = [L.Conv2D(4, 3, activation="relu", padding="same"), L.MaxPooling2D()]
    each += [L.GlobalAveragePooling2D()]
    k = sequence((4, 8, 8, 3), *map(L.TimeDistributed, each), L.LSTM(5), L.Dense(2))

    def forward(m: Any, x: Tensor) -> Any:
        found = []
        for at in range(x.shape[1]):
            found.append(pooled(F.relu(m.c(x[:, at]))).mean((2, 3)))
        return m.o(m.r(torch.stack(found, 1))[0][:, -1])

    parts = {"c": nn.Conv2d(3, 4, 3, padding=1), "r": nn.LSTM(4, 5, batch_first=True)}
    return k, Port(forward, **parts, o=nn.Linear(5, 2))


@case
def frames_one_by_one() -> Pair:
    return frames(lambda x: F.max_pool2d(x, 2))


@case
def frames_pooled_by_the_average() -> Pair:
    return frames(lambda x: F.avg_pool2d(x, 2))


@case
def frames_of_which_the_mean_is_taken() -> Pair:
    conv = L.Conv2D(4, 3, activation="relu")
    image = sequence((8, 8, 2), conv, L.GlobalMaxPooling2D())
    k = sequence((3, 8, 8, 2), L.TimeDistributed(image), L.GRU(5), L.Dense(3))

    def forward(m: Any, x: Tensor) -> Any:
        each = [torch.relu(m.c(x[:, at])).mean((2, 3)) for at in range(x.shape[1])]
        return m.o(m.r(torch.stack(each, 1))[0][:, -1])

    parts = {"c": nn.Conv2d(2, 4, 3), "r": nn.GRU(4, 5, batch_first=True)}
    return k, Port(forward, **parts, o=nn.Linear(5, 3))


# --- A layer of two values ---
class Crossed(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.w0 = self.add_weight(shape=(1,), name="w0")
        self.w = self.add_weight(shape=(shape[-1], 1), name="w")
        self.v = self.add_weight(shape=(shape[-1], 4), name="v")

    def call(self, x: Any) -> Any:
        both = ops.matmul(x, self.v) ** 2 - ops.matmul(x**2, self.v**2)
        return self.w0 + ops.matmul(x, self.w), 0.5 * ops.sum(both, 1, keepdims=True)


def crossed(joined: Callable[[Tensor, Tensor], Tensor], by: float) -> Pair:
    i = keras.Input((7,))
    deep = L.Dense(1)(L.Dense(8, activation="relu")(i))
    k = keras.Model(i, L.Activation("sigmoid")(L.Add()([*Crossed()(i), deep])))

    def forward(m: Any, x: Tensor) -> Any:
        both = joined((x @ m.v) ** 2, x**2 @ m.v**2).sum(1, keepdim=True)
        line, pairs = m.w0 + x @ m.w, both * by if by != 1 else both
        return torch.sigmoid(line + pairs + m.deep(x))

    parts = {"deep": nn.Sequential(nn.Linear(7, 8), nn.ReLU(), nn.Linear(8, 1))}
    sizes = {"w0": (1,), "w": (7, 1), "v": (7, 4)}
    own: Any = {name: nn.Parameter(torch.randn(size)) for name, size in sizes.items()}
    return k, Port(forward, **parts, **own)


@case
def pairs_of_features() -> Pair:
    return crossed(lambda a, b: a - b, 0.5)


@case
def pairs_added() -> Pair:
    return crossed(lambda a, b: a + b, 0.5)


@case
def pairs_counted_twice() -> Pair:
    return crossed(lambda a, b: a - b, 1)


# --- Weights that go through a function ---
class Bells(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.centres = self.add_weight(shape=(6, shape[-1]), initializer="normal", name="centres")
        self.widths = self.add_weight(shape=(6,), initializer="ones", name="widths")

    def call(self, x: Any) -> Any:
        far = ops.sum(ops.square(ops.expand_dims(x, 1) - self.centres), -1)
        return ops.exp(-ops.abs(self.widths) * far)


def bells(width: Callable[[Tensor], Tensor]) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        far = (x.unsqueeze(1) - m.centres).pow(2).sum(-1)
        return m.o(torch.exp(-width(m.widths) * far))

    parts: Any = {"centres": nn.Parameter(torch.randn(6, 4)), "widths": nn.Parameter(torch.ones(6))}
    return sequence((4,), Bells(), L.Dense(2)), Port(forward, **parts, o=nn.Linear(6, 2))


@case
def widths_of_any_sign() -> Pair:
    return bells(torch.abs)


@case
def widths_that_are_positive_alone() -> Pair:
    return bells(lambda widths: widths)


# --- A scale in a layer of a person's own ---
class Less(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x * 0.2


@case
def a_scale_that_a_skip_lost() -> Pair:
    x = i = keras.Input((5, 5, 4))
    for _ in range(2):
        x = L.Add()([x, Less()(L.Conv2D(4, 3, padding="same", activation="relu")(x))])
    convs = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=1) for _ in range(2))

    def forward(m: Any, x: Tensor) -> Any:
        for conv in m.convs:
            x = x + F.relu(conv(x))
        return x

    return keras.Model(i, x), Port(forward, convs=convs)


class Noise(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x + 0.2 * keras.random.normal(ops.shape(x))


@case
def noise_of_another_deviation() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        h = F.relu(m.a(x))
        return m.o(h + torch.randn_like(h))

    k = sequence((6,), L.Dense(8, "relu"), Noise(), L.Dense(3))
    return k, Port(forward, a=nn.Linear(6, 8), o=nn.Linear(8, 3))


# --- A layer of two inputs ---
class Drawn(L.Layer):  # type: ignore[misc]
    def call(self, taken: Any) -> Any:
        mean, log = taken
        return mean + ops.exp(0.5 * log) * keras.random.normal(ops.shape(mean))


@case
def a_variance_for_a_mean() -> Pair:
    i = keras.Input((10,))
    h = L.Dense(8, activation="relu")(i)
    mean, log = L.Dense(3, name="mean")(h), L.Dense(3, name="log")(h)
    k = keras.Model(i, [mean, log, L.Dense(10)(Drawn()([mean, log]))])

    def forward(m: Any, x: Tensor) -> Any:
        h = F.relu(m.h(x))
        mean, log = m.mean(h), m.log(h)
        return mean, log, m.o(log + torch.exp(0.5 * mean) * torch.randn_like(mean))

    parts = {"h": nn.Linear(10, 8), "mean": nn.Linear(8, 3), "log": nn.Linear(8, 3)}
    return k, Port(forward, **parts, o=nn.Linear(3, 10))


# --- What NumPy does in between ---
@case
def cut_by_numpy() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        h = F.relu(m.a(x)).detach().numpy()
        return m.o(m.b(torch.from_numpy(np.clip(h, 0, 1)).to(x.dtype)))

    parts = {"a": nn.Linear(6, 8), "b": nn.Linear(8, 5), "o": nn.Linear(5, 3)}
    return sequence((6,), L.Dense(8, "relu"), L.Dense(5), L.Dense(3)), Port(forward, **parts)


# --- Normalisations of another kind ---
def normalised(layer: L.Layer, norm: nn.Module) -> Pair:
    k = sequence((6, 6, 3), L.Conv2D(8, 3), layer, L.ReLU(), L.Conv2D(4, 1))
    return k, nn.Sequential(nn.Conv2d(3, 8, 3), norm, nn.ReLU(), nn.Conv2d(8, 4, 1))


@case
def each_channel_of_a_sample_by_itself() -> Pair:
    return normalised(L.GroupNormalization(-1), nn.InstanceNorm2d(8, 1e-3, affine=True))


@case
def a_batch_for_each_channel_of_a_sample() -> Pair:
    return normalised(L.GroupNormalization(-1), nn.BatchNorm2d(8, 1e-3))


@case
def each_channel_of_a_sample_for_groups() -> Pair:
    return normalised(L.GroupNormalization(4), nn.InstanceNorm2d(8, 1e-3, affine=True))


@case
def each_channel_of_a_sample_for_a_batch() -> Pair:
    return normalised(L.BatchNormalization(), nn.InstanceNorm2d(8, 1e-3, affine=True))


@case
def a_batch_for_the_features_of_a_sample() -> Pair:
    k = sequence((6,), L.Dense(8), L.LayerNormalization(), L.Dense(3))
    return k, nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8, 1e-3), nn.Linear(8, 3))


def main() -> None:
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in CASES.checked().items()}))


if __name__ == "__main__":
    main()

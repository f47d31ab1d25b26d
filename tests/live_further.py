"""More ports for tests/live_placed.py: with tables of their own, layers that they declare and never
call, convolutions that pad themselves, differences that few inputs show, and weights under which a
port answers with no number."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add


def positions() -> np.ndarray[Any, Any]:
    angles = np.arange(6)[:, None] * 0.3 ** np.arange(4)
    return np.concatenate([np.sin(angles), np.cos(angles)], 1)


class Stem(nn.Module):
    """A convolution, positions in a buffer, and an attention with its projections apart."""

    positions: Tensor

    def __init__(self, scale: float, is_normed: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(5, 8, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.register_buffer("positions", torch.tensor(positions()))
        self.scale, self.is_normed = scale, is_normed

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x).relu().permute(0, 2, 1)
        x = (x + self.positions).to(x.dtype)
        y = self.norm(x) if self.is_normed else x
        q, k, v = (
            one(y).view(-1, 6, 2, 4).transpose(1, 2) for one in (self.query, self.key, self.value)
        )
        weights = (q @ k.mT * self.scale).softmax(-1)
        return x + self.out((weights @ v).transpose(1, 2).flatten(2))


def stem(scale: float = 0.5, is_normed: bool = True) -> Any:
    own = positions()
    x = keras.Input((6, 5))
    y = L.Conv1D(8, 3, padding="same", activation="relu")(x)
    y = L.Lambda(lambda t: t + ops.cast(own, t.dtype))(y)
    z = L.LayerNormalization(epsilon=1e-5)(y)
    model = keras.Model(x, L.Add()([y, L.MultiHeadAttention(2, 4)(z, z)]))
    return model, Stem(scale, is_normed)


@case
def positions_in_a_buffer() -> Any:
    return stem()


@case
def scores_scaled_otherwise_beside_a_buffer() -> Any:
    return stem(scale=8**-0.5)


@case
def a_normalisation_that_is_never_called() -> Any:
    return stem(is_normed=False)


class Late(nn.Conv1d):
    """Pads its input by itself, at the end alone."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(F.pad(x, (0, 2)))


class Chopped(nn.Module):
    """Padded at both sides, and cut at its beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, padding=2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(x)[..., 2:]


def causal(one: nn.Module) -> Any:
    layers = L.Conv1D(4, 3, padding="causal", activation="tanh"), L.GlobalMaxPooling1D(), L.Dense(2)
    pooled = one, nn.Tanh(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(4, 2)
    return keras.Sequential([keras.Input((10, 3)), *layers]), nn.Sequential(*pooled)


@case
def a_convolution_that_pads_itself_at_the_other_side() -> Any:
    return causal(Late(3, 4, 3))


@case
def a_causal_convolution_cut_at_its_beginning() -> Any:
    return causal(Chopped())


@case
def a_bound_behind_a_normalisation_that_is_lost() -> Any:
    layers = L.Dense(8), L.LayerNormalization(epsilon=1e-5), L.ReLU(6.0), L.Dense(2)
    port = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))
    return keras.Sequential([keras.Input((5,)), *layers]), port


class Divided(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(5, 8), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Any:
        return self.last(self.first(x) / 4)


@case
def another_divisor_than_a_lambda_has() -> Any:
    layers = L.Dense(8), L.Lambda(lambda t: t / 3), L.Dense(2)
    return keras.Sequential([keras.Input((5,)), *layers]), Divided()


class Repeated(nn.Module):
    """One layer, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.step = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Any:
        return self.step(self.step(x).tanh()).tanh()


@case
def a_shared_layer_called_once_less() -> Any:
    dense = L.Dense(5, activation="tanh")
    x = keras.Input((5,))
    return keras.Model(x, dense(dense(dense(x)))), Repeated()


class Stepped(nn.Module):
    """Cells of the same size in a loop over time."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList(nn.LSTMCell(4, 4) for _ in range(2))

    def forward(self, x: Tensor) -> Any:
        states = [(x.new_zeros(len(x), 4),) * 2 for _ in self.cells]
        found = []
        for step in x.unbind(1):
            taken = step
            for n, cell in enumerate(self.cells):
                states[n] = cell(taken, states[n])
                taken = states[n][0]
            found.append(taken)
        return torch.stack(found, 1)


@case
def two_cells_in_one_loop() -> Any:
    layers = [L.LSTM(4, return_sequences=True) for _ in range(2)]
    return keras.Sequential([keras.Input((5, 4)), *layers]), Stepped()


class Bounded(nn.BatchNorm2d):
    """A normalisation with its activation inside, as timm has them."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(super().forward(x))


@case
def another_epsilon_before_an_activation_and_an_empty_place() -> Any:
    layers = L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU(6.0), L.Conv2D(2, 1)
    parts = nn.Conv2d(3, 4, 3), Bounded(4), nn.Identity(), nn.Conv2d(4, 2, 1)
    return keras.Sequential([keras.Input((6, 6, 3)), *layers]), nn.Sequential(*parts)


class Tokens(L.Layer):  # type: ignore[misc]
    """Begins with a token of its own. Its mask, and the scale before this one, are of a training
    that is over."""

    def build(self, shape: Any) -> None:
        self.mask = self.add_weight(shape=(1, 8), name="mask")
        self.first = self.add_weight(shape=(1, 1, 8), name="first")
        self.former = self.add_weight(shape=(8,), name="former_scale")
        self.scale = self.add_weight(shape=(8,), name="scale")

    def call(self, x: Any) -> Any:
        first = ops.repeat(self.first, ops.shape(x)[0], axis=0)
        return ops.concatenate([first, x * self.scale], axis=1)


class WithTokens(nn.Module):
    """Names its weights as Keras does, and holds apart what is packed there."""

    def __init__(self) -> None:
        super().__init__()
        self.mask, self.first = nn.Parameter(torch.randn(1, 8)), nn.Parameter(torch.randn(1, 1, 8))
        self.scale = nn.Parameter(torch.randn(8))
        self.gate, self.up = nn.Linear(8, 6), nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Any:
        x = torch.cat([self.first.expand(len(x), -1, -1), x * self.scale], 1)
        return F.silu(self.gate(x)) * self.up(x)


@case
def a_scale_that_is_never_read_and_a_packed_kernel() -> Any:
    x = keras.Input((5, 8))
    gate, up = ops.split(L.Dense(12)(Tokens()(x)), 2, axis=-1)
    return keras.Model(x, ops.silu(gate) * up), WithTokens()


class Scale(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(8,), name="scale")

    def call(self, x: Any) -> Any:
        return x * self.scale


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.scale, self.last = (
            nn.Linear(5, 8),
            nn.Parameter(torch.randn(8)),
            nn.Linear(8, 3),
        )

    def forward(self, x: Tensor) -> Any:
        x = torch.tanh(self.first(x)) * self.scale
        return torch.sinc(self.last(x))


@case
def a_fault_that_is_not_known_behind_weights_that_their_rows_prove() -> Any:
    layers = L.Dense(8, activation="tanh"), Scale(), L.Dense(3), L.Lambda(ops.sin)
    return keras.Sequential([keras.Input((5,)), *layers]), Scaled()


def rounded(*behind: nn.Module) -> Any:
    """A file of weights of another program says what epsilon is, in float32."""
    eps = float(np.float32(1e-3))
    layers = L.Dense(8), L.LayerNormalization(), L.Dense(4, activation="tanh"), L.Dense(2)
    port = nn.Linear(6, 8), nn.LayerNorm(8, eps=eps), nn.Linear(8, 4), *behind, nn.Linear(4, 2)
    x = 0.05 * np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    return keras.Sequential([keras.Input((6,)), *layers]), nn.Sequential(*port), x


@case
def an_epsilon_in_float32() -> Any:
    return rounded(nn.Tanh())


@case
def an_epsilon_in_float32_beside_another_activation() -> Any:
    return rounded(nn.Sigmoid())


@case
def statistics_of_all_for_those_of_each() -> Any:
    """On trial, a variance may be held that is below zero."""
    layers = [L.Conv2D(4, 3), L.GroupNormalization(-1), L.ReLU()]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers, L.Conv2D(4, 3)])
    model.add(L.GroupNormalization(-1))
    norms = nn.BatchNorm2d(4, 1e-3), nn.BatchNorm2d(4, 1e-3)
    first = nn.Sequential(nn.Conv2d(3, 4, 3), norms[0], nn.ReLU())
    return model, nn.Sequential(*first, nn.Conv2d(4, 4, 3), norms[1])

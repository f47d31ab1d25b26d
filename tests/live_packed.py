"""Ports that hold in one layer what Keras has in several, with a fault beside it, and whose weights
have another form than is usual, for tests/live_placed.py."""

from collections.abc import Callable
from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

Pair = tuple[Any, nn.Module]
CASES = Cases()
case = CASES.add


class Pooled(L.Layer):  # type: ignore[misc]
    """The recurrent part of a QRNN."""

    def call(self, parts: Any) -> Any:
        given, forget, out = parts
        state, found = ops.zeros_like(given[:, 0]), []
        for t in range(4):
            state = forget[:, t] * state + (1 - forget[:, t]) * given[:, t]
            found.append(out[:, t] * state)
        return ops.stack(found, 1)


class Pooling(nn.Module):
    """Three convolutions of Keras's in one, whose result is parted."""

    def __init__(self, act: Callable[[Tensor], Tensor], dilation: int) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv1d(3, 15, 2, dilation=dilation), nn.Linear(5, 2)
        self.act = act

    def forward(self, x: Tensor) -> Any:
        parts = self.conv(F.pad(x.mT, (self.conv.dilation[0], 0))).mT.chunk(3, -1)
        given, forget, out = self.act(parts[0]), parts[1].sigmoid(), parts[2].sigmoid()
        state, found = torch.zeros_like(given[:, 0]), []
        for t in range(4):
            state = forget[:, t] * state + (1 - forget[:, t]) * given[:, t]
            found.append(out[:, t] * state)
        return self.head(torch.stack(found, 1))


def pooled(act: Callable[[Tensor], Tensor] = torch.tanh, dilation: int = 1) -> Pair:
    given = keras.Input((4, 3))
    names = ("tanh", "sigmoid", "sigmoid")
    parts = [L.Conv1D(5, 2, padding="causal", activation=name)(given) for name in names]
    return keras.Model(given, L.Dense(2)(Pooled()(parts))), Pooling(act, dilation)


@case
def three_convolutions_in_one_and_another_activation_of_a_part() -> Pair:
    return pooled(act=torch.relu)


@case
def three_convolutions_in_one_of_another_dilation() -> Pair:
    return pooled(dilation=2)


class LowRank(nn.Module):
    """Matrices that stand as Keras has them, and are turned when they are used."""

    def __init__(self, is_crossed: bool = True) -> None:
        super().__init__()
        self.down = self.three(6, 3)
        self.up = self.three(3, 6)
        self.bias = self.three(6, 1)
        self.is_crossed = is_crossed

    @staticmethod
    def three(*shape: int) -> nn.ParameterList:
        return nn.ParameterList(nn.Parameter(torch.randn(*shape)) for _ in range(3))

    def forward(self, given: Tensor) -> Tensor:
        first = x = given[..., None]
        for down, up, bias in zip(self.down, self.up, self.bias, strict=True):
            with_what = first if self.is_crossed else x
            x = with_what * (up.t() @ (down.t() @ x) + bias) + x
        return x[..., 0]


def crossed() -> Any:
    x = given = keras.Input((6,))
    for _ in range(3):
        low = L.Dense(3, use_bias=False)(x)
        x = L.Add()([L.Multiply()([given, L.Dense(6)(low)]), x])
    return keras.Model(given, x)


@case
def matrices_as_keras_has_them_turned_when_used() -> Pair:
    return crossed(), LowRank()


@case
def matrices_as_keras_has_them_and_a_product_with_another_value() -> Pair:
    return crossed(), LowRank(is_crossed=False)


class OneEach(L.Layer):  # type: ignore[misc]
    """A cell whose units have a recurrent weight each."""

    state_size = 4

    def build(self, shape: tuple[int, ...]) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")
        self.recurrent = self.add_weight(shape=(4,), initializer="ones", name="recurrent_kernel")

    def call(self, x: Any, states: list[Any]) -> Any:
        found = ops.relu(ops.matmul(x, self.kernel) + states[0] * self.recurrent)
        return found, [found]


class OneEachInTorch(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.randn(4, 3))
        self.weight_hh = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), 4)
        for step in x.unbind(1):
            state = torch.relu(F.linear(step, self.weight_ih) + state * self.weight_hh)
        return state


@case
def a_cell_with_a_recurrent_weight_for_each_unit() -> Pair:
    return keras.Sequential([keras.Input((6, 3)), L.RNN(OneEach())]), OneEachInTorch()


class Dead(nn.Module):
    """Gates in one convolution; of one block the part that is skipped to is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = nn.ModuleList(nn.Conv1d(4, 8, 1) for _ in range(2))
        self.skips = nn.ModuleList(nn.Conv1d(4, 6, 1) for _ in range(2))
        self.backs = nn.ModuleList(nn.Conv1d(4, 4, 1) for _ in range(2))

    def forward(self, x: Tensor) -> Any:
        x = x.mT
        for gate, skip, back in zip(self.gates, self.skips, self.backs, strict=True):
            given, open_ = gate(x).chunk(2, 1)
            given = given.tanh() * open_.sigmoid()
            x, out = x + back(given), skip(given)
        return out.mT


@case
def parts_in_one_convolution_beside_a_part_that_is_lost() -> Pair:
    x = given = keras.Input((5, 4))
    skips = []
    for _ in range(2):
        a, b = L.Conv1D(4, 1, activation="tanh")(x), L.Conv1D(4, 1, activation="sigmoid")(x)
        gated = L.Multiply()([a, b])
        skips.append(L.Conv1D(6, 1)(gated))
        x = L.Add()([x, L.Conv1D(4, 1)(gated)])
    return keras.Model(given, L.Add()(skips)), Dead()


class Parted(nn.Module):
    """What it gives and its gate in one matrix."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.both = nn.Linear(into, 2 * out)

    def forward(self, x: Tensor) -> Tensor:
        return F.glu(self.both(x), -1)


class Chosen(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.each = nn.ModuleList(Parted(6, 6) for _ in range(2))
        self.weights = Parted(12, 2)

    def forward(self, x: Tensor) -> Any:
        each = torch.stack([part(x[:, place]) for place, part in enumerate(self.each)], -1)
        return (each * self.weights(x.flatten(1)).softmax(-1)[:, None]).sum(-1)


@case
def gates_of_several_sizes_in_branches_of_another_order() -> Pair:
    def gated(x: Any, out: int) -> Any:
        return L.Multiply()([L.Dense(out)(x), L.Dense(out, activation="sigmoid")(x)])

    given = keras.Input((2, 6))
    weights = L.Softmax()(gated(L.Flatten()(given), 2))
    each = ops.stack([gated(given[:, place], 6) for place in range(2)], 1)
    return keras.Model(given, ops.sum(weights[..., None] * each, 1)), Chosen()

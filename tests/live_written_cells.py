"""Recurrent layers that ports write out, for tests/live_placed.py: with all gates in one tensor, in
an order of their own, of the input and the state side by side, or each in its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch
from keras import layers as L
from torch import Tensor, nn

from tests.checked import Cases

CASES = Cases()
case = CASES.add


def sequence(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((3, 4)), *layers, L.Dense(2)])


def drawn(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape))


class Loop(nn.Module, ABC):
    """A step with some states, over time, and a layer behind it."""

    def __init__(self, width: int, states: int) -> None:
        super().__init__()
        self.width, self.states, self.out = width, states, nn.Linear(width, 2)

    @abstractmethod
    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        """The states after a time step, from those before it."""

    def forward(self, x: Tensor) -> Any:
        states: Sequence[Tensor] = [x.new_zeros(len(x), self.width)] * self.states
        found = []
        for t in range(x.shape[1]):
            states = self.step(x[:, t], *states)
            found.append(states[0])
        return self.out(torch.stack(found, 1))


class Gru(Loop):
    """All gates in one tensor, in torch's order."""

    def __init__(self, is_turned: bool = False) -> None:
        super().__init__(5, 1)
        self.is_turned = is_turned
        self.weight_ih, self.weight_hh = drawn(15, 4), drawn(15, 5)
        self.bias_ih, self.bias_hh = drawn(15), drawn(15)

    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        (h,) = states
        ours = (x @ self.weight_ih.T + self.bias_ih).chunk(3, 1)
        own = (h @ self.weight_hh.T + self.bias_hh).chunk(3, 1)
        r, z = ((a + b).sigmoid() for a, b in zip(ours[:2], own[:2], strict=True))
        n = (ours[2] + r * own[2]).tanh()
        return (h + z * (n - h),) if self.is_turned else (n + z * (h - n),)


class GruApart(Loop):
    """Each gate's matrices by themselves, (in, out), of an input as wide as the state."""

    def __init__(self) -> None:
        super().__init__(4, 1)
        for gate in "zrh":
            self.register_parameter(f"w_x{gate}", drawn(4, 4))
            self.register_parameter(f"w_h{gate}", drawn(4, 4))
            self.register_parameter(f"b_{gate}", drawn(4))

    def gate(self, name: str, x: Tensor, h: Tensor) -> Tensor:
        w, u, b = (getattr(self, f"{kind}{name}") for kind in ("w_x", "w_h", "b_"))
        found: Tensor = x @ w + h @ u + b
        return found

    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        (h,) = states
        z, r = (self.gate(name, x, h).sigmoid() for name in "zr")
        return (z * h + (1 - z) * self.gate("h", x, r * h).tanh(),)


class LstmSideBySide(Loop):
    """One Linear for a state beside the input, its gates in another order."""

    def __init__(
        self,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        given: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        super().__init__(5, 2)
        self.gates, self.activation, self.given = nn.Linear(9, 20), activation, given

    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        h, c = states
        o, f, i, g = self.gates(torch.cat([h, x], 1)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * self.activation(g)
        return o.sigmoid() * self.given(c), c


class LstmInDictionaries(Loop):
    def __init__(self) -> None:
        super().__init__(5, 2)
        self.w = nn.ParameterDict({gate: drawn(5, 4) for gate in "figo"})
        self.u = nn.ParameterDict({gate: drawn(5, 5) for gate in "figo"})
        self.b = nn.ParameterDict({gate: drawn(5) for gate in "figo"})

    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        h, c = states
        f, i, g, o = (x @ self.w[n].T + h @ self.u[n].T + self.b[n] for n in "figo")
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Cell(nn.Module):
    """An LSTM's step, with two biases."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.x2h, self.h2h = nn.Linear(width, 20), nn.Linear(5, 20)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = (self.x2h(x) + self.h2h(h)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Stacked(Loop):
    def __init__(self) -> None:
        super().__init__(5, 4)
        self.cells = nn.ModuleList([Cell(4), Cell(5)])

    def step(self, x: Tensor, *states: Tensor) -> Sequence[Tensor]:
        first = self.cells[0](x, *states[2:])
        return (*self.cells[1](first[0], *states[:2]), *first)


@case
def a_gru_by_products_with_raw_weights() -> Any:
    return sequence(L.GRU(5, return_sequences=True)), Gru()


@case
def a_gru_whose_gate_keeps_what_it_should_let_through() -> Any:
    return sequence(L.GRU(5, return_sequences=True)), Gru(is_turned=True)


@case
def a_gru_with_its_gates_apart() -> Any:
    return sequence(L.GRU(4, return_sequences=True, reset_after=False)), GruApart()


@case
def an_lstm_whose_state_stands_beside_its_input() -> Any:
    return sequence(L.LSTM(5, return_sequences=True)), LstmSideBySide()


@case
def an_lstm_written_out_with_another_activation() -> Any:
    return sequence(L.LSTM(5, return_sequences=True)), LstmSideBySide(torch.relu)


@case
def an_lstm_written_out_that_gives_its_state_as_it_is() -> Any:
    own = LstmSideBySide(given=lambda c: c)
    return sequence(L.LSTM(5, return_sequences=True)), own


@case
def an_lstm_in_dictionaries_of_weights() -> Any:
    return sequence(L.LSTM(5, return_sequences=True)), LstmInDictionaries()


@case
def two_lstms_written_out() -> Any:
    return sequence(*(L.LSTM(5, return_sequences=True) for _ in range(2))), Stacked()


@case
def a_convolutional_lstm_written_out() -> Any:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(5, 12, 3, padding=1)

        def forward(self, x: Tensor) -> Any:
            h = c = x.new_zeros(len(x), 3, *x.shape[3:])
            for t in range(x.shape[1]):
                i, f, o, g = self.conv(torch.cat([x[:, t], h], 1)).chunk(4, 1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            return h

    layer = L.ConvLSTM2D(3, 3, padding="same")
    return keras.Sequential([keras.Input((2, 4, 4, 2)), layer]), Own()

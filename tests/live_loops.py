"""Live pairs whose port steps a cell through time by itself, for tests/live_lost.py."""

from collections.abc import Callable
from typing import Any

import torch
from keras import layers as L
from torch import Tensor, nn

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


def gru(loop: Callable[[Any, Tensor], Tensor], **settings: Any) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        return m.out(loop(m.cell, x))

    model = sequence((5, 3), L.GRU(4, return_sequences=True, **settings), L.Dense(2))
    return model, Port(forward, cell=nn.GRUCell(3, 4), out=nn.Linear(4, 2))


def stepped(cell: Any, x: Tensor, is_turned: bool = False, start: float = 0.0) -> list[Tensor]:
    h, found = x.new_full((len(x), 4), start), []
    times = range(x.shape[1])
    for t in reversed(times) if is_turned else times:
        h = cell(x[:, t], h)
        found.append(h)
    return found


@case
def steps_joined() -> Pair:
    return gru(lambda cell, x: torch.stack(stepped(cell, x), 1))


@case
def steps_read_backwards() -> Pair:
    return gru(lambda cell, x: torch.stack(stepped(cell, x, True), 1))


@case
def steps_read_backwards_and_turned_back() -> Pair:
    return gru(lambda cell, x: torch.stack(stepped(cell, x, True)[::-1], 1))


@case
def steps_that_begin_with_ones() -> Pair:
    return gru(lambda cell, x: torch.stack(stepped(cell, x, start=1.0), 1))


@case
def steps_of_keras_1() -> Pair:
    return gru(lambda cell, x: torch.stack(stepped(cell, x), 1), reset_after=False)


def lstm(leaf: int, **settings: Any) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        states, found = None, []
        for one in x.unbind(1):
            states = m.cell(one, states)
            found.append(states[leaf].unsqueeze(1))
        return m.out(torch.cat(found, 1))

    model = sequence((5, 3), L.LSTM(4, return_sequences=True, **settings), L.Dense(2))
    return model, Port(forward, cell=nn.LSTMCell(3, 4), out=nn.Linear(4, 2))


@case
def unbound_steps() -> Pair:
    return lstm(0)


@case
def unbound_steps_with_other_gates() -> Pair:
    return lstm(0, recurrent_activation="hard_sigmoid")

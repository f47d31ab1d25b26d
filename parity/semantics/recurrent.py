"""Recurrent layers with what torch.nn has not: other activations, masks, Keras's first GRU."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TypedDict, Unpack

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.semantics import initializers

Activation = Callable[[Tensor], Tensor]
States = tuple[Tensor, ...]

ACTIVATIONS: dict[str, Activation] = {
    "linear": lambda x: x,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "gelu": F.gelu,
    "silu": F.silu,
    "swish": F.silu,
    "hard_silu": F.hardswish,
    "hard_swish": F.hardswish,
    "hard_tanh": F.hardtanh,
    "mish": F.mish,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # F.softplus cuts off at 20
    "softsign": F.softsign,
    "exponential": torch.exp,
}


class Shared(TypedDict, total=False):
    """What all layers take by keyword; for types, see `_Recurrent`."""

    use_bias: bool
    return_sequences: bool
    return_state: bool
    go_backwards: bool


class _Recurrent(nn.Module):
    """A layer that goes over (N, T, input_size) step by step.

    Parameters have the names, shapes and order of gates of torch.nn's layers of one layer and one
    direction. There is one bias, as in Keras, not two that are added.
    """

    gates: int
    state_count = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        activation: str | Activation = "tanh",
        use_bias: bool = True,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
    ) -> None:
        """Keras's defaults. Raises ValueError for the name of an activation that is not known."""
        super().__init__()
        self.hidden_size = hidden_size
        self.activation = _activation(activation)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        width = self.gates * hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(width, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(width, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(width)) if use_bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Keras's initial weights."""
        initializers.glorot_uniform_(self.weight_ih_l0)
        initializers.orthogonal_(self.weight_hh_l0)
        for name, parameter in self.named_parameters():
            if name.startswith("bias"):
                initializers.zeros_(parameter)

    def forward(
        self, inputs: Tensor, mask: Tensor | None = None, initial_state: States | None = None
    ) -> Tensor | States:
        """inputs (N, T, input_size) to (N, hidden_size), or (N, T, hidden_size) with sequences.

        mask: (N, T), True where a step counts. Another keeps the state and repeats the output; in
        front of the first that counts the output is 0. initial_state: one tensor (N, hidden_size),
        two for an LSTM; zeros by default. With return_state the last ones follow the output. Going
        backwards, a sequence comes out in the order of computation, last step first.
        """
        projected = F.linear(inputs, self.weight_ih_l0, self.bias_ih_l0)
        start = inputs.new_zeros(len(inputs), self.hidden_size)
        states = initial_state or (start,) * self.state_count
        output = start
        outputs = []
        times = range(inputs.shape[1])
        for time in reversed(times) if self.go_backwards else times:
            after = self.step(projected[:, time], states)
            if mask is None:
                states, output = after, after[0]
            else:
                counts = mask[:, time, None]
                states = tuple(
                    torch.where(counts, new, old) for new, old in zip(after, states, strict=True)
                )
                output = torch.where(counts, after[0], output)
            outputs.append(output)
        result = torch.stack(outputs, dim=1) if self.return_sequences else output
        return (result, *states) if self.return_state else result

    @abstractmethod
    def step(self, projected: Tensor, states: States) -> States:
        """The new states, of which the first is the output.

        projected: W x + b of one step for all gates, (N, gates * hidden_size).
        """

    def extra_repr(self) -> str:
        return f"{self.weight_ih_l0.shape[1]}, {self.hidden_size}"


class SimpleRNN(_Recurrent):
    """keras.layers.SimpleRNN: h = activation(W x + b + U h)."""

    gates = 1

    def step(self, projected: Tensor, states: States) -> States:
        return (self.activation(projected + F.linear(states[0], self.weight_hh_l0)),)


class LSTM(_Recurrent):
    """keras.layers.LSTM; the states are the output and the cell's memory."""

    gates = 4
    state_count = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        activation: str | Activation = "tanh",
        recurrent_activation: str | Activation = "sigmoid",
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for the name of an activation that is not known."""
        super().__init__(input_size, hidden_size, activation, **shared)
        self.recurrent_activation = _activation(recurrent_activation)

    def reset_parameters(self) -> None:
        """Keras's initial weights: the bias of the forget gate starts from 1."""
        super().reset_parameters()
        if self.bias_ih_l0 is not None:
            nn.init.ones_(self.bias_ih_l0[self.hidden_size : 2 * self.hidden_size])

    def step(self, projected: Tensor, states: States) -> States:
        hidden, memory = states
        i, f, g, o = (projected + F.linear(hidden, self.weight_hh_l0)).chunk(4, dim=1)
        gate = self.recurrent_activation
        memory = gate(f) * memory + gate(i) * self.activation(g)
        return gate(o) * self.activation(memory), memory


class GRU(_Recurrent):
    """keras.layers.GRU.

    With reset_after=False the reset gate multiplies the state in front of the matrix, as in the
    first paper; then there is no second bias. torch.nn.GRU, and Keras by default, multiply behind.
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        activation: str | Activation = "tanh",
        recurrent_activation: str | Activation = "sigmoid",
        reset_after: bool = True,
        **shared: Unpack[Shared],
    ) -> None:
        """reset_after: whether the reset gate multiplies behind the matrix."""
        super().__init__(input_size, hidden_size, activation, **shared)
        self.recurrent_activation = _activation(recurrent_activation)
        self.reset_after = reset_after
        second = reset_after and self.bias_ih_l0 is not None
        self.bias_hh_l0 = nn.Parameter(torch.zeros(3 * hidden_size)) if second else None

    def step(self, projected: Tensor, states: States) -> States:
        (hidden,) = states
        x_r, x_z, x_n = projected.chunk(3, dim=1)
        w_r, w_z, w_n = self.weight_hh_l0.chunk(3)
        b_r, b_z, b_n = (None,) * 3 if self.bias_hh_l0 is None else self.bias_hh_l0.chunk(3)
        r = self.recurrent_activation(x_r + F.linear(hidden, w_r, b_r))
        z = self.recurrent_activation(x_z + F.linear(hidden, w_z, b_z))
        if self.reset_after:
            recurrent = r * F.linear(hidden, w_n, b_n)
        else:
            recurrent = F.linear(r * hidden, w_n)
        return (z * hidden + (1 - z) * self.activation(x_n + recurrent),)


def _activation(activation: str | Activation) -> Activation:
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation={activation!r}: give a function, or one of {', '.join(ACTIVATIONS)}"
        )
    return ACTIVATIONS[activation]

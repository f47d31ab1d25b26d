"""SimpleRNN, LSTM and GRU, alone, Bidirectional or stacked.

Keras has a kernel, a recurrent kernel and a bias for each direction of each layer. torch has
`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0` and `bias_hh_l0`, with `_reverse` for the backward
direction and l1, l2, ... for what is stacked. Both list them in the order of computation, forward
before backward, so they are matched by order.
"""

import re

from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, rule

SIMPLE = ("RNN", "RNNCell", "SimpleRNN")
LSTM = ("LSTM", "LSTMCell")
GRU = ("GRU", "GRUCell")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")

GRU_ORDER = (1, 0, 2)  # Keras computes z, r, h; torch r, z, n
WEIGHT_IH = re.compile(r"((?:\d+\.)?)weight_ih(.*)")  # number of the step, layer and direction


@rule("SimpleRNN", torch=SIMPLE, operation="simple_rnn")
@rule("LSTM", torch=LSTM, operation="lstm")
@rule("GRU", torch=GRU, operation="gru")
@rule("Bidirectional", torch=(*SIMPLE, *LSTM, *GRU), operation="bidirectional")
@rule("RNN", torch=(*SIMPLE, *LSTM, *GRU), operation="rnn")
def recurrent(context: Context) -> Places:
    """Kernels (in, gates * units) and (units, gates * units) to weight_ih and weight_hh."""
    cells = [
        role.removesuffix("recurrent_kernel")
        for role in context.keras
        if role.endswith("recurrent_kernel")
    ]
    slots = [slot.groups() for role in context.torch if (slot := WEIGHT_IH.fullmatch(role))]
    parts = [_cell(context, cell, *slot) for cell, slot in zip(cells, slots, strict=False)]
    return Places(
        tuple(line for part in parts for line in part.lines),
        tuple(role for part in parts for role in part.zero),
    )


def _cell(context: Context, cell: str, step: str, place: str) -> Places:
    """One direction of one layer."""
    units, width = context.keras[f"{cell}recurrent_kernel"]
    order = GRU_ORDER if width == 3 * units else tuple(range(width // units))
    matrix, vector = moves.gates(order, 2), moves.gates(order, 1)
    bias_ih, bias_hh = f"{step}bias_ih{place}", f"{step}bias_hh{place}"
    lines = [
        Place(f"{cell}kernel", matrix, f"{step}weight_ih{place}"),
        Place(f"{cell}recurrent_kernel", matrix, f"{step}weight_hh{place}"),
    ]
    bias = f"{cell}bias"
    if bias not in context.keras:
        return Places(tuple(lines))
    if len(context.keras[bias]) == 2:  # a GRU with reset_after=True: (2, 3 * units)
        lines.append(Place(bias, vector, bias_ih, keras_at=0))
        lines.append(Place(bias, vector, bias_hh, keras_at=1))
        return Places(tuple(lines))
    # torch.nn adds two biases where Keras has one: the second is zero, or it would count twice.
    lines.append(Place(bias, vector, bias_ih))
    return Places(tuple(lines), zero=(bias_hh,) if bias_hh in context.torch else ())
